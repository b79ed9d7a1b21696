-- Browsers from which somebody has signed in: wrong passwords from elsewhere don't count against them. The digest of a random
-- cookie together with the login: it names neither.
CREATE TABLE known_devices (
    digest BYTEA PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX known_devices_seen_at ON known_devices (seen_at);
