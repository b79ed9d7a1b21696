-- Who runs a step proves that it is still theirs before each effect, and mends what came too late; and what was brought to what the
-- facts say is compared with them again, slowly, for ever.

-- When whoever runs it (or ran it last) took it: an effect that ended after that, of somebody else, may have overtaken theirs.
ALTER TABLE provisioning_steps ADD COLUMN claimed_at TIMESTAMPTZ;

-- A step that is done falls due again for a look (`next_try`).
CREATE INDEX provisioning_steps_looks ON provisioning_steps (step, next_try) WHERE state = 'done' AND next_try IS NOT NULL;

-- Spread over a day, those first who have no look of their own yet: it begins with the login that was made.
UPDATE provisioning_steps AS step SET next_try = clock_timestamp() + random() * interval '1 day'
WHERE state = 'done' AND (step IN ('access', 'account_lock') OR step = 'login' AND NOT EXISTS (
    SELECT FROM provisioning_steps AS access WHERE access.customer_id = step.customer_id AND access.step = 'access'));
