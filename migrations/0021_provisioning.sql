-- What is to be done for each customer: a work queue that operators look at.

CREATE TABLE provisioning_steps (
  customer_id UUID NOT NULL REFERENCES customers (id),
  step TEXT NOT NULL,
  -- What people read, and where it stands among a customer's steps.
  label TEXT NOT NULL,
  position INT NOT NULL,
  -- What it needs from outside: identity, mail, ledger.
  dependency TEXT NOT NULL,
  -- The step that has to be done first.
  after_step TEXT,
  -- Not so for a standing step (access, say), which is wanted anew whenever the facts change.
  part_of_provisioning BOOLEAN NOT NULL DEFAULT TRUE,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'retrying', 'needs_person', 'done', 'cancelled')),
  -- Counts up whenever the step is wanted anew or no longer wanted: what a run that began before that came to counts for nothing.
  generation INT NOT NULL DEFAULT 0,
  -- How many changes of e-mail are still to be told of.
  changes INT NOT NULL DEFAULT 0,
  attempt INT NOT NULL DEFAULT 0,
  last_error TEXT,
  -- When it falls due; none while it waits for another step.
  next_try TIMESTAMPTZ,
  -- Who runs it, whatever was decided about the row meanwhile: a number that its loop holds as advisory lock
  -- (7600, worker) while it lives. Nobody else takes it before that.
  worker INT,
  -- Since when it is wanted.
  armed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  changed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (customer_id, step)
);
-- What isn't done stands in one of three small indexes, so that neither the loops nor the board ever read what is done.
CREATE INDEX provisioning_steps_due ON provisioning_steps (step, next_try) WHERE state IN ('waiting', 'retrying');
CREATE INDEX provisioning_steps_running ON provisioning_steps (step) WHERE worker IS NOT NULL;
CREATE INDEX provisioning_steps_stuck ON provisioning_steps (armed_at) WHERE state = 'needs_person';
CREATE INDEX provisioning_steps_retrying ON provisioning_steps (dependency, next_try) WHERE state = 'retrying';
