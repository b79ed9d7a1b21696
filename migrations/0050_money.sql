-- Deposits and withdrawals (event-sourced, `es-entity`). What is on an account says the ledger alone; these say why.

CREATE TABLE deposits (
  id UUID PRIMARY KEY,
  created_at TIMESTAMPTZ NOT NULL,
  public_id TEXT NOT NULL UNIQUE,
  customer_id UUID NOT NULL REFERENCES customers (id),
  -- The customer's account in the ledger.
  account_id UUID NOT NULL,
  -- Whole US cents.
  amount BIGINT NOT NULL CHECK (amount > 0),
  -- As typed; none when nothing was typed. May name people, so it is emptied when personal data is erased.
  reference TEXT,
  status TEXT NOT NULL CHECK (status IN ('confirmed', 'reverted'))
);
CREATE UNIQUE INDEX deposits_by_reference ON deposits (account_id, reference);
CREATE INDEX deposits_by_account ON deposits (account_id, created_at DESC, id DESC);
CREATE INDEX deposits_by_customer ON deposits (customer_id);

CREATE TABLE deposit_events (
  id UUID NOT NULL REFERENCES deposits (id),
  sequence INT NOT NULL,
  event_type TEXT NOT NULL,
  event JSONB NOT NULL,
  context JSONB DEFAULT NULL,
  recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (id, sequence)
);

CREATE TABLE deposits_forgettable_payloads (
  entity_id UUID NOT NULL REFERENCES deposits (id),
  sequence INT NOT NULL,
  payload JSONB NOT NULL,
  UNIQUE (entity_id, sequence)
);

CREATE TABLE withdrawals (
  id UUID PRIMARY KEY,
  created_at TIMESTAMPTZ NOT NULL,
  public_id TEXT NOT NULL UNIQUE,
  customer_id UUID NOT NULL REFERENCES customers (id),
  account_id UUID NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0),
  reference TEXT,
  status TEXT NOT NULL CHECK (status IN ('pending_confirmation', 'confirmed', 'cancelled', 'reverted'))
);
CREATE UNIQUE INDEX withdrawals_by_reference ON withdrawals (account_id, reference);
CREATE INDEX withdrawals_by_account ON withdrawals (account_id, created_at DESC, id DESC);
CREATE INDEX withdrawals_by_customer ON withdrawals (customer_id);
-- What somebody has to confirm or cancel.
CREATE INDEX withdrawals_waiting ON withdrawals (created_at DESC, id DESC) WHERE status = 'pending_confirmation';

CREATE TABLE withdrawal_events (
  id UUID NOT NULL REFERENCES withdrawals (id),
  sequence INT NOT NULL,
  event_type TEXT NOT NULL,
  event JSONB NOT NULL,
  context JSONB DEFAULT NULL,
  recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (id, sequence)
);

CREATE TABLE withdrawals_forgettable_payloads (
  entity_id UUID NOT NULL REFERENCES withdrawals (id),
  sequence INT NOT NULL,
  payload JSONB NOT NULL,
  UNIQUE (entity_id, sequence)
);

-- The accounts of a set, newest first: the ledger's own indexes know no order.
CREATE INDEX account_set_members_by_age
  ON cala_account_set_member_accounts (account_set_id, created_at DESC, member_account_id DESC);
