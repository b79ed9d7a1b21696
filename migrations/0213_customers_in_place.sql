-- Room on each page, so that a step of provisioning changes a customer's row where it stands: no column that an index has changes with
-- it, and fourteen indexes need not hear of it.
ALTER TABLE customers SET (fillfactor = 80);
