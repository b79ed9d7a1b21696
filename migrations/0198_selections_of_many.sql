-- What is done to several prospects may be an assignment, and is worked off in the background when they are many or its process died.
ALTER TABLE selections
  -- To whom `assign` gives them; none: to nobody.
  ADD COLUMN assignee UUID,
  -- For whom it is done (`access::Subject`), with the role of that moment; none for those that older versions began.
  ADD COLUMN acts_as JSONB,
  -- When a process may take it; a process that has it has set it some time ahead. None when nothing is left to do.
  ADD COLUMN next_at TIMESTAMPTZ;
CREATE INDEX selections_due ON selections (next_at) WHERE next_at IS NOT NULL;
