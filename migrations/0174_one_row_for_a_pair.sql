-- A pair of possible duplicates is one fact, so it is one item: at the record with the greater id, which names those before it.
-- So far it was one at each of the two.
CREATE FUNCTION one_row_for_a_pair() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
DECLARE
  about CONSTANT UUID := NEW.prospect_id;
BEGIN
  NEW.prospect_id := NEW.other_id;
  NEW.other_id := about;
  NEW.fact_key := 'twins:' || NEW.prospect_id;
  RETURN NEW;
END;
$$;

-- Those of a server of an older version, too.
CREATE TRIGGER one_row_for_a_pair BEFORE INSERT ON raised FOR EACH ROW
  WHEN (NEW.prospect_id < NEW.other_id AND NEW.fact_key LIKE 'twins:%')
  EXECUTE FUNCTION one_row_for_a_pair();

-- Of before: each record's open item names one with a lesser id whom nobody has resolved or decided; where there is none, the others'
-- items say all that it said. Those that a migration resolved, because one item named all, say nothing of anybody's having looked.
DELETE FROM raised WHERE other_id IS NOT NULL AND resolved_by = 'system:migration' AND resolution LIKE 'One item names all of them: number %';
UPDATE raised AS item SET other_id = (
  SELECT twin.prospect_id FROM prospect_identities AS own
  JOIN prospect_identities AS twin ON twin.key = own.key AND twin.prospect_id < own.prospect_id
  WHERE own.prospect_id = item.prospect_id
    AND NOT EXISTS (SELECT FROM raised AS known WHERE known.resolved_at IS NOT NULL
      AND (known.prospect_id, known.other_id) IN ((own.prospect_id, twin.prospect_id), (twin.prospect_id, own.prospect_id)))
    AND NOT EXISTS (SELECT FROM duplicate_decisions WHERE decision = 'different_people' AND one_id = twin.prospect_id AND other_id = own.prospect_id)
  ORDER BY twin.prospect_id LIMIT 1
)
WHERE resolved_at IS NULL AND fact_key LIKE 'twins:%' AND prospect_id < other_id;
DELETE FROM raised WHERE resolved_at IS NULL AND fact_key LIKE 'twins:%' AND other_id IS NULL;

-- The record with the lesser id shows it, too.
CREATE INDEX raised_by_other ON raised (other_id) WHERE other_id IS NOT NULL;
