-- The ledger's own outbox is read by nobody any more, so nothing is kept in it: the same stands in the ledger's entries and
-- events. It can't be switched off in the library. It numbered events before they were committed, and filled what looked
-- like a gap with rows of its own; after a crash of PostgreSQL, which forgets numbers that were drawn, those were in the way
-- of the next posting. Without a number drawn there is no gap, and without a row nothing is in the way and nothing grows.

CREATE FUNCTION keep_nothing() RETURNS TRIGGER
LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END; $$;

CREATE TRIGGER keep_nothing BEFORE INSERT ON cala_persistent_outbox_events
  FOR EACH ROW EXECUTE FUNCTION keep_nothing();

-- 0 leads to a partition, as every number has to.
ALTER TABLE cala_persistent_outbox_events ALTER COLUMN sequence SET DEFAULT 0;

TRUNCATE cala_persistent_outbox_events;
