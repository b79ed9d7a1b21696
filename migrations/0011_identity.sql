-- The built-in identity: one portal login per customer.
CREATE TABLE logins (
    id UUID PRIMARY KEY,
    customer_id UUID NOT NULL CONSTRAINT logins_customer_id_key UNIQUE,
    email TEXT NOT NULL,
    enabled BOOLEAN NOT NULL DEFAULT TRUE,
    -- SHA-256 of a random temporary password; gone once the person has chosen one.
    temporary_hash BYTEA,
    temporary_until TIMESTAMPTZ,
    -- argon2 of the password that the person chose.
    password_hash TEXT,
    password_chosen_at TIMESTAMPTZ,
    -- A portal session that began before this is over.
    sessions_valid_from TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_login_at TIMESTAMPTZ,
    CHECK ((temporary_hash IS NULL) = (temporary_until IS NULL)),
    CHECK ((password_hash IS NULL) = (password_chosen_at IS NULL)),
    CHECK (temporary_hash IS NULL OR password_hash IS NULL)
);
CREATE UNIQUE INDEX logins_email_key ON logins (lower(email));
