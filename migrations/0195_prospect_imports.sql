-- Files of prospects: one row for each that was uploaded, and one for each of its rows. An import that was started is worked off in the
-- background, row by row, by whichever process is free.
CREATE TABLE prospect_imports (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- As the browser called it; none once it is erased.
  file_name TEXT,
  -- What columns of it say nothing to us.
  unused_columns TEXT[] NOT NULL DEFAULT '{}',
  -- As the audit log names subjects.
  uploaded_by TEXT NOT NULL,
  uploaded_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  -- For whom the rows are created (`access::Subject`), with the role of that moment.
  started_by JSONB,
  started_at TIMESTAMPTZ,
  sends_link BOOLEAN NOT NULL DEFAULT FALSE,
  finished_at TIMESTAMPTZ,
  -- How many rows, and what had become of them when it was finished.
  total INT NOT NULL,
  created INT NOT NULL DEFAULT 0,
  already_there INT NOT NULL DEFAULT 0,
  errors INT NOT NULL DEFAULT 0,
  -- Since when the personal data of its rows is gone.
  erased_at TIMESTAMPTZ
);
CREATE INDEX prospect_imports_running ON prospect_imports (id) WHERE started_at IS NOT NULL AND finished_at IS NULL;
CREATE INDEX prospect_imports_to_erase ON prospect_imports (uploaded_at) WHERE erased_at IS NULL;

CREATE TABLE prospect_import_rows (
  import_id BIGINT NOT NULL REFERENCES prospect_imports (id),
  -- Of the file; its head is line 1.
  line INT NOT NULL,
  -- Who it becomes; none for a row that can't be created.
  prospect_id UUID,
  -- As the file has them; none once they are erased.
  email TEXT,
  telegram_handle TEXT,
  customer_type TEXT,
  -- The address as addresses are compared, by which an erasure finds the row.
  email_key TEXT,
  -- ready, queued, created, already_there, error
  outcome TEXT NOT NULL,
  -- Why not, in words that name nobody.
  problem TEXT,
  -- Whose the e-mail or handle is.
  other_id UUID,
  PRIMARY KEY (import_id, line)
);
CREATE INDEX prospect_import_rows_queued ON prospect_import_rows (import_id, line) WHERE outcome = 'queued';
CREATE INDEX prospect_import_rows_of_prospect ON prospect_import_rows (prospect_id) WHERE prospect_id IS NOT NULL;
CREATE INDEX prospect_import_rows_of_other ON prospect_import_rows (other_id) WHERE other_id IS NOT NULL;
CREATE INDEX prospect_import_rows_of_email ON prospect_import_rows (email_key) WHERE email_key IS NOT NULL;
