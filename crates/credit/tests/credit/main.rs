//! Credit facility proposals on a real PostgreSQL, with real customers.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story stops at what it did not expect"
)]

mod bank;
mod cancelling;
mod concurrency;
mod erasure;
mod four_eyes;
mod listing;
mod permissions;
mod proposal;
mod refusals;
