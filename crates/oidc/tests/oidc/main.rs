//! Signing in by OpenID Connect: at a provider that can do everything wrong, and at a real Keycloak.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod keycloak;
mod signing_in;
mod tokens;
