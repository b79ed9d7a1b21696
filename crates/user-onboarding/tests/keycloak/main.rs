//! Logins in a real Keycloak.

mod common;
mod doctor;
mod failures;
mod logins;
mod operators;
