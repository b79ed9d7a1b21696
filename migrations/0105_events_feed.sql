-- The events as others read them (docs/events.md, docs/decisions/0004-events-feed.md).

-- What retention has taken away: everything up to this event's place. Whoever stands exactly there goes on. Only the owner's
-- function writes it.
CREATE TABLE outbox_cut (
  one BOOL PRIMARY KEY DEFAULT TRUE CHECK (one),
  era INT NOT NULL,
  turn BIGINT NOT NULL,
  number BIGINT NOT NULL,
  id UUID NOT NULL,
  cut_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- How far each reader has read: by its token or operator, as the audit log names them.
CREATE TABLE outbox_readers (
  reader TEXT PRIMARY KEY,
  era INT NOT NULL,
  turn BIGINT NOT NULL,
  number BIGINT NOT NULL,
  read_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);

-- Why the events up to a place, the last of which was written before `until`, have to stay; NULL when they may go.
CREATE FUNCTION outbox_events_held_by(last_era INT, last_turn BIGINT, last_number BIGINT, until TIMESTAMPTZ, horizon TIMESTAMPTZ)
RETURNS TEXT LANGUAGE plpgsql STABLE AS $$
DECLARE
  slowest TEXT;
BEGIN
  IF EXISTS (SELECT FROM outbox_deliveries WHERE created_at <= until) THEN
    RETURN 'deliveries';
  END IF;
  -- Who hasn't been here for 30 days waits for nothing any more.
  SELECT reader INTO slowest FROM outbox_readers
  WHERE read_at > clock_timestamp() - interval '30 days' AND (era, turn, number) < (last_era, last_turn, last_number)
  ORDER BY era, turn, number LIMIT 1;
  IF FOUND THEN
    RETURN slowest;
  END IF;
  -- Places follow the commits and weeks the clock. Where a clock was wrong, what is young may stand before what looks old.
  IF EXISTS (SELECT FROM outbox_events WHERE (era, turn, number) < (last_era, last_turn, last_number)
      AND recorded_at >= horizon AND recorded_at < clock_timestamp() + interval '1 day') THEN
    RETURN 'clock';
  END IF;
  RETURN NULL;
END;
$$;

CREATE FUNCTION cut_outbox_at(new_era INT, new_turn BIGINT, new_number BIGINT, new_id UUID)
RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO outbox_cut (era, turn, number, id) VALUES (new_era, new_turn, new_number, new_id)
  ON CONFLICT (one) DO UPDATE SET era = excluded.era, turn = excluded.turn, number = excluded.number, id = excluded.id,
    cut_at = excluded.cut_at
  WHERE (outbox_cut.era, outbox_cut.turn, outbox_cut.number) < (excluded.era, excluded.turn, excluded.number)
$$;

-- Makes room: events older than `keep` go, the oldest first, unless somebody has yet to read them. `held_by` says what the
-- next ones wait for: a reader, 'deliveries', a 'clock' that was wrong, a 'transaction' that reads them. `more`: call it again.
-- What is younger than a week stays, whatever a server asks for.
CREATE FUNCTION drop_old_outbox_events(keep INTERVAL, OUT events BIGINT, OUT weeks INT, OUT more BOOL, OUT held_by TEXT)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
  batch CONSTANT INT := 10000;
  horizon CONSTANT TIMESTAMPTZ := clock_timestamp() - greatest(keep, interval '7 days');
  newest CONSTANT TEXT := 'SELECT era, turn, number, id FROM %s ORDER BY era DESC, turn DESC, number DESC LIMIT 1';
  week RECORD;
  last RECORD;
  again RECORD;
BEGIN
  events := 0;
  weeks := 0;
  more := FALSE;
  -- Another server is at it.
  IF NOT pg_try_advisory_xact_lock(hashtextextended('usher:outbox-partitions', 0)) THEN
    RETURN;
  END IF;

  -- What stands in no week of its own: up to the first that is young.
  SELECT era, turn, number, id, recorded_at INTO last FROM (
    SELECT *, bool_and(recorded_at < horizon) OVER (ORDER BY era, turn, number) AS old
    FROM (SELECT * FROM outbox_events_default ORDER BY era, turn, number LIMIT batch) AS first
  ) AS first WHERE old ORDER BY era DESC, turn DESC, number DESC LIMIT 1;
  IF FOUND THEN
    held_by := outbox_events_held_by(last.era, last.turn, last.number, last.recorded_at, horizon);
    IF held_by IS NULL AND EXISTS (
      SELECT FROM outbox_deliveries AS delivery JOIN outbox_events_default AS event ON event.id = delivery.event_id
      WHERE (event.era, event.turn, event.number) <= (last.era, last.turn, last.number)) THEN
      held_by := 'deliveries';
    END IF;
    IF held_by IS NULL THEN
      DELETE FROM outbox_events_default WHERE (era, turn, number) <= (last.era, last.turn, last.number);
      GET DIAGNOSTICS events = ROW_COUNT;
      more := events >= batch;
      PERFORM cut_outbox_at(last.era, last.turn, last.number, last.id);
    END IF;
  END IF;

  FOR week IN
    SELECT part.oid::regclass AS name,
      (to_date(right(part.relname, 8), 'YYYYMMDD')::timestamp + interval '1 week') AT TIME ZONE 'UTC' AS ends
    FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE inhparent = 'outbox_events'::regclass AND part.relname ~ '^outbox_events_[0-9]{8}$'
    ORDER BY part.relname
  LOOP
    EXIT WHEN held_by IS NOT NULL OR week.ends > horizon;
    EXECUTE format(newest, week.name) INTO last;
    IF last.id IS NOT NULL THEN
      held_by := outbox_events_held_by(last.era, last.turn, last.number, week.ends, horizon);
      EXIT WHEN held_by IS NOT NULL;
    END IF;
    BEGIN
      -- Nobody publishes from here on, for a moment; whoever reads for long is not waited for.
      LOCK TABLE ONLY outbox_events IN ACCESS EXCLUSIVE MODE;
      EXECUTE format(newest, week.name) INTO again;
      IF again.id IS DISTINCT FROM last.id THEN
        -- Somebody has just written there, by a clock that is far behind.
        held_by := 'clock';
      ELSE
        EXECUTE format('DROP TABLE %s', week.name);
        weeks := weeks + 1;
        IF last.id IS NOT NULL THEN
          PERFORM cut_outbox_at(last.era, last.turn, last.number, last.id);
        END IF;
      END IF;
    EXCEPTION WHEN lock_not_available THEN
      held_by := 'transaction';
    END;
  END LOOP;
END;
$$;

-- A database that was restored into a copy of its cluster from an earlier day: the transactions' ids begin below the turns that
-- are on record, so that what is published now would stand before them. A new era puts it behind. To be called when a process
-- starts, and now and then.
CREATE FUNCTION renew_outbox_era() RETURNS BOOL
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  here CONSTANT BIGINT := (SELECT system_identifier FROM pg_control_system());
  newest outbox_eras;
BEGIN
  FOR attempt IN 1 .. 2 LOOP
    SELECT * INTO newest FROM outbox_eras ORDER BY era DESC LIMIT 1;
    IF newest.system_identifier IS DISTINCT FROM here OR coalesce(
      -- Both from one snapshot: what it sees was written by what it knows.
      (SELECT turn < pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM outbox_events
       WHERE era = newest.era ORDER BY turn DESC LIMIT 1), TRUE) THEN
      RETURN FALSE;
    END IF;
    -- Waits for whoever writes in the old era. What was so before it is looked at again.
    LOCK TABLE outbox_eras IN ACCESS EXCLUSIVE MODE;
  END LOOP;
  INSERT INTO outbox_eras (era, system_identifier) VALUES (newest.era + 1, here);
  RETURN TRUE;
END;
$$;

REVOKE EXECUTE ON FUNCTION drop_old_outbox_events(INTERVAL), renew_outbox_era() FROM PUBLIC;
