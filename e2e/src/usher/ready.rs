//! The ready file: how a program finds a running `usher dev`.

use anyhow::{Result, anyhow};
use serde::Deserialize;

/// What `usher dev --ready-file` writes once all of it answers: where everything is, and the secrets of those who come in.
#[derive(Debug, Clone, Deserialize)]
pub struct Ready {
    pub admin_url: String,
    pub public_url: String,
    pub ops_url: String,
    pub dev_url: String,
    pub webhook_url: String,
    pub database_url: String,
    pub webhook_secret: String,
    pub sumsub_app_token: String,
    pub sumsub_secret_key: String,
    pub api_token: String,
    pub operators: Vec<Operator>,
}

/// A seeded operator of `usher dev`.
#[derive(Debug, Clone, Deserialize)]
pub struct Operator {
    pub email: String,
    pub password: String,
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
