//! The binary: its commands, settings, checks, and how it starts, serves and ends.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod check;
mod common;
mod configuration;
mod dev;
mod health;
mod output_readers;
mod roles;
mod serve;
mod sessions;
mod slow_clients;
mod statements;
mod worker;
