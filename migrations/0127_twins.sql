-- Who could be one person or company, found without anybody waiting for anybody: a row for each of a record's keys
-- (`prospects.identity_key` holds them with blanks between), written with the record and compared with the others' after
-- that has committed. Of two who are recorded at one moment the later comparison sees both.

CREATE TABLE prospect_identities (
  key TEXT NOT NULL,
  prospect_id UUID NOT NULL,
  -- Whether it was compared since it was written. What was not is work that any process does.
  compared BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (key, prospect_id)
);
CREATE INDEX prospect_identities_by_prospect ON prospect_identities (prospect_id);
CREATE INDEX prospect_identities_to_compare ON prospect_identities (prospect_id) WHERE NOT compared;

CREATE FUNCTION keep_prospect_identities() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
DECLARE
  keys TEXT[] := coalesce(string_to_array(NEW.identity_key, ' '), '{}');
BEGIN
  DELETE FROM prospect_identities WHERE prospect_id = NEW.id AND key <> ALL (keys);
  INSERT INTO prospect_identities (key, prospect_id)
  SELECT key, NEW.id FROM unnest(keys) AS key WHERE key <> '' ON CONFLICT DO NOTHING;
  RETURN NULL;
END;
$$;

CREATE TRIGGER keep_prospect_identities AFTER UPDATE OF identity_key ON prospects
  FOR EACH ROW WHEN (OLD.identity_key IS DISTINCT FROM NEW.identity_key)
  EXECUTE FUNCTION keep_prospect_identities();

-- These were compared when they were written.
INSERT INTO prospect_identities (key, prospect_id, compared)
SELECT key, id, TRUE FROM prospects, unnest(string_to_array(identity_key, ' ')) AS key
WHERE key <> '' ON CONFLICT DO NOTHING;

DROP INDEX prospects_by_identity;

-- One open item for each record, which names all that it could be one with; so far there was one for each pair. The oldest
-- stays, and takes the others' part.
WITH open AS (
  SELECT id, prospect_id, row_number() OVER of_record AS number, first_value(id) OVER of_record AS oldest
  FROM raised WHERE other_id IS NOT NULL AND prospect_id IS NOT NULL AND resolved_at IS NULL
  WINDOW of_record AS (PARTITION BY prospect_id ORDER BY raised_at, id)
)
UPDATE raised SET
  fact_key = CASE WHEN number = 1 THEN 'twins:' || raised.prospect_id END,
  resolved_at = CASE WHEN number > 1 THEN clock_timestamp() END,
  resolved_by = CASE WHEN number > 1 THEN 'system:migration' END,
  resolution = CASE WHEN number > 1 THEN 'One item names all of them: number ' || oldest END
FROM open WHERE raised.id = open.id;
