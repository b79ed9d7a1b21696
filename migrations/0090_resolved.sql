-- What was raised and resolved, newest first: of all, and of one record.
CREATE INDEX raised_resolved ON raised (resolved_at DESC, id DESC) WHERE resolved_at IS NOT NULL;
CREATE INDEX raised_resolved_by_prospect ON raised (prospect_id, resolved_at DESC, id DESC) WHERE resolved_at IS NOT NULL;
