-- Sessions that began at an identity provider end when it says so: by its session, or by whose it is.
ALTER TABLE web_sessions
    ADD COLUMN subject     UUID,
    ADD COLUMN idp_session TEXT;

CREATE INDEX web_sessions_subject ON web_sessions (subject) WHERE subject IS NOT NULL;
CREATE INDEX web_sessions_idp_session ON web_sessions (idp_session) WHERE idp_session IS NOT NULL;

-- The provider may say so between its answer to a code and the beginning of our session, which then never begins.
CREATE TABLE ended_idp_sessions (
    door        TEXT NOT NULL CHECK (door IN ('admin', 'portal')),
    idp_session TEXT NOT NULL,
    ended_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (door, idp_session)
);
