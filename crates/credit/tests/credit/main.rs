//! Credit facility proposals on a real PostgreSQL, with real customers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story stops at what it did not expect"
)]

mod at_once;
mod bank;
mod cancelling;
mod erasure;
mod four_eyes;
mod refusals;
mod story;
mod who_may;
