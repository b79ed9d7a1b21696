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

-- Ids and verbs only, so that nothing in it ever has to be erased. Rows are only ever added; the hash chain
-- over them gets columns of its own.
CREATE TABLE audit_entries (
    id BIGSERIAL PRIMARY KEY,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    authorized BOOLEAN NOT NULL
);
CREATE INDEX audit_entries_object_idx ON audit_entries (object, id);
CREATE INDEX audit_entries_subject_idx ON audit_entries (subject, id);
