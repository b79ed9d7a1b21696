-- What is on the omnibus account and on the account sets: a sum that was taken, and what was posted since. Whoever reads adds
-- the two, so a sum is right at every moment. A posting adds rows of its own and touches none that others do.
-- docs/decisions/0003-sums-of-the-ledger.md says why.

-- What was taken. Amounts are US dollars: credits less debits.
CREATE TABLE ledger_sums (
  -- The omnibus account's or the set's.
  id UUID PRIMARY KEY,
  -- How many entries are in it, which is the place of the last one.
  entries INT NOT NULL DEFAULT 0,
  settled NUMERIC NOT NULL DEFAULT 0,
  pending NUMERIC NOT NULL DEFAULT 0,
  encumbered NUMERIC NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- What was posted since: a row for each sum that an entry changes. They go when they are added up.
CREATE TABLE ledger_sum_changes (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sum_id UUID NOT NULL,
  entry_id UUID NOT NULL,
  settled NUMERIC NOT NULL,
  pending NUMERIC NOT NULL,
  encumbered NUMERIC NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 1000);

-- The entries of a sum in the order in which they were added up, with what was in it after each.
CREATE TABLE ledger_sum_entries (
  sum_id UUID NOT NULL,
  place INT NOT NULL,
  entry_id UUID NOT NULL,
  settled NUMERIC NOT NULL,
  pending NUMERIC NOT NULL,
  encumbered NUMERIC NOT NULL,
  PRIMARY KEY (sum_id, place)
);

-- The sums that an account's entries are in: its own, if the ledger keeps none, its sets', and those of the sets above.
CREATE FUNCTION ledger_sums_of(account UUID) RETURNS TABLE (sum_id UUID)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE sets (id) AS (
    SELECT account_set_id FROM cala_account_set_member_accounts WHERE member_account_id = account
    UNION
    SELECT above.account_set_id FROM sets JOIN cala_account_set_member_account_sets AS above ON above.member_account_set_id = sets.id
  )
  SELECT id FROM cala_accounts WHERE id = account AND eventually_consistent
  UNION ALL SELECT id FROM sets
$$;

-- A trigger, not the code that posts: so there is no posting without its change, also none of a server of an older version
-- that still runs while the database is upgraded.
CREATE FUNCTION note_ledger_sum_changes() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_sum_changes (sum_id, entry_id, settled, pending, encumbered)
  SELECT sums.sum_id, entry.id,
         CASE entry.layer WHEN 'settled' THEN entry.credit ELSE 0 END,
         CASE entry.layer WHEN 'pending' THEN entry.credit ELSE 0 END,
         CASE entry.layer WHEN 'encumbrance' THEN entry.credit ELSE 0 END
  FROM (
    SELECT id, (event->'values'->>'account_id')::uuid AS account_id, event->'values'->>'transaction_id' AS transaction_id,
           (event->'values'->>'sequence')::int AS place, lower((event->'values'->>'layer') COLLATE "C") AS layer,
           CASE event->'values'->>'direction' WHEN 'credit' THEN 1 ELSE -1 END * (event->'values'->>'units')::numeric AS credit
    FROM added WHERE sequence = 1 AND event->'values'->>'currency' = 'USD'
  ) AS entry, ledger_sums_of(entry.account_id) AS sums
  ORDER BY entry.transaction_id, entry.place;
  RETURN NULL;
END;
$$;

-- It waits for postings that are under way, and lets none begin until the sums below are taken.
CREATE TRIGGER note_ledger_sum_changes AFTER INSERT ON cala_entry_events
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_ledger_sum_changes();

-- From the entries as they stand. Those that the ledger itself had added up keep their places.
WITH entry AS (
  SELECT e.id, e.account_id, e.transaction_id, e.created_at, (v.event->'values'->>'sequence')::int AS place,
         lower((v.event->'values'->>'layer') COLLATE "C") AS layer,
         CASE v.event->'values'->>'direction' WHEN 'credit' THEN 1 ELSE -1 END * (v.event->'values'->>'units')::numeric AS credit
  FROM cala_entries e JOIN cala_entry_events v ON v.id = e.id AND v.sequence = 1
  WHERE v.event->'values'->>'currency' = 'USD'
), sums AS (
  SELECT a.id AS account_id, of.sum_id FROM cala_accounts a, ledger_sums_of(a.id) AS of WHERE NOT a.is_account_set
)
INSERT INTO ledger_sum_entries (sum_id, place, entry_id, settled, pending, encumbered)
SELECT sums.sum_id, row_number() OVER by_time, entry.id,
       sum(CASE entry.layer WHEN 'settled' THEN entry.credit ELSE 0 END) OVER by_time,
       sum(CASE entry.layer WHEN 'pending' THEN entry.credit ELSE 0 END) OVER by_time,
       sum(CASE entry.layer WHEN 'encumbrance' THEN entry.credit ELSE 0 END) OVER by_time
FROM entry JOIN sums ON sums.account_id = entry.account_id
LEFT JOIN cala_balance_history h ON h.account_id = sums.sum_id AND h.latest_entry_id = entry.id AND h.currency = 'USD'
WINDOW by_time AS (PARTITION BY sums.sum_id
                   ORDER BY h.version NULLS LAST, entry.created_at, entry.transaction_id, entry.place, entry.id
                   ROWS UNBOUNDED PRECEDING);

INSERT INTO ledger_sums (id, entries, settled, pending, encumbered)
SELECT a.id, coalesce(last.place, 0), coalesce(last.settled, 0), coalesce(last.pending, 0), coalesce(last.encumbered, 0)
FROM cala_accounts a
LEFT JOIN LATERAL (SELECT * FROM ledger_sum_entries e WHERE e.sum_id = a.id ORDER BY place DESC LIMIT 1) AS last ON TRUE
WHERE a.eventually_consistent;
