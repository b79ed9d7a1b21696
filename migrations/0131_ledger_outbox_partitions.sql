-- The ledger's outbox keeps nothing (0126_ledger_outbox_off.sql): each row gets the number 0, so it goes to the first partition,
-- whose trigger passes over it. The partitions that were made ahead of its head were for nobody; whatever other number the library
-- may write goes to the default partition, and is passed over there.
DO $$
DECLARE
  ahead REGCLASS;
BEGIN
  FOR ahead IN
    SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'cala_persistent_outbox_events'::regclass AND relname ~ '_p[1-9][0-9]*$'
  LOOP
    EXECUTE format('DROP TABLE %s', ahead);
  END LOOP;
END;
$$;

-- The weeks of our own outbox, and nothing else any more.
CREATE OR REPLACE FUNCTION extend_outbox_partitions() RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  weeks_ahead CONSTANT INT := 4;
  monday TIMESTAMP := date_trunc('week', clock_timestamp() AT TIME ZONE 'UTC');
  begins TIMESTAMP;
  name TEXT;
  made INT := 0;
BEGIN
  -- Two servers at once: IF NOT EXISTS alone would let both try.
  PERFORM pg_advisory_xact_lock(hashtextextended('usher:outbox-partitions', 0));
  FOR week IN 0 .. weeks_ahead LOOP
    begins := monday + make_interval(weeks => week);
    name := 'outbox_events_' || to_char(begins, 'YYYYMMDD');
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    -- The server's clock was set forward and back, or nobody was here for weeks: events stand where the partition would be.
    CONTINUE WHEN EXISTS (SELECT FROM outbox_events_default
      WHERE recorded_at >= begins AT TIME ZONE 'UTC' AND recorded_at < (begins + interval '1 week') AT TIME ZONE 'UTC');
    EXECUTE format('CREATE TABLE %I PARTITION OF outbox_events FOR VALUES FROM (%L) TO (%L)',
      name, begins AT TIME ZONE 'UTC', (begins + interval '1 week') AT TIME ZONE 'UTC');
    made := made + 1;
  END LOOP;
  RETURN made;
END;
$$;
