-- Credit facility proposals (event-sourced, `es-entity`).

CREATE TABLE credit_facility_proposals (
  id UUID PRIMARY KEY,
  created_at TIMESTAMPTZ NOT NULL,
  customer_id UUID NOT NULL REFERENCES customers (id),
  -- Whole US cents.
  amount BIGINT NOT NULL CHECK (amount > 0),
  -- As typed. May name people, so it is emptied when personal data is erased.
  purpose TEXT,
  status TEXT NOT NULL CHECK (status IN (
    'pending_customer_approval', 'customer_denied', 'pending_approval', 'approved', 'denied', 'cancelled'
  ))
);
CREATE INDEX credit_facility_proposals_by_customer
  ON credit_facility_proposals (customer_id, created_at DESC, id DESC);
-- What somebody has to decide.
CREATE INDEX credit_facility_proposals_waiting
  ON credit_facility_proposals (created_at DESC, id DESC) WHERE status = 'pending_approval';
-- What is cancelled when its customer loses the eligibility.
CREATE INDEX credit_facility_proposals_open
  ON credit_facility_proposals (customer_id) WHERE status IN ('pending_customer_approval', 'pending_approval');

CREATE TABLE credit_facility_proposal_events (
  id UUID NOT NULL REFERENCES credit_facility_proposals (id),
  sequence INT NOT NULL,
  event_type TEXT NOT NULL,
  event JSONB NOT NULL,
  context JSONB DEFAULT NULL,
  recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (id, sequence)
);

CREATE TABLE credit_facility_proposals_forgettable_payloads (
  entity_id UUID NOT NULL REFERENCES credit_facility_proposals (id),
  sequence INT NOT NULL,
  payload JSONB NOT NULL,
  UNIQUE (entity_id, sequence)
);
