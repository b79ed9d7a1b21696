//! Money on a real PostgreSQL and a real ledger.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story stops at what it did not expect"
)]

mod at_once;
mod bank;
mod books;
mod erasure;
mod matrix;
mod reading;
mod reconcile;
mod refusals;
mod story;
