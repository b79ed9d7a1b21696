-- A new customer is updated at each step of its provisioning, mostly without a change of what is indexed: with room on the page the
-- new version stays there, and none of the indexes hears of it.
ALTER TABLE customers SET (fillfactor = 60);
ALTER TABLE logins SET (fillfactor = 70);
ALTER TABLE prospects SET (fillfactor = 85);

-- What a page of a list shows is written down each time: this packs it in half the time. Not every PostgreSQL was built with it.
DO $$
BEGIN
  ALTER TABLE audit_entries ALTER COLUMN records SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
  NULL;
END
$$;
