-- The simulator's own tables, in the private database of `usher dev` only: a kill loses no applicant and no
-- unsent webhook. Run at each start, so every statement has to stand being repeated.

CREATE SCHEMA IF NOT EXISTS dev_sumsub;

CREATE TABLE IF NOT EXISTS dev_sumsub.links (
    token            TEXT PRIMARY KEY,
    external_user_id TEXT NOT NULL,
    level_name       TEXT NOT NULL,
    email            TEXT,
    success_url      TEXT,
    reject_url       TEXT,
    created_at       TIMESTAMPTZ NOT NULL,
    expires_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS links_newest ON dev_sumsub.links (created_at DESC);
CREATE INDEX IF NOT EXISTS links_user ON dev_sumsub.links (external_user_id);

CREATE TABLE IF NOT EXISTS dev_sumsub.applicants (
    id                  TEXT PRIMARY KEY,
    inspection_id       TEXT NOT NULL,
    external_user_id    TEXT NOT NULL,
    applicant_type      TEXT NOT NULL CHECK (applicant_type IN ('individual', 'company')),
    level_name          TEXT NOT NULL,
    email               TEXT,
    review_status       TEXT NOT NULL,
    review_answer       TEXT,
    reject_labels       TEXT[] NOT NULL DEFAULT '{}',
    reject_type         TEXT,
    moderation_comment  TEXT,
    client_comment      TEXT,
    attempt_id          TEXT NOT NULL,
    attempt_cnt         INTEGER NOT NULL DEFAULT 1,
    review_created_at   TIMESTAMPTZ NOT NULL,
    reviewed_at         TIMESTAMPTZ,
    first_name          TEXT NOT NULL DEFAULT '',
    last_name           TEXT NOT NULL DEFAULT '',
    dob                 TEXT NOT NULL DEFAULT '',
    country             TEXT NOT NULL DEFAULT '',
    address             TEXT NOT NULL DEFAULT '',
    company_name        TEXT NOT NULL DEFAULT '',
    registration_number TEXT NOT NULL DEFAULT '',
    created_at          TIMESTAMPTZ NOT NULL,
    -- The time of the newest event: the next one's is later, whatever the clock does.
    last_event_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS applicants_newest ON dev_sumsub.applicants (created_at DESC);

CREATE TABLE IF NOT EXISTS dev_sumsub.webhooks (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    applicant_id    TEXT NOT NULL,
    -- The body as it is sent, to the byte.
    body            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    correlation_id  TEXT NOT NULL,
    wrong_signature BOOLEAN NOT NULL,
    shuffled        BOOLEAN NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'dropped')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_status     INTEGER,
    last_error      TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    -- When it is due; while it is being sent, when that has to be over.
    next_try        TIMESTAMPTZ NOT NULL,
    sent_at         TIMESTAMPTZ
);
CREATE INDEX IF NOT EXISTS webhooks_due ON dev_sumsub.webhooks (next_try) WHERE state IN ('waiting', 'sending');
CREATE INDEX IF NOT EXISTS webhooks_open ON dev_sumsub.webhooks (applicant_id) WHERE state IN ('waiting', 'sending');
CREATE INDEX IF NOT EXISTS webhooks_applicant ON dev_sumsub.webhooks (applicant_id, id DESC);

CREATE TABLE IF NOT EXISTS dev_sumsub.switches (
    only_row        BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    twice           BOOLEAN NOT NULL DEFAULT FALSE,
    late_seconds    INTEGER NOT NULL DEFAULT 0 CHECK (late_seconds BETWEEN 0 AND 3600),
    shuffled        BOOLEAN NOT NULL DEFAULT FALSE,
    dropped         BOOLEAN NOT NULL DEFAULT FALSE,
    sandbox         BOOLEAN NOT NULL DEFAULT FALSE,
    wrong_signature BOOLEAN NOT NULL DEFAULT FALSE
);
INSERT INTO dev_sumsub.switches (only_row) VALUES (TRUE) ON CONFLICT DO NOTHING;

-- What came later, added here and not above, so that an older database gets it too and the columns stand in one order.

ALTER TABLE dev_sumsub.applicants
    ADD COLUMN IF NOT EXISTS middle_name     TEXT NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS nationality     TEXT NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS incorporated_on TEXT NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS active          BOOLEAN NOT NULL DEFAULT TRUE,
    ADD COLUMN IF NOT EXISTS deleted_at      TIMESTAMPTZ,
    -- Of a beneficial owner: its company's applicant, what it is to it, and its share in percent.
    ADD COLUMN IF NOT EXISTS company_id      TEXT,
    ADD COLUMN IF NOT EXISTS owner_type      TEXT NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS owner_share     TEXT NOT NULL DEFAULT '';
-- A deleted applicant stays for its page; the user's next one has an id of its own.
ALTER TABLE dev_sumsub.applicants DROP CONSTRAINT IF EXISTS applicants_external_user_id_key;
CREATE UNIQUE INDEX IF NOT EXISTS applicants_living ON dev_sumsub.applicants (external_user_id) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS applicants_user ON dev_sumsub.applicants (external_user_id, created_at DESC);
CREATE INDEX IF NOT EXISTS applicants_company ON dev_sumsub.applicants (company_id) WHERE company_id IS NOT NULL;

ALTER TABLE dev_sumsub.webhooks ADD COLUMN IF NOT EXISTS algorithm TEXT NOT NULL DEFAULT 'HMAC_SHA256_HEX';

ALTER TABLE dev_sumsub.switches
    ADD COLUMN IF NOT EXISTS algorithm           TEXT NOT NULL DEFAULT 'HMAC_SHA256_HEX',
    ADD COLUMN IF NOT EXISTS rest_failure        TEXT NOT NULL DEFAULT 'none',
    -- How many calls still fail; 0: every one, until it is switched off.
    ADD COLUMN IF NOT EXISTS rest_calls          INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS retry_after_seconds INTEGER NOT NULL DEFAULT 1;
