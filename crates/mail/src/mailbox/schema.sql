-- The development mailbox, in the private database of `usher dev` only: no migration, because `usher serve` has no such tables.
CREATE SCHEMA IF NOT EXISTS dev_mail;

CREATE TABLE IF NOT EXISTS dev_mail.messages (
    -- UUID v7: its order is the order of arrival.
    id UUID PRIMARY KEY,
    received_at TIMESTAMPTZ NOT NULL,
    recipients TEXT[] NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    raw BYTEA NOT NULL
);
