-- The sweep asks about every customer once a day, no faster than Sumsub allows all processes together, and who waits for an answer
-- comes first.

-- When Sumsub may be asked again, by whichever process comes first.
CREATE TABLE sumsub_pace (
  the_one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (the_one),
  free_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO sumsub_pace DEFAULT VALUES;

-- Somebody wants it now: not the sweep's turn.
ALTER TABLE refreshes ADD COLUMN urgent BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX refreshes_urgent ON refreshes (next_at) WHERE urgent;

-- Every customer is asked about within a day, not all at once.
INSERT INTO refreshes (prospect_id, next_at)
SELECT id, clock_timestamp() + random() * interval '1 day' FROM customers WHERE activity <> 'closed'
ON CONFLICT (prospect_id) DO UPDATE SET next_at = least(refreshes.next_at, EXCLUDED.next_at);
