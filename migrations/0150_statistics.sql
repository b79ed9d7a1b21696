-- The figures of the overview: how far prospects come, how long they stand where, and why Sumsub declines. They are added up as
-- things happen, so that nobody ever counts prospects or events. docs/decisions/0019-kept-statistics.md says why.

ALTER TABLE prospects
  -- Who created it, as the audit log names subjects.
  ADD COLUMN created_by TEXT,
  -- Since when it stands at its stage. None: it is not counted yet, and will be from its events.
  ADD COLUMN stage_since TIMESTAMPTZ,
  -- How far it ever came: 0 New, 1 Started, 2 In review, 3 Approved.
  ADD COLUMN reached SMALLINT;

CREATE INDEX prospects_by_time_in_stage ON prospects (stage, customer_type, stage_since);
CREATE INDEX prospects_to_count ON prospects (id) WHERE stage_since IS NULL;
CREATE INDEX customers_pending ON customers (customer_type, created_at) WHERE activity = 'pending';

-- Sums. What a figure doesn't tell apart is empty.
--   funnel    day of creation, step, type, who created it
--   left      day, stage that was left, type, how long it took
--   done      day, step of provisioning, type, how long after the approval
--   declined  day, RETRY or FINAL, type
--   reason    day, reject label, type
--   standing  '-infinity', stage, type: how many stand there now
CREATE TABLE statistics (
  figure TEXT NOT NULL,
  day DATE NOT NULL,
  name TEXT NOT NULL,
  customer_type TEXT NOT NULL,
  created_by TEXT NOT NULL,
  bucket SMALLINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (figure, day, name, customer_type, created_by, bucket)
) WITH (fillfactor = 70);

-- What has happened since the sums were taken: rows that whoever acts adds and nobody shares. They go when they are added up;
-- whoever reads adds the two.
CREATE TABLE statistics_changes (
  figure TEXT NOT NULL,
  day DATE NOT NULL,
  name TEXT NOT NULL,
  customer_type TEXT NOT NULL,
  created_by TEXT NOT NULL,
  bucket SMALLINT NOT NULL,
  n BIGINT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 1000);

CREATE FUNCTION utc_day(at TIMESTAMPTZ) RETURNS DATE
LANGUAGE sql IMMUTABLE AS $$ SELECT (at AT TIME ZONE 'UTC')::date $$;

-- How far a stage is; none for Closed, which leads nowhere.
CREATE FUNCTION funnel_step(stage TEXT) RETURNS INT
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE stage WHEN 'new' THEN 0 WHEN 'kyc_started' THEN 1 WHEN 'kyc_pending' THEN 2 WHEN 'kyc_on_hold' THEN 2
    WHEN 'kyc_declined' THEN 2 WHEN 'converted' THEN 3 END
$$;

CREATE FUNCTION funnel_step_name(step INT) RETURNS TEXT
LANGUAGE sql IMMUTABLE AS $$ SELECT ('{new,started,in_review,approved,active}'::text[])[step + 1] $$;

-- Four for each doubling: bucket b holds what took from 2^((b-1)/4) to 2^(b/4) seconds, and 0 what took less than a second.
CREATE FUNCTION duration_bucket(took INTERVAL) RETURNS INT
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN extract(epoch FROM took) < 1 THEN 0
    ELSE 1 + floor(4 * ln(extract(epoch FROM took)::float8) / ln(2::float8))::int END
$$;

