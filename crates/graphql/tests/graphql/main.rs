//! The schema over a real database. Stories over HTTP are the web's.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at what it did not expect"
)]

mod app;
mod audit_looks;
mod columns;
mod credit;
mod deposit;
mod errors;
mod filters;
mod greedy_requests;
mod limits;
mod records;
mod schema_file;
mod statement_counts;
mod subscriptions;
