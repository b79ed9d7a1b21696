-- The outbox's partitions are made ahead of its head. `obix` can do that, but it would need a role that may run DDL, and
-- the server's may not: so it calls this, which runs as the owner and can do nothing else.

CREATE FUNCTION extend_outbox_partitions() RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  -- As in `obix` (out/partition) and in the first partition of 0002_outbox.sql and 0004_ledger_outbox.sql.
  width CONSTANT BIGINT := 2000000;
  ahead CONSTANT BIGINT := 2;
  parent TEXT;
  head BIGINT;
  made INT := 0;
BEGIN
  FOREACH parent IN ARRAY ARRAY['persistent_outbox_events', 'cala_persistent_outbox_events'] LOOP
    -- Two servers at once: IF NOT EXISTS alone would let both try. No look at the table before: who waits here while it
    -- holds a lock on a partition would stop the one who goes first.
    PERFORM pg_advisory_xact_lock(hashtextextended('obix:partition-ddl:' || parent, 0));
    EXECUTE format('SELECT last_value FROM %I', parent || '_sequence_seq') INTO head;
    FOR k IN head / width .. head / width + ahead LOOP
      CONTINUE WHEN to_regclass(format('%I', parent || '_p' || k)) IS NOT NULL;
      EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)
           WITH (autovacuum_vacuum_insert_scale_factor = 0.0, autovacuum_vacuum_insert_threshold = 50000,
                 autovacuum_freeze_min_age = 0, fillfactor = 100)',
        parent || '_p' || k, parent, k * width, (k + 1) * width);
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
END;
$$;

REVOKE EXECUTE ON FUNCTION extend_outbox_partitions() FROM PUBLIC;
