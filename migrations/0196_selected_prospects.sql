-- What was done to several prospects at once: one row for each time, and one for each prospect with what came of it.
CREATE TABLE selections (
  -- Given by the form, so that a form sent twice does it once.
  id UUID PRIMARY KEY,
  -- send_link, remind, close
  act TEXT NOT NULL,
  -- For all of them; none once one of them is erased.
  reason TEXT,
  -- As the audit log names subjects.
  begun_by TEXT NOT NULL,
  begun_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE selected_prospects (
  selection_id UUID NOT NULL REFERENCES selections (id),
  place INT NOT NULL,
  prospect_id UUID NOT NULL REFERENCES prospects (id),
  -- Whether it was done; none while it was not tried.
  done BOOLEAN,
  -- Why it was not done, in words that name nobody.
  problem TEXT,
  PRIMARY KEY (selection_id, place)
);
CREATE INDEX selected_prospects_of ON selected_prospects (prospect_id);
