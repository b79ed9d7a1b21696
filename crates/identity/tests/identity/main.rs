//! Customers' logins: built in, and in a real Keycloak.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

mod built_in;
mod keycloak;
mod sync_logins;
