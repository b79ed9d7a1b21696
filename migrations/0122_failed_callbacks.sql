-- A callback whose processing failed is tried again by itself, for ever, and raised once until it works.
ALTER TABLE callbacks
  -- How often it failed.
  ADD COLUMN failures INT NOT NULL DEFAULT 0,
  -- When it is tried again, while it is `failed`.
  ADD COLUMN next_try TIMESTAMPTZ;
CREATE INDEX callbacks_to_try ON callbacks (next_try) WHERE outcome = 'failed';

-- Those of before, too: what made them fail is gone, as a rule.
UPDATE callbacks SET next_try = clock_timestamp() WHERE outcome = 'failed';
