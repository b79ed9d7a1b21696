-- What the list of prospects is narrowed down to beyond stage and type: since when somebody stands at a stage, and why Sumsub
-- declined. Like every filter, each finds its rows by an index, however rare they are.

-- The labels of the newest RED, as Sumsub wrote them. No personal data.
ALTER TABLE prospects ADD COLUMN reject_labels TEXT[];

UPDATE prospects SET reject_labels = said.labels FROM (
  SELECT DISTINCT ON (id) id, ARRAY(SELECT jsonb_array_elements_text(event -> 'labels')) AS labels
  FROM prospect_events WHERE event_type = 'callback_accepted' AND event ->> 'status' = 'red'
  ORDER BY id, sequence DESC
) AS said
WHERE said.id = prospects.id;

-- A trigger, so that a server of an older version keeps them, too, while the database is upgraded.
CREATE FUNCTION keep_reject_labels() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE prospects SET reject_labels = ARRAY(SELECT jsonb_array_elements_text(NEW.event -> 'labels')) WHERE id = NEW.id;
  RETURN NULL;
END;
$$;

CREATE TRIGGER keep_reject_labels AFTER INSERT ON prospect_events FOR EACH ROW
  WHEN (NEW.event_type = 'callback_accepted' AND NEW.event ->> 'status' = 'red')
  EXECUTE FUNCTION keep_reject_labels();

-- Of those whose RED still stands.
CREATE INDEX prospects_by_reject_label ON prospects USING gin (reject_labels) WHERE kyc_status = 'declined';
CREATE INDEX prospects_by_stage_since ON prospects (stage_since);
-- Which labels there ever were: the choices of the filter.
CREATE INDEX statistics_reasons ON statistics (name) WHERE figure = 'reason';
