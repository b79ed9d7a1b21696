-- Since when the recipient's side has put a mail off (a full mailbox, say), without the mail server's or our own fault: after a while a
-- person has to look. None while it isn't so.
ALTER TABLE provisioning_steps ADD COLUMN put_off_since TIMESTAMPTZ;
