-- A role for programs only: operators don't have it.
ALTER TABLE api_tokens DROP CONSTRAINT api_tokens_role_check,
  ADD CONSTRAINT api_tokens_role_check CHECK (role IN ('admin', 'onboarding-officer', 'auditor', 'event-reader'));