-- A trigger and not the code that moves prospects: so nothing moves uncounted, whoever moves it. The time is the transaction's,
-- which is the events' time, too.
CREATE FUNCTION count_stage() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
DECLARE
  created CONSTANT DATE := utc_day(NEW.created_at);
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- A server of an older version doesn't say who: it is counted from its events.
    IF NEW.created_by IS NOT NULL THEN
      NEW.stage_since := NEW.created_at;
      NEW.reached := coalesce(funnel_step(NEW.stage), 0);
      INSERT INTO statistics_changes
      SELECT 'funnel', created, funnel_step_name(step), NEW.customer_type, NEW.created_by, 0, 1
      FROM generate_series(0, NEW.reached) AS step
      UNION ALL
      VALUES ('standing', '-infinity'::date, NEW.stage, NEW.customer_type, '', 0, 1);
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.stage <> OLD.stage THEN
    NEW.stage_since := now();
    NEW.reached := greatest(OLD.reached, funnel_step(NEW.stage));
    -- What one transaction passes through is no stay.
    IF OLD.stage_since <> NEW.stage_since THEN
      INSERT INTO statistics_changes
      VALUES ('left', utc_day(now()), OLD.stage, OLD.customer_type, '', duration_bucket(now() - OLD.stage_since), 1);
    END IF;
  END IF;
  INSERT INTO statistics_changes
  SELECT 'funnel', created, funnel_step_name(step), OLD.customer_type, NEW.created_by, 0, -1
  FROM generate_series(0, OLD.reached) AS step WHERE NEW.customer_type <> OLD.customer_type
  UNION ALL
  SELECT 'funnel', created, funnel_step_name(step), NEW.customer_type, NEW.created_by, 0, 1
  FROM generate_series(CASE WHEN NEW.customer_type = OLD.customer_type THEN OLD.reached + 1 ELSE 0 END, NEW.reached) AS step
  UNION ALL
  VALUES ('standing', '-infinity'::date, OLD.stage, OLD.customer_type, '', 0, -1),
         ('standing', '-infinity'::date, NEW.stage, NEW.customer_type, '', 0, 1);
  RETURN NEW;
END;
$$;

CREATE TRIGGER count_new_prospect BEFORE INSERT ON prospects FOR EACH ROW EXECUTE FUNCTION count_stage();
CREATE TRIGGER count_stage BEFORE UPDATE OF stage, customer_type ON prospects FOR EACH ROW
  WHEN (OLD.stage_since IS NOT NULL AND (OLD.stage <> NEW.stage OR OLD.customer_type <> NEW.customer_type))
  EXECUTE FUNCTION count_stage();

-- A label counts once for each answer.
CREATE FUNCTION count_rejection() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO statistics_changes
  SELECT said.figure, utc_day(NEW.recorded_at), said.name, prospect.customer_type, '', 0, 1
  FROM prospects AS prospect, (
    SELECT 'declined' AS figure, coalesce(NEW.event ->> 'reject_type', '') AS name
    UNION ALL
    SELECT DISTINCT 'reason', label FROM jsonb_array_elements_text(NEW.event -> 'labels') AS label
  ) AS said
  WHERE prospect.id = NEW.id AND prospect.stage_since IS NOT NULL;
  RETURN NULL;
END;
$$;

CREATE TRIGGER count_rejection AFTER INSERT ON prospect_events FOR EACH ROW
  WHEN (NEW.event_type = 'callback_accepted' AND NEW.event ->> 'status' = 'red')
  EXECUTE FUNCTION count_rejection();

-- The first time counts. An approved prospect stays approved, so `stage_since` is when it was.
CREATE FUNCTION count_provisioning() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM customer_events WHERE id = NEW.id AND sequence < NEW.sequence AND event_type = NEW.event_type
             AND event -> 'step' IS NOT DISTINCT FROM NEW.event -> 'step') THEN
    RETURN NULL;
  END IF;
  INSERT INTO statistics_changes
  SELECT said.figure, CASE said.figure WHEN 'funnel' THEN utc_day(prospect.created_at) ELSE utc_day(NEW.recorded_at) END,
         said.name, prospect.customer_type, CASE said.figure WHEN 'funnel' THEN prospect.created_by ELSE '' END,
         CASE said.figure WHEN 'funnel' THEN 0 ELSE duration_bucket(NEW.recorded_at - prospect.stage_since) END, 1
  FROM prospects AS prospect, (
    SELECT 'funnel' AS figure, 'active' AS name WHERE NEW.event_type = 'provisioning_completed'
    UNION ALL SELECT 'left', 'converted' WHERE NEW.event_type = 'provisioning_completed'
    UNION ALL SELECT 'done', NEW.event ->> 'step' WHERE NEW.event_type = 'provisioning_step_done'
  ) AS said
  WHERE prospect.id = NEW.id AND prospect.stage_since IS NOT NULL;
  RETURN NULL;
END;
$$;

CREATE TRIGGER count_provisioning AFTER INSERT ON customer_events FOR EACH ROW
  WHEN (NEW.event_type IN ('provisioning_completed', 'provisioning_step_done'))
  EXECUTE FUNCTION count_provisioning();
