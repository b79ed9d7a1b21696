-- How many customers there are by activity and type: a list says how many it has without counting them. A trigger notes what changes,
-- whoever reads adds what was noted since, and what was noted is added up in the background (`KeptSums`).
CREATE TABLE customer_counts (
  activity TEXT NOT NULL,
  customer_type TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (activity, customer_type)
) WITH (fillfactor = 70);

CREATE TABLE customer_count_changes (
  activity TEXT NOT NULL,
  customer_type TEXT NOT NULL,
  n BIGINT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 1000);

CREATE FUNCTION note_customer() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO customer_count_changes VALUES (OLD.activity, OLD.customer_type, -1), (NEW.activity, NEW.customer_type, 1);
  ELSE
    INSERT INTO customer_count_changes VALUES (NEW.activity, NEW.customer_type, 1);
  END IF;
  RETURN NULL;
END;
$$;

CREATE TRIGGER note_new_customer AFTER INSERT ON customers FOR EACH ROW EXECUTE FUNCTION note_customer();
CREATE TRIGGER note_customer AFTER UPDATE OF activity, customer_type ON customers FOR EACH ROW
  WHEN (OLD.activity <> NEW.activity OR OLD.customer_type <> NEW.customer_type) EXECUTE FUNCTION note_customer();

-- Nobody writes customers while the triggers are made: so nobody is counted twice, or never.
INSERT INTO customer_counts SELECT activity, customer_type, count(*) FROM customers GROUP BY activity, customer_type;
