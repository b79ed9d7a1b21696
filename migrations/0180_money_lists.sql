-- The lists of all withdrawals, deposits and credit proposals: each filter reads its rows newest first from an index, and what a
-- list comes to is kept, so that nobody ever adds a million rows up. docs/decisions/0022-money-lists.md says why.

CREATE INDEX deposits_by_creation ON deposits (created_at DESC, id DESC);
CREATE INDEX deposits_by_status ON deposits (status, created_at DESC, id DESC);
CREATE INDEX deposits_by_amount ON deposits (amount, created_at DESC, id DESC);
CREATE INDEX withdrawals_by_creation ON withdrawals (created_at DESC, id DESC);
CREATE INDEX withdrawals_by_status ON withdrawals (status, created_at DESC, id DESC);
CREATE INDEX withdrawals_by_amount ON withdrawals (amount, created_at DESC, id DESC);
CREATE INDEX credit_facility_proposals_by_creation ON credit_facility_proposals (created_at DESC, id DESC);
CREATE INDEX credit_facility_proposals_by_status ON credit_facility_proposals (status, created_at DESC, id DESC);
CREATE INDEX credit_facility_proposals_by_amount ON credit_facility_proposals (amount, created_at DESC, id DESC);

-- How many there are and how much they are about: of each day (UTC) on which they were made, by where they stand now.
CREATE TABLE money_sums (
  -- 'deposit' or 'withdrawal'.
  kind TEXT NOT NULL,
  day DATE NOT NULL,
  status TEXT NOT NULL,
  n BIGINT NOT NULL,
  -- Whole US cents; a year of the largest amounts is more than 64 bits hold.
  cents NUMERIC NOT NULL,
  PRIMARY KEY (kind, day, status)
) WITH (fillfactor = 70);

-- What has happened since the sums were taken: rows that whoever moves money adds and nobody shares. They go when they are added
-- up; whoever reads adds the two.
CREATE TABLE money_sum_changes (
  kind TEXT NOT NULL,
  day DATE NOT NULL,
  status TEXT NOT NULL,
  n BIGINT NOT NULL,
  cents NUMERIC NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 1000);

-- The same of credit proposals.
CREATE TABLE proposal_sums (
  day DATE NOT NULL,
  status TEXT NOT NULL,
  n BIGINT NOT NULL,
  cents NUMERIC NOT NULL,
  PRIMARY KEY (day, status)
) WITH (fillfactor = 70);

CREATE TABLE proposal_sum_changes (
  day DATE NOT NULL,
  status TEXT NOT NULL,
  n BIGINT NOT NULL,
  cents NUMERIC NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 1000);

-- Triggers and not the code that moves money: so nothing moves unsummed, whoever moves it.
CREATE FUNCTION note_money() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO money_sum_changes VALUES (TG_ARGV[0], utc_day(OLD.created_at), OLD.status, -1, -OLD.amount);
  END IF;
  INSERT INTO money_sum_changes VALUES (TG_ARGV[0], utc_day(NEW.created_at), NEW.status, 1, NEW.amount);
  RETURN NULL;
END;
$$;

CREATE FUNCTION note_proposal() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO proposal_sum_changes VALUES (utc_day(OLD.created_at), OLD.status, -1, -OLD.amount);
  END IF;
  INSERT INTO proposal_sum_changes VALUES (utc_day(NEW.created_at), NEW.status, 1, NEW.amount);
  RETURN NULL;
END;
$$;

-- The triggers first: they keep writers out until this is committed, so what was there is summed once.
CREATE TRIGGER note_new_deposit AFTER INSERT ON deposits FOR EACH ROW EXECUTE FUNCTION note_money('deposit');
CREATE TRIGGER note_deposit AFTER UPDATE OF status ON deposits FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION note_money('deposit');
CREATE TRIGGER note_new_withdrawal AFTER INSERT ON withdrawals FOR EACH ROW EXECUTE FUNCTION note_money('withdrawal');
CREATE TRIGGER note_withdrawal AFTER UPDATE OF status ON withdrawals FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION note_money('withdrawal');
CREATE TRIGGER note_new_proposal AFTER INSERT ON credit_facility_proposals FOR EACH ROW EXECUTE FUNCTION note_proposal();
CREATE TRIGGER note_proposal AFTER UPDATE OF status ON credit_facility_proposals FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION note_proposal();

INSERT INTO money_sums
SELECT 'deposit', utc_day(created_at), status, count(*), sum(amount) FROM deposits GROUP BY 2, 3
UNION ALL
SELECT 'withdrawal', utc_day(created_at), status, count(*), sum(amount) FROM withdrawals GROUP BY 2, 3;

INSERT INTO proposal_sums
SELECT utc_day(created_at), status, count(*), sum(amount) FROM credit_facility_proposals GROUP BY 1, 2;
