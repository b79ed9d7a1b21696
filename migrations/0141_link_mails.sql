-- E-mails with the verification link: one row for each that was asked for, by a person or by the schedule. The step
-- `verification_link` sends them.
CREATE TABLE link_mails (
  id UUID PRIMARY KEY,
  prospect_id UUID NOT NULL REFERENCES prospects (id),
  -- first, retry, moved, reminder, ending, fresh
  kind TEXT NOT NULL,
  -- As the audit log names subjects.
  requested_by TEXT NOT NULL,
  requested_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  -- Where it goes, or went; none once it is erased.
  address TEXT,
  -- When the link that it leads to was made.
  link_made_at TIMESTAMPTZ,
  sent_at TIMESTAMPTZ,
  -- When somebody began the verification from it first.
  opened_at TIMESTAMPTZ,
  -- It is not to be sent any more.
  withdrawn_at TIMESTAMPTZ
);
-- What is to be sent is there once, however often it is asked for.
CREATE UNIQUE INDEX link_mails_to_send ON link_mails (prospect_id) WHERE sent_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX link_mails_of ON link_mails (prospect_id, requested_at);

-- What the address in a mail is known by: the SHA-256 of its 128 random bits. Each attempt has one of its own.
CREATE TABLE link_tokens (
  digest BYTEA PRIMARY KEY,
  mail_id UUID NOT NULL REFERENCES link_mails (id),
  made_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX link_tokens_of ON link_tokens (mail_id);

-- When to look whether a prospect is to be reminded.
CREATE TABLE link_chases (
  prospect_id UUID PRIMARY KEY REFERENCES prospects (id),
  due TIMESTAMPTZ NOT NULL
);
CREATE INDEX link_chases_due ON link_chases (due);
