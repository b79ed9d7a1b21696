//! Prospects and customers, on a real PostgreSQL, with a Sumsub that answers what a test tells it to.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod assignment;
mod audit_looks;
mod bad_news;
mod callback_log;
mod callback_order;
mod common;
mod database_language;
mod erasure;
mod imports;
mod invariants;
mod lists;
mod needs_a_person;
mod notes;
mod operations;
mod refreshes;
mod search;
mod selection;
mod server_clock;
mod shared_identity;
mod snooze;
mod spelling;
mod statistics;
mod together;
