-- Whose a record is among the bank's people. Its prospect's events say since when and by whom; a customer is whose its prospect is.
ALTER TABLE prospects ADD COLUMN assignee UUID;
ALTER TABLE customers ADD COLUMN assignee UUID;

-- Somebody's and nobody's, each in the order of the lists: PostgreSQL takes NULL for no value that an order could stand on.
CREATE INDEX prospects_by_assignee ON prospects (assignee, created_at DESC, id DESC) WHERE assignee IS NOT NULL;
CREATE INDEX prospects_of_nobody ON prospects (created_at DESC, id DESC) WHERE assignee IS NULL;
CREATE INDEX customers_by_assignee ON customers (assignee, created_at DESC, id DESC) WHERE assignee IS NOT NULL;
CREATE INDEX customers_of_nobody ON customers (created_at DESC, id DESC) WHERE assignee IS NULL;

CREATE FUNCTION assign_customer() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE customers SET assignee = NEW.assignee WHERE id = NEW.id;
  RETURN NULL;
END;
$$;

CREATE TRIGGER assign_customer AFTER UPDATE OF assignee ON prospects
  FOR EACH ROW WHEN (OLD.assignee IS DISTINCT FROM NEW.assignee) EXECUTE FUNCTION assign_customer();

CREATE FUNCTION assign_new_customer() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  SELECT assignee INTO NEW.assignee FROM prospects WHERE id = NEW.id;
  RETURN NEW;
END;
$$;

CREATE TRIGGER assign_new_customer BEFORE INSERT ON customers
  FOR EACH ROW EXECUTE FUNCTION assign_new_customer();
