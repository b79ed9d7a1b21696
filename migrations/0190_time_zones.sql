-- A preference may be a word: the time zone in which an operator is told times, by its IANA name.
ALTER TABLE operator_preferences ADD COLUMN word TEXT CHECK (length(word) <= 64);
