-- Whose data a look handed out, as objects such as `prospect:<uuid>`; empty for every other decision. Part of what is sealed.
ALTER TABLE audit_entries ADD COLUMN records TEXT[] NOT NULL DEFAULT '{}';
CREATE INDEX audit_entries_by_record ON audit_entries USING gin (records);
-- What kind of record an entry is about.
CREATE INDEX audit_entries_by_kind ON audit_entries (split_part(coalesce(records[1], object), ':', 1), id);
