-- Only who has a handle or a name. An index over all the others, too, is costly in PostgreSQL's eyes where few have one: it read whole
-- tables instead, and a search of a list grew with the list.
DROP INDEX prospects_by_telegram, customers_by_telegram, prospects_by_name, customers_by_name;
CREATE INDEX prospects_by_telegram ON prospects USING gin (telegram_handle gin_trgm_ops) WHERE telegram_handle IS NOT NULL;
CREATE INDEX customers_by_telegram ON customers USING gin (telegram_handle gin_trgm_ops) WHERE telegram_handle IS NOT NULL;
CREATE INDEX prospects_by_name ON prospects USING gin (name_key gin_trgm_ops) WHERE name_key IS NOT NULL;
CREATE INDEX customers_by_name ON customers USING gin (name_key gin_trgm_ops) WHERE name_key IS NOT NULL;
