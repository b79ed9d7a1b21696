//! The schema over a real database. Stories over HTTP are the web's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at what it did not expect"
)]

mod credit;
mod errors;
mod filters;
mod flood;
mod house;
mod limits;
mod looks;
mod money;
mod records;
mod sdl;
mod statements;
mod subscriptions;
