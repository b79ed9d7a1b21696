-- What the bank's people write down about a prospect or customer: added and never changed.
CREATE TABLE notes (
  -- Given by whoever adds it, so that a form sent twice adds one.
  id UUID PRIMARY KEY,
  prospect_id UUID NOT NULL REFERENCES prospects (id),
  written_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  -- As the audit log names subjects.
  written_by TEXT NOT NULL,
  -- Personal data, emptied with the rest: as it was written, and its words as a search looks for them.
  body TEXT,
  body_key TEXT
);
CREATE INDEX notes_by_prospect ON notes (prospect_id, written_at DESC, id DESC);
CREATE INDEX notes_by_words ON notes USING gin (body_key gin_trgm_ops);

-- Only an erasure touches a note.
CREATE FUNCTION keep_note() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.body IS NOT NULL OR NEW.body_key IS NOT NULL
     OR (NEW.id, NEW.prospect_id, NEW.written_at, NEW.written_by) IS DISTINCT FROM (OLD.id, OLD.prospect_id, OLD.written_at, OLD.written_by) THEN
    RAISE EXCEPTION 'a note stays as it was written';
  END IF;
  RETURN NEW;
END;
$$;

CREATE TRIGGER keep_note BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION keep_note();
