-- Sessions of the panel and the portal. The cookie's value is never stored, only its SHA-256.
CREATE TABLE web_sessions (
    id_hash    BYTEA PRIMARY KEY,
    door       TEXT NOT NULL CHECK (door IN ('admin', 'portal')),
    data       JSONB NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX web_sessions_expires_at ON web_sessions (expires_at);
