-- Records are found and listed by name: what Sumsub told, once it has told. Personal data, emptied with the rest.

-- As people read it: the person's names, or the company's.
ALTER TABLE prospects ADD COLUMN name TEXT;
ALTER TABLE customers ADD COLUMN name TEXT;
-- What a search looks in. Servers write it, and those of the names that are here already when they start: no migration folds
-- texts as the server does.
ALTER TABLE prospects ADD COLUMN name_key TEXT;
ALTER TABLE customers ADD COLUMN name_key TEXT;

UPDATE prospects SET name = told.name FROM (
  SELECT DISTINCT ON (entity_id) entity_id,
    CASE WHEN payload #>> '{data,company}' IS NOT NULL THEN payload #>> '{data,company,name}'
      ELSE nullif(concat_ws(' ', payload #>> '{data,first_name}', payload #>> '{data,last_name}'), '') END AS name
  FROM prospects_forgettable_payloads WHERE payload ? 'data' ORDER BY entity_id, sequence DESC
) AS told
WHERE told.entity_id = prospects.id AND told.name IS NOT NULL;
UPDATE customers SET name = prospects.name FROM prospects
WHERE prospects.id = customers.id AND prospects.name IS NOT NULL;

CREATE INDEX prospects_by_name ON prospects USING gin (name_key gin_trgm_ops);
CREATE INDEX customers_by_name ON customers USING gin (name_key gin_trgm_ops);
CREATE INDEX prospects_without_name_key ON prospects (id) WHERE name IS NOT NULL AND name_key IS NULL;

-- A customer is called what its prospect is: Sumsub tells of the one record that both share.
CREATE FUNCTION name_customer() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE customers SET name = NEW.name, name_key = NEW.name_key WHERE id = NEW.id;
  RETURN NULL;
END;
$$;

CREATE TRIGGER name_customer AFTER UPDATE OF name, name_key ON prospects
  FOR EACH ROW WHEN ((OLD.name, OLD.name_key) IS DISTINCT FROM (NEW.name, NEW.name_key))
  EXECUTE FUNCTION name_customer();

CREATE FUNCTION name_new_customer() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  SELECT name, name_key INTO NEW.name, NEW.name_key FROM prospects WHERE id = NEW.id;
  RETURN NEW;
END;
$$;

CREATE TRIGGER name_new_customer BEFORE INSERT ON customers
  FOR EACH ROW EXECUTE FUNCTION name_new_customer();

-- Only an erasure empties the e-mail address: the name goes with it, also when a server of an older version erases.
CREATE FUNCTION forget_name() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  NEW.name := NULL;
  NEW.name_key := NULL;
  RETURN NEW;
END;
$$;

CREATE TRIGGER forget_name BEFORE UPDATE OF email ON prospects
  FOR EACH ROW WHEN (NEW.email IS NULL) EXECUTE FUNCTION forget_name();
CREATE TRIGGER forget_name BEFORE UPDATE OF email ON customers
  FOR EACH ROW WHEN (NEW.email IS NULL) EXECUTE FUNCTION forget_name();
