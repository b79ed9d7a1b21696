-- A prospect (or the customer that it became) that nobody is to be asked about until then; its events say by whom. What happens to
-- it in between empties it; what is raised since `snoozed_at` waits for somebody all the same.
ALTER TABLE prospects
  ADD COLUMN snoozed_at TIMESTAMPTZ,
  ADD COLUMN snoozed_until TIMESTAMPTZ;

CREATE INDEX prospects_snoozed ON prospects (created_at DESC, id DESC) WHERE snoozed_until IS NOT NULL;
