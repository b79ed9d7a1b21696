-- What the list of prospects is narrowed down to beyond stage and type: why Sumsub declined. Like every filter it finds its rows in an
-- index, however rare they are. Since when somebody stands at a stage, `prospects_by_time_in_stage` has.

-- The labels of the newest RED, as Sumsub wrote them, as long as it stands (KYC status Declined): a row for each, so that those
-- with one label stand in the list's order. No personal data.
CREATE TABLE prospect_reject_labels (
  label TEXT NOT NULL,
  prospect_created_at TIMESTAMPTZ NOT NULL,
  prospect_id UUID NOT NULL REFERENCES prospects (id),
  PRIMARY KEY (label, prospect_created_at, prospect_id)
);
CREATE INDEX prospect_reject_labels_by_prospect ON prospect_reject_labels (prospect_id);

INSERT INTO prospect_reject_labels
SELECT DISTINCT label, prospects.created_at, prospects.id
FROM prospects JOIN (
  SELECT DISTINCT ON (id) id, event -> 'labels' AS labels
  FROM prospect_events WHERE event_type = 'callback_accepted' AND event ->> 'status' = 'red'
  ORDER BY id, sequence DESC
) AS said ON said.id = prospects.id, jsonb_array_elements_text(said.labels) AS label
WHERE prospects.kyc_status = 'declined';

-- Triggers, so that a server of an older version keeps them, too, while the database is upgraded. A prospect's row is written before
-- its events: it says already what all of them come to.
CREATE FUNCTION keep_reject_labels() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM prospect_reject_labels WHERE prospect_id = NEW.id;
  INSERT INTO prospect_reject_labels
  SELECT DISTINCT label, created_at, id FROM prospects, jsonb_array_elements_text(NEW.event -> 'labels') AS label
  WHERE id = NEW.id AND kyc_status = 'declined';
  RETURN NULL;
END;
$$;

CREATE TRIGGER keep_reject_labels AFTER INSERT ON prospect_events FOR EACH ROW
  WHEN (NEW.event_type = 'callback_accepted' AND NEW.event ->> 'status' = 'red')
  EXECUTE FUNCTION keep_reject_labels();

CREATE FUNCTION drop_reject_labels() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM prospect_reject_labels WHERE prospect_id = NEW.id;
  RETURN NULL;
END;
$$;

CREATE TRIGGER drop_reject_labels AFTER UPDATE OF kyc_status ON prospects FOR EACH ROW
  WHEN (OLD.kyc_status = 'declined' AND NEW.kyc_status <> 'declined')
  EXECUTE FUNCTION drop_reject_labels();

-- Which labels there ever were: the choices of the filter.
CREATE INDEX statistics_reasons ON statistics (name) WHERE figure = 'reason';
