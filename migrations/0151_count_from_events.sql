-- Counts prospects that no trigger has counted, from their events: what was there before the figures were, and what a server of
-- an older version makes while the database is upgraded. Servers call it for some at a time, so an upgrade waits for none of it.
-- It comes to the same as the triggers; a test compares.

CREATE FUNCTION count_from_events(at_most INT) RETURNS INT
LANGUAGE plpgsql AS $$
DECLARE
  ids UUID[];
BEGIN
  -- Until it is counted, a prospect's triggers leave it alone: whoever changes it waits for these locks, or is waited for.
  ids := ARRAY(SELECT id FROM prospects WHERE stage_since IS NULL ORDER BY id LIMIT at_most FOR NO KEY UPDATE SKIP LOCKED);
  PERFORM FROM customers WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;

  WITH said AS (
    SELECT id, sequence, recorded_at,
      CASE event_type WHEN 'callback_accepted' THEN event ->> 'stage' WHEN 'converted_by_hand' THEN 'converted'
        WHEN 'closed' THEN 'closed' WHEN 'initialized' THEN 'new' WHEN 'reopened' THEN 'new' END AS stage,
      CASE WHEN event_type IN ('initialized', 'customer_type_changed') THEN event ->> 'customer_type' END AS new_type,
      CASE event_type WHEN 'initialized' THEN event ->> 'created_by' END AS created_by,
      CASE WHEN event_type = 'callback_accepted' AND event ->> 'status' = 'red' THEN event END AS red
    FROM prospect_events WHERE id = ANY(ids)
  ), numbered AS (
    SELECT *, count(new_type) OVER (PARTITION BY id ORDER BY sequence) AS type_number FROM said
  ), typed AS (
    SELECT *, first_value(new_type) OVER (PARTITION BY id, type_number ORDER BY sequence) AS customer_type FROM numbered
  ), stood AS (
    -- Where each transaction left it.
    SELECT DISTINCT ON (id, recorded_at) * FROM typed WHERE stage IS NOT NULL ORDER BY id, recorded_at, sequence DESC
  ), moved AS (
    SELECT *, lag(stage) OVER (PARTITION BY id ORDER BY sequence) AS stage_before FROM stood
  ), visit AS (
    SELECT *, lag(recorded_at) OVER (PARTITION BY id ORDER BY sequence) AS since_before
    FROM moved WHERE stage IS DISTINCT FROM stage_before
  ), known AS (
    SELECT id, max(funnel_step(stage)) AS reached, (array_agg(recorded_at ORDER BY sequence DESC))[1] AS stage_since
    FROM visit GROUP BY id
  ), prospect AS (
    SELECT p.id, p.created_at, p.customer_type, p.stage, coalesce(p.created_by, said.created_by, '') AS created_by,
      coalesce(known.reached, funnel_step(p.stage), 0) AS reached, coalesce(known.stage_since, p.created_at) AS stage_since
    FROM prospects AS p LEFT JOIN known ON known.id = p.id
    LEFT JOIN said ON said.id = p.id AND said.created_by IS NOT NULL
    WHERE p.id = ANY(ids)
  ), provisioned AS (
    SELECT DISTINCT ON (id, event_type, event -> 'step') id, recorded_at, event_type, event ->> 'step' AS step
    FROM customer_events WHERE id = ANY(ids) AND event_type IN ('provisioning_completed', 'provisioning_step_done')
    ORDER BY id, event_type, event -> 'step', sequence
  ), change AS (
    SELECT 'funnel' AS figure, utc_day(created_at) AS day, funnel_step_name(step) AS name, customer_type, created_by, 0 AS bucket
    FROM prospect, generate_series(0, reached) AS step
    UNION ALL
    SELECT 'funnel', utc_day(created_at), 'active', customer_type, created_by, 0
    FROM prospect JOIN provisioned USING (id) WHERE event_type = 'provisioning_completed'
    UNION ALL
    SELECT 'standing', '-infinity', stage, customer_type, '', 0 FROM prospect
    UNION ALL
    SELECT 'left', utc_day(recorded_at), stage_before, customer_type, '', duration_bucket(recorded_at - since_before)
    FROM visit WHERE stage_before IS NOT NULL
    UNION ALL
    SELECT CASE event_type WHEN 'provisioning_completed' THEN 'left' ELSE 'done' END, utc_day(recorded_at),
      coalesce(step, 'converted'), customer_type, '', duration_bucket(recorded_at - stage_since)
    FROM provisioned JOIN prospect USING (id)
    UNION ALL
    SELECT 'declined', utc_day(recorded_at), coalesce(red ->> 'reject_type', ''), customer_type, '', 0
    FROM typed WHERE red IS NOT NULL
    UNION ALL
    SELECT DISTINCT ON (id, sequence, label) 'reason', utc_day(recorded_at), label, customer_type, '', 0
    FROM typed, jsonb_array_elements_text(red -> 'labels') AS label WHERE red IS NOT NULL
  ), noted AS (
    INSERT INTO statistics_changes
    SELECT figure, day, name, customer_type, created_by, bucket, count(*) FROM change GROUP BY 1, 2, 3, 4, 5, 6
  )
  UPDATE prospects AS p SET created_by = prospect.created_by, stage_since = prospect.stage_since, reached = prospect.reached
  FROM prospect WHERE p.id = prospect.id;
  RETURN cardinality(ids);
END;
$$;
