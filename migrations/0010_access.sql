-- Who works here, what programs may do, and what was decided.

CREATE TABLE operators (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'onboarding-officer', 'auditor')),
    password_hash TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    disabled_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX operators_email_key ON operators (lower(email));

-- Only the SHA-256 of a token is kept: it has enough random bits to need no slow hash.
CREATE TABLE api_tokens (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'onboarding-officer', 'auditor')),
    token_hash BYTEA NOT NULL CONSTRAINT api_tokens_token_hash_key UNIQUE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);

-- Ids and verbs only, so that nothing in it ever has to be erased. Rows are only ever added, and the server's role
-- may give no more than the four columns at the end, so that it can neither backdate an entry nor choose its id.
CREATE TABLE audit_entries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    subject TEXT NOT NULL,
    -- "C": what begins alike stands together, whatever the language of the database.
    action TEXT COLLATE "C" NOT NULL,
    object TEXT NOT NULL,
    authorized BOOLEAN NOT NULL
);
CREATE INDEX audit_entries_by_object ON audit_entries (object, id);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject, id);
CREATE INDEX audit_entries_by_action ON audit_entries (action, id);
CREATE INDEX audit_entries_by_time ON audit_entries (recorded_at);
CREATE INDEX audit_entries_refused ON audit_entries (id) WHERE NOT authorized;

-- The hash chain over the entries, many at once: a seal holds for all entries after the last id of the one before.
-- Rows are only ever added.
CREATE TABLE audit_seals (
    number BIGINT PRIMARY KEY,
    sealed_at TIMESTAMPTZ NOT NULL,
    last_id BIGINT NOT NULL UNIQUE,
    -- The entries in order, and the SHA-256 of each (32 bytes an entry).
    entry_ids BIGINT[] NOT NULL,
    digests BYTEA NOT NULL,
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL
);
