-- Whose a session is, so that operators see and end their own.
ALTER TABLE web_sessions ADD COLUMN who UUID;
UPDATE web_sessions SET who = (data -> 'who' ->> 'id')::uuid;
CREATE INDEX web_sessions_who ON web_sessions (door, who) WHERE who IS NOT NULL;
