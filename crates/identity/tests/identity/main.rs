//! Customers' logins: built in, and in a real Keycloak.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod built_in;
mod keycloak;
mod sync_logins;
