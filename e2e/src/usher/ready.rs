//! The ready file: how a program finds a running `usher dev`.

use anyhow::{Result, anyhow};
use serde::Deserialize;

/// What `usher dev --ready-file` writes once all of it answers: where everything is, and the secrets of those who come in.
#[derive(Debug, Clone, Deserialize)]
pub struct Ready {
    /// Where the panel and the API are.
    pub admin_url: String,
    /// Where the portal is.
    pub public_url: String,
    /// Where health and metrics are.
    pub ops_url: String,
    /// Where the dev tools are.
    pub dev_url: String,
    /// Where Sumsub's webhook goes.
    pub webhook_url: String,
    /// The database, with the owner's role.
    pub database_url: String,
    /// The secret that webhooks are signed with.
    pub webhook_secret: String,
    /// The simulator's app token.
    pub sumsub_app_token: String,
    /// The key that requests to the simulator are signed with.
    pub sumsub_secret_key: String,
    /// An admin's bearer token.
    pub api_token: String,
    /// The operators that `usher dev` seeded.
    pub operators: Vec<Operator>,
}

/// A seeded operator of `usher dev`.
#[derive(Debug, Clone, Deserialize)]
pub struct Operator {
    /// The e-mail address to sign in with.
    pub email: String,
    /// The password to sign in with.
    pub password: String,
    /// The role, as configuration writes it.
    pub role: String,
}

impl Ready {
    /// The seeded operator with this role.
    ///
    /// # Errors
    /// When there is none.
    pub fn operator(&self, role: &str) -> Result<&Operator> {
        self.operators
            .iter()
            .find(|operator| operator.role == role)
            .ok_or_else(|| anyhow!("the ready file has no operator with the role {role}"))
    }
}
