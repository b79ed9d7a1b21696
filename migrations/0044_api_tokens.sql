-- Who made a token (as the audit log names them; nobody for one that `usher dev` made), and when it was used last.
ALTER TABLE api_tokens
    ADD COLUMN made_by TEXT,
    -- Written at most once a minute.
    ADD COLUMN last_used_at TIMESTAMPTZ;
