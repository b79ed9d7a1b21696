-- The outbox is ours (docs/decisions/0001-own-outbox.md).

-- Under which cluster's transaction ids events were numbered: a dump that is restored elsewhere begins a new era.
CREATE TABLE outbox_eras (
  era INT PRIMARY KEY,
  system_identifier BIGINT NOT NULL,
  began_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

CREATE SEQUENCE outbox_events_number AS BIGINT;

-- An event's place is (era, turn, number). `turn` is no less than the transaction's own id and than every one that had ended when
-- the event was written. So what is below `pg_snapshot_xmin` is complete, and of two changes of one record, which exclude
-- each other by its lock, the later one has the later place.
CREATE TABLE outbox_events (
  id UUID NOT NULL,
  era INT NOT NULL,
  turn BIGINT NOT NULL,
  number BIGINT NOT NULL,
  subject UUID NOT NULL,
  payload JSONB NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
) PARTITION BY RANGE (recorded_at);
CREATE INDEX outbox_events_place ON outbox_events (era, turn, number);

-- What comes before and after the weeks that have a partition of their own.
CREATE TABLE outbox_events_default PARTITION OF outbox_events DEFAULT;

-- What a listener of ours has not dealt with yet. Rows go when they are dealt with.
CREATE TABLE outbox_deliveries (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  listener TEXT NOT NULL,
  event_id UUID NOT NULL,
  subject UUID NOT NULL,
  payload JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  attempt INT NOT NULL DEFAULT 0,
  next_try TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  last_error TEXT
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
CREATE INDEX outbox_deliveries_due ON outbox_deliveries (listener, next_try, id);
CREATE INDEX outbox_deliveries_of_subject ON outbox_deliveries (listener, subject, id);

-- The era that an event belongs to which is written now. Begins one when the cluster is another.
CREATE FUNCTION outbox_era() RETURNS INT LANGUAGE plpgsql AS $$
DECLARE
  here BIGINT := (SELECT system_identifier FROM pg_control_system());
  newest outbox_eras;
BEGIN
  LOOP
    SELECT * INTO newest FROM outbox_eras ORDER BY era DESC LIMIT 1;
    IF newest.system_identifier = here THEN
      RETURN newest.era;
    END IF;
    -- Two at once: the second waits here for the first, and then finds what it made.
    INSERT INTO outbox_eras (era, system_identifier) VALUES (coalesce(newest.era, 0) + 1, here) ON CONFLICT DO NOTHING;
  END LOOP;
END;
$$;

-- Up to where (not including it) the outbox is complete: no event can come before this place any more.
CREATE FUNCTION outbox_head(OUT era INT, OUT turn BIGINT) LANGUAGE sql STABLE AS $$
  SELECT
    CASE WHEN newest.here THEN newest.era ELSE coalesce(newest.era, 0) + 1 END,
    CASE WHEN newest.here THEN pg_snapshot_xmin(pg_current_snapshot())::text::bigint ELSE 0 END
  FROM (SELECT) AS one LEFT JOIN (
    SELECT e.era, e.system_identifier = c.system_identifier AS here
    FROM outbox_eras e, pg_control_system() c ORDER BY e.era DESC LIMIT 1
  ) AS newest ON TRUE
$$;

-- Partitions are made ahead: by the owner, since a server's role may not make tables.
CREATE OR REPLACE FUNCTION extend_outbox_partitions() RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  -- As in `obix` (out/partition) and in the first partition of 0004_ledger_outbox.sql.
  width CONSTANT BIGINT := 2000000;
  ahead CONSTANT BIGINT := 2;
  ledger CONSTANT TEXT := 'cala_persistent_outbox_events';
  weeks_ahead CONSTANT INT := 4;
  monday TIMESTAMP := date_trunc('week', clock_timestamp() AT TIME ZONE 'UTC');
  begins TIMESTAMP;
  name TEXT;
  head BIGINT;
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
  PERFORM pg_advisory_xact_lock(hashtextextended('obix:partition-ddl:' || ledger, 0));
  EXECUTE format('SELECT last_value FROM %I', ledger || '_sequence_seq') INTO head;
  FOR k IN head / width .. head / width + ahead LOOP
    CONTINUE WHEN to_regclass(format('%I', ledger || '_p' || k)) IS NOT NULL;
    EXECUTE format(
      'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)
         WITH (autovacuum_vacuum_insert_scale_factor = 0.0, autovacuum_vacuum_insert_threshold = 50000,
               autovacuum_freeze_min_age = 0, fillfactor = 100)',
      ledger || '_p' || k, ledger, k * width, (k + 1) * width);
    made := made + 1;
  END LOOP;
  RETURN made;
END;
$$;
SELECT extend_outbox_partitions();

-- What was published until now keeps its order, as era 0. Rows without a payload were placeholders.
INSERT INTO outbox_events (id, era, turn, number, subject, payload, recorded_at)
SELECT id, 0, 0, sequence, coalesce(payload ->> 'prospect_id', payload ->> 'customer_id')::uuid, payload, recorded_at
FROM persistent_outbox_events
WHERE coalesce(payload ->> 'prospect_id', payload ->> 'customer_id') IS NOT NULL;
SELECT setval('outbox_events_number', (SELECT coalesce(max(sequence), 0) + 1 FROM persistent_outbox_events), false);

-- What our listeners have not heard of yet: what stands behind each one's place, …
INSERT INTO outbox_deliveries (listener, event_id, subject, payload)
SELECT listener.name, event.id, (event.payload ->> 'customer_id')::uuid, event.payload
FROM (VALUES
    ('provisioning-starter', ARRAY['CustomerKycUpdated', 'CustomerActivityChanged', 'CustomerEmailChanged']),
    ('credit-canceller', ARRAY['CustomerKycUpdated', 'CustomerActivityChanged'])) AS listener (name, types)
JOIN persistent_outbox_events AS event ON event.payload ->> 'type' = ANY(listener.types)
WHERE event.sequence > coalesce((
    SELECT max((state.execution_state_json ->> 'sequence')::bigint)
    FROM job_executions AS job JOIN job_execution_states AS state ON state.id = job.id
    WHERE job.job_type = listener.name), 0)
ORDER BY event.sequence;
-- …whom one has missed, because an event was committed after a later one had been read, …
INSERT INTO outbox_deliveries (listener, event_id, subject, payload)
SELECT 'provisioning-starter', gen_random_uuid(), id, jsonb_build_object(
    'type', 'CustomerKycUpdated', 'customer_id', id, 'level', level, 'verification', verification)
FROM customers
WHERE activity <> 'closed' AND NOT EXISTS (SELECT FROM provisioning_steps WHERE customer_id = customers.id);
-- …and whoever may have lost what is open.
INSERT INTO outbox_deliveries (listener, event_id, subject, payload)
SELECT DISTINCT ON (customers.id) 'credit-canceller', gen_random_uuid(), customers.id, jsonb_build_object(
    'type', 'CustomerKycUpdated', 'customer_id', customers.id, 'level', level, 'verification', verification)
FROM customers JOIN credit_facility_proposals AS proposal ON proposal.customer_id = customers.id
WHERE proposal.status IN ('pending_customer_approval', 'pending_approval');

DELETE FROM job_execution_states WHERE id IN (SELECT id FROM jobs WHERE job_type IN ('provisioning-starter', 'credit-canceller'));
DELETE FROM job_executions WHERE job_type IN ('provisioning-starter', 'credit-canceller');
DELETE FROM job_events WHERE id IN (SELECT id FROM jobs WHERE job_type IN ('provisioning-starter', 'credit-canceller'));
DELETE FROM jobs WHERE job_type IN ('provisioning-starter', 'credit-canceller');
DROP TABLE persistent_outbox_events, persistent_outbox_commit_checkpoints, ephemeral_outbox_events, inbox_events, subscriptions;
DROP FUNCTION notify_ephemeral_outbox_events();
