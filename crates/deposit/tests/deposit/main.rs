//! Money on a real PostgreSQL and a real ledger.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story stops at what it did not expect"
)]

mod action_table;
mod bank;
mod books;
mod concurrency;
mod deposit_and_withdrawal;
mod erasure;
mod listing;
mod reading;
mod reconcile;
mod refusals;
mod together;
