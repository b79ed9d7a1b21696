//! Logins in a real Keycloak.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test whose outside misbehaves has to stop"
)]

mod blame;
mod common;
mod doctor;
mod failures;
mod logins;
mod operators;
