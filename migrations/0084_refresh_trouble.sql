-- What an item is about that is raised once however often it is met, when neither a callback nor another record says so.
ALTER TABLE raised ADD COLUMN fact_key TEXT;
CREATE UNIQUE INDEX raised_by_fact_key ON raised (fact_key) WHERE fact_key IS NOT NULL AND resolved_at IS NULL;
CREATE INDEX raised_by_fact_key_ever ON raised (fact_key) WHERE fact_key IS NOT NULL;
