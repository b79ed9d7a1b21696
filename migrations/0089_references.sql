-- A reference is compared by what it says, not by its case or blanks, and may be used again once the one that had it was
-- reverted or cancelled.

-- What a reference is compared by; emptied with it. Servers write it. Rows of an older version get theirs when the next is
-- recorded on their account, under its lock: no migration folds texts as the server does.
ALTER TABLE deposits ADD COLUMN reference_key TEXT;
ALTER TABLE withdrawals ADD COLUMN reference_key TEXT;
-- An older version took `WIRE-1` and `wire-1` for two: the newer one is marked here and stays as it is.
ALTER TABLE deposits ADD COLUMN reference_shared BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE withdrawals ADD COLUMN reference_shared BOOLEAN NOT NULL DEFAULT FALSE;

DROP INDEX deposits_by_reference;
DROP INDEX withdrawals_by_reference;
CREATE UNIQUE INDEX deposits_by_reference ON deposits (account_id, reference_key)
  WHERE status = 'confirmed' AND NOT reference_shared;
CREATE UNIQUE INDEX withdrawals_by_reference ON withdrawals (account_id, reference_key)
  WHERE status IN ('pending_confirmation', 'confirmed') AND NOT reference_shared;
-- Also those that gave their reference up, and those that have no key yet.
CREATE INDEX deposits_by_reference_ever ON deposits (account_id, reference_key) WHERE reference IS NOT NULL;
CREATE INDEX withdrawals_by_reference_ever ON withdrawals (account_id, reference_key) WHERE reference IS NOT NULL;
