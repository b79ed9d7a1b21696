-- Room on each page, so that a step of provisioning changes a row where it stands: no column that an index has changes with it, and
-- fourteen indexes need not hear of it.
ALTER TABLE customers SET (fillfactor = 50);
ALTER TABLE logins SET (fillfactor = 70);
-- Few callbacks wait, and each batch of the drain looks for them: not through a list of what is still to be put into the index.
ALTER INDEX callbacks_waiting_for SET (fastupdate = off);
