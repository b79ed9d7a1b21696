-- What is to be done for each customer: a work queue that operators look at.

CREATE TABLE provisioning_steps (
  customer_id UUID NOT NULL REFERENCES customers (id),
  step TEXT NOT NULL,
  -- What people read, and where it stands among a customer's steps.
  label TEXT NOT NULL,
  position INT NOT NULL,
  -- What it needs from outside: identity, mail, ledger.
  dependency TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'retrying', 'needs_person', 'done', 'cancelled')),
  attempt INT NOT NULL DEFAULT 0,
  last_error TEXT,
  -- When it falls due; none while it waits for another step.
  next_try TIMESTAMPTZ,
  -- Who runs it: a number that its loop holds as advisory lock (7600, worker) while it lives.
  worker INT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  changed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (customer_id, step)
);
CREATE INDEX provisioning_steps_due ON provisioning_steps (step, next_try) WHERE state IN ('waiting', 'retrying');
CREATE INDEX provisioning_steps_running ON provisioning_steps (step) WHERE state = 'running';
CREATE INDEX provisioning_steps_retrying ON provisioning_steps (dependency, next_try) WHERE state = 'retrying';
