-- E-mail addresses are compared without regard to case by us, not by the language of the database: Turkish makes another
-- letter of an I.

-- An operator's address may have letters outside ASCII, so the program folds it (`access::fold`). Here only what is there
-- already: ASCII first, by "C", then the rest as it was compared until now.
ALTER TABLE operators ADD COLUMN email_key TEXT;
UPDATE operators SET email_key = lower(lower(email COLLATE "C") COLLATE "default");
ALTER TABLE operators ALTER COLUMN email_key SET NOT NULL;
DROP INDEX operators_email_key;
CREATE UNIQUE INDEX operators_email_key ON operators (email_key);

-- Customers' and prospects' addresses are ASCII, all of which "C" folds.
DROP INDEX logins_email_key;
CREATE UNIQUE INDEX logins_email_key ON logins (lower(email COLLATE "C"));
DROP INDEX prospects_by_email;
CREATE INDEX prospects_by_email ON prospects USING gin (lower(email COLLATE "C") gin_trgm_ops);
DROP INDEX customers_by_email;
CREATE INDEX customers_by_email ON customers USING gin (lower(email COLLATE "C") gin_trgm_ops);
