-- A row for each process, written anew by each look at its health: what proves that a write is committed. Rows of processes that
-- ended long ago go with the next that begins.
CREATE TABLE heartbeats (
  process UUID PRIMARY KEY,
  beat_at TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);
