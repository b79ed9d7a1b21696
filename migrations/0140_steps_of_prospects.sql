-- A step may be one of a prospect, too (`verification_link`): prospect and customer share the UUID.
ALTER TABLE provisioning_steps DROP CONSTRAINT provisioning_steps_customer_id_fkey;
ALTER TABLE provisioning_steps ADD CONSTRAINT provisioning_steps_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES prospects (id);
