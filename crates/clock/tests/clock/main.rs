//! One time for all processes: the database's.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod database_time;
mod movable;
mod no_process_time;
mod no_sleep;
