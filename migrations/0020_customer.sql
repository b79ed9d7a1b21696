-- Prospects and customers (event-sourced, `es-entity`), the callback log, and what is taken.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- One space of short numbers for everything that people quote on the phone.
CREATE SEQUENCE public_id_seq START 100001;

CREATE TABLE prospects (
  id UUID PRIMARY KEY,
  created_at TIMESTAMPTZ NOT NULL,
  public_id TEXT NOT NULL UNIQUE,
  -- Personal data: emptied when the prospect is forgotten.
  email TEXT,
  telegram_handle TEXT,
  customer_type TEXT NOT NULL,
  stage TEXT NOT NULL,
  kyc_status TEXT NOT NULL,
  applicant_id TEXT,
  -- RETRY or FINAL, of the newest RED.
  reject_type TEXT,
  -- When the newest link ends.
  link_ends_at TIMESTAMPTZ,
  -- Equal for records that may be one person or company; a digest, emptied with the personal data it is made of.
  identity_key TEXT
);
CREATE INDEX prospects_by_creation ON prospects (created_at DESC, id DESC);
CREATE INDEX prospects_by_stage ON prospects (stage, created_at DESC, id DESC);
CREATE INDEX prospects_by_email ON prospects USING gin (lower(email) gin_trgm_ops);
CREATE UNIQUE INDEX prospects_by_applicant ON prospects (applicant_id) WHERE applicant_id IS NOT NULL;
CREATE INDEX prospects_by_link_end ON prospects (link_ends_at) WHERE stage IN ('new', 'kyc_started');
CREATE INDEX prospects_by_identity ON prospects (identity_key) WHERE identity_key IS NOT NULL;

CREATE TABLE prospect_events (
  id UUID NOT NULL REFERENCES prospects (id),
  sequence INT NOT NULL,
  event_type TEXT NOT NULL,
  event JSONB NOT NULL,
  context JSONB DEFAULT NULL,
  recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (id, sequence)
);

CREATE TABLE prospects_forgettable_payloads (
  entity_id UUID NOT NULL REFERENCES prospects (id),
  sequence INT NOT NULL,
  payload JSONB NOT NULL,
  UNIQUE (entity_id, sequence)
);

CREATE TABLE customers (
  id UUID PRIMARY KEY REFERENCES prospects (id),
  created_at TIMESTAMPTZ NOT NULL,
  public_id TEXT NOT NULL UNIQUE,
  email TEXT,
  telegram_handle TEXT,
  customer_type TEXT NOT NULL,
  level TEXT NOT NULL,
  verification TEXT NOT NULL,
  activity TEXT NOT NULL
);
CREATE INDEX customers_by_creation ON customers (created_at DESC, id DESC);
CREATE INDEX customers_by_activity ON customers (activity, created_at DESC, id DESC);
CREATE INDEX customers_by_email ON customers USING gin (lower(email) gin_trgm_ops);

CREATE TABLE customer_events (
  id UUID NOT NULL REFERENCES customers (id),
  sequence INT NOT NULL,
  event_type TEXT NOT NULL,
  event JSONB NOT NULL,
  context JSONB DEFAULT NULL,
  recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (id, sequence)
);

CREATE TABLE customers_forgettable_payloads (
  entity_id UUID NOT NULL REFERENCES customers (id),
  sequence INT NOT NULL,
  payload JSONB NOT NULL,
  UNIQUE (entity_id, sequence)
);

-- An e-mail or handle belongs to one open prospect or customer (they share the UUID); `value` is lower-cased.
CREATE TABLE taken (
  kind TEXT NOT NULL CHECK (kind IN ('email', 'telegram')),
  value TEXT NOT NULL,
  owner UUID NOT NULL,
  PRIMARY KEY (kind, value)
);
CREATE INDEX taken_by_owner ON taken (owner);

-- Every Sumsub applicant that was ever bound: one that was deleted is never bound again.
CREATE TABLE applicants (
  applicant_id TEXT PRIMARY KEY,
  prospect_id UUID NOT NULL REFERENCES prospects (id),
  deleted_at TIMESTAMPTZ
);

-- The callback log: what operators see, what is processed, and what is reprocessed.
CREATE TABLE callbacks (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  last_received_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  receipts BIGINT NOT NULL DEFAULT 1,
  -- A refresh is what Sumsub answered when it was asked, at `observed_at`.
  source TEXT NOT NULL DEFAULT 'webhook' CHECK (source IN ('webhook', 'refresh')),
  observed_at TIMESTAMPTZ,
  idempotency_key TEXT NOT NULL,
  body_sha256 BYTEA NOT NULL,
  body TEXT NOT NULL,
  callback_type TEXT,
  applicant_id TEXT,
  external_user_id TEXT,
  -- Callbacks of one subject are processed in the order of `id`.
  subject TEXT NOT NULL,
  prospect_id UUID REFERENCES prospects (id),
  outcome TEXT NOT NULL DEFAULT 'received' CHECK (outcome IN
    ('received', 'applied', 'no_change', 'ignored', 'stale', 'incomplete', 'failed', 'conflicting')),
  reason TEXT,
  processed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX callbacks_by_key ON callbacks (idempotency_key) WHERE outcome <> 'conflicting';
CREATE UNIQUE INDEX callbacks_conflicting ON callbacks (idempotency_key, body_sha256) WHERE outcome = 'conflicting';
CREATE INDEX callbacks_waiting ON callbacks (id) WHERE outcome = 'received';
CREATE INDEX callbacks_by_prospect ON callbacks (prospect_id, id DESC) WHERE prospect_id IS NOT NULL;
CREATE INDEX callbacks_failed ON callbacks (id DESC) WHERE outcome IN ('failed', 'conflicting', 'incomplete');

-- What a person has to look at, until someone resolves it with a reason.
CREATE TABLE raised (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  raised_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  cause TEXT NOT NULL,
  prospect_id UUID REFERENCES prospects (id),
  -- What raised it: a callback, or another record that looks like the same person.
  callback_id BIGINT REFERENCES callbacks (id),
  other_id UUID REFERENCES prospects (id),
  resolved_at TIMESTAMPTZ,
  resolved_by TEXT,
  -- The typed reason; erasable.
  resolution TEXT,
  UNIQUE (callback_id, cause)
);
CREATE UNIQUE INDEX raised_by_pair ON raised (prospect_id, other_id) WHERE other_id IS NOT NULL;
CREATE INDEX raised_open ON raised (raised_at, id) WHERE resolved_at IS NULL;
CREATE INDEX raised_by_prospect ON raised (prospect_id);

-- Whom Sumsub is asked about, and when: refreshes that somebody wants, and the sweep for webhooks that never came.
CREATE TABLE refreshes (
  prospect_id UUID PRIMARY KEY REFERENCES prospects (id),
  next_at TIMESTAMPTZ NOT NULL,
  -- Counts up whenever somebody wants it now, so that a look that is under way does not swallow the wish.
  wishes BIGINT NOT NULL DEFAULT 0,
  -- The personal data is wanted too.
  wants_data BOOLEAN NOT NULL DEFAULT FALSE,
  -- How often nothing had moved: the sweep waits twice as long each time.
  quiet INT NOT NULL DEFAULT 0,
  -- How often Sumsub did not answer.
  failures INT NOT NULL DEFAULT 0,
  last_error TEXT,
  last_at TIMESTAMPTZ
);
CREATE INDEX refreshes_due ON refreshes (next_at);
