-- A built-in operator's login: a password that was given to them is for one time, and their sessions can all be ended.
ALTER TABLE operators
    -- Until when a password that somebody else gave works; none for one of their own.
    ADD COLUMN temporary_until TIMESTAMPTZ,
    -- A panel session that began with another value is over.
    ADD COLUMN sessions_valid_from TIMESTAMPTZ NOT NULL DEFAULT now();

-- Who may have known what opens a login, and since when its owner alone does: of two who are wanted, one could otherwise be the
-- other under a second name. Rows are only ever added.
CREATE TABLE operator_credentials (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operator_id UUID NOT NULL REFERENCES operators (id),
    at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    what TEXT NOT NULL CHECK (what IN ('added', 'password_reset', 'second_factor_removed', 'own_password', 'own_second_factor')),
    -- As the audit log names subjects.
    by TEXT NOT NULL,
    -- Whether whoever did it saw the password: it went to the operator's address otherwise.
    known BOOLEAN NOT NULL
);
CREATE INDEX operator_credentials_by_operator ON operator_credentials (operator_id, at);

CREATE TABLE operator_second_factors (
    operator_id UUID PRIMARY KEY REFERENCES operators (id),
    -- RFC 6238: both sides know it.
    secret BYTEA NOT NULL,
    -- The step of the newest code that was taken: none is taken twice.
    last_step BIGINT NOT NULL,
    enrolled_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Only the SHA-256: a code has enough random bits to need no slow hash.
CREATE TABLE operator_recovery_codes (
    operator_id UUID NOT NULL REFERENCES operator_second_factors (operator_id) ON DELETE CASCADE,
    code_hash BYTEA NOT NULL,
    used_at TIMESTAMPTZ,
    PRIMARY KEY (operator_id, code_hash)
);
