//! What a verified customer gets, step by step, on a real PostgreSQL.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod access;
mod board;
mod common;
mod email;
mod erasure;
mod link_mail;
mod mail_failures;
mod ownership;
mod steps;
