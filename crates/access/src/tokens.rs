use std::{fmt, time::Duration};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::RngCore as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{AccessError, Role, Subject};

/// How every token begins, so that people and secret scanners know one when they see it.
const PREFIX: &str = "usher_";
/// Random bytes of a token: 256 bits, far beyond guessing, so SHA-256 is hash enough.
const RANDOM_BYTES: usize = 32;
/// Longer input is no token of ours and isn't worth hashing.
const LONGEST: usize = 128;

/// The id of an API token (not the secret).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiTokenId(Uuid);

impl From<Uuid> for ApiTokenId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<ApiTokenId> for Uuid {
    fn from(id: ApiTokenId) -> Self {
        id.0
    }
}

impl fmt::Display for ApiTokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Bearer tokens for programs.
#[derive(Clone, Debug)]
pub struct ApiTokens {
    pool: PgPool,
}

impl ApiTokens {
    /// The tokens of this database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Makes a token. The second part of the answer is the secret, beginning with `usher_`; it can't be had again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mint(
        &self,
        name: &str,
        role: Role,
        valid_for: Duration,
    ) -> Result<(ApiTokenId, String), AccessError> {
        let mut random = [0_u8; RANDOM_BYTES];
        rand::rng().fill_bytes(&mut random);
        let token = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(random));
        let id = ApiTokenId(Uuid::now_v7());
        sqlx::query!(
            "INSERT INTO api_tokens (id, name, role, token_hash, expires_at)
             VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))",
            id.0,
            name,
            role.as_str(),
            digest(&token),
            valid_for.as_secs_f64(),
        )
        .execute(&self.pool)
        .await?;
        Ok((id, token))
    }

    /// Who a token speaks for, unless it is unknown, ended or revoked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify(&self, token: &str) -> Result<Option<Subject>, AccessError> {
        if !token.starts_with(PREFIX) || token.len() > LONGEST {
            return Ok(None);
        }
        let known = sqlx::query!(
            "SELECT id, role FROM api_tokens
             WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > now()",
            digest(token),
        )
        .fetch_optional(&self.pool)
        .await?;
        known
            .map(|token| {
                Ok(Subject::ApiToken {
                    id: ApiTokenId(token.id),
                    role: token.role.parse()?,
                })
            })
            .transpose()
    }

    /// What a token was named when it was made, also when it has ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn name(&self, id: ApiTokenId) -> Result<Option<String>, AccessError> {
        let name = sqlx::query_scalar!("SELECT name FROM api_tokens WHERE id = $1", id.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(name)
    }

    /// Ends a token now. Answers whether it was valid until now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revoke(&self, id: ApiTokenId) -> Result<bool, AccessError> {
        let revoked = sqlx::query!(
            "UPDATE api_tokens SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()",
            id.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(revoked.rows_affected() > 0)
    }
}

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
