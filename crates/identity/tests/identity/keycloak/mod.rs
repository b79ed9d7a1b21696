//! Logins in a real Keycloak.

mod blame;
mod common;
mod doctor;
mod failures;
mod logins;
mod operators;
