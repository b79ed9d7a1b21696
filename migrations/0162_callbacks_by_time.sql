-- The days of the callback log: by when a callback came first.
CREATE INDEX callbacks_by_time ON callbacks (received_at);
