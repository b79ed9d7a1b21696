//! API tokens: stored as digests only, looked up at each request, and of use only while whoever made them may do as much.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use kernel::Database;
use rand::RngCore as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{AccessError, OperatorDirectory, Operators, Role, Subject};

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

/// What is known of a token; the secret isn't.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// The id that events and the audit log name.
    pub id: ApiTokenId,
    /// What it was named when it was made.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Who made it, as the audit log names them. It allows nothing that they may not do now.
    pub made_by: Option<String>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it ends by itself.
    pub ends_at: DateTime<Utc>,
    /// When somebody ended it.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Whether it is of use.
    pub state: TokenState,
}

/// Whether a token is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// Programs can use it.
    Valid,
    /// Its time is over.
    Ended,
    /// Somebody ended it.
    Revoked,
    /// Whoever made it may not do so much any more, or is gone.
    MakerGone,
}

/// Bearer tokens for programs.
#[derive(Clone)]
pub struct ApiTokens {
    pub(crate) pool: Database,
    pub(crate) makers: Arc<dyn OperatorDirectory>,
}

impl fmt::Debug for ApiTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiTokens").finish_non_exhaustive()
    }
}

impl ApiTokens {
    /// The tokens of this database, made by built-in operators.
    #[must_use]
    pub fn new(pool: impl Into<Database>) -> Self {
        let pool = pool.into();
        Self {
            makers: Arc::new(Operators::new(pool.clone())),
            pool,
        }
    }

    /// Whoever knows the operators who make tokens.
    #[must_use]
    pub fn made_by(self, makers: Arc<dyn OperatorDirectory>) -> Self {
        Self { makers, ..self }
    }

    /// Makes a token that nobody is named as the maker of. The second part of the answer is the secret, beginning with
    /// `usher_`; it can't be had again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mint(
        &self,
        name: &str,
        role: Role,
        valid_for: Duration,
    ) -> Result<(ApiTokenId, String), AccessError> {
        let id = ApiTokenId(Uuid::now_v7());
        let secret = self.insert(id, name, role, valid_for, None).await?;
        // A fresh id is never there already.
        Ok((id, secret.ok_or(AccessError::NoSuchToken)?))
    }

    /// Makes the token with this id; answers the secret, or none when it has been made already.
    pub(crate) async fn insert(
        &self,
        id: ApiTokenId,
        name: &str,
        role: Role,
        valid_for: Duration,
        made_by: Option<&Subject>,
    ) -> Result<Option<String>, AccessError> {
        let mut random = [0_u8; RANDOM_BYTES];
        rand::rng().fill_bytes(&mut random);
        let token = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(random));
        let made = sqlx::query!(
            "INSERT INTO api_tokens (id, name, role, token_hash, expires_at, made_by)
             VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), $6)
             ON CONFLICT (id) DO NOTHING",
            id.0,
            name,
            role.as_str(),
            digest(&token),
            valid_for.as_secs_f64(),
            made_by.map(Subject::as_text),
        )
        .execute(&self.pool)
        .await?;
        Ok((made.rows_affected() > 0).then_some(token))
    }

    /// Who a token speaks for, unless it is unknown, ended or revoked, or allows what its maker may not do now: an
    /// operator who was disabled or got a lesser role. A token that was made with another one hangs on that one's maker, and
    /// ends when that one is revoked (not when its time is over: programs renew theirs).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify(&self, token: &str) -> Result<Option<Subject>, AccessError> {
        Ok(self.verify_named(token).await?.map(|(subject, _)| subject))
    }

    /// As [`ApiTokens::verify`], with the token's name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify_named(
        &self,
        token: &str,
    ) -> Result<Option<(Subject, String)>, AccessError> {
        if !token.starts_with(PREFIX) || token.len() > LONGEST {
            return Ok(None);
        }
        let known = sqlx::query!(
            r#"SELECT id, name, role, made_by,
                coalesce(last_used_at < now() - interval '1 minute', true) AS "unwritten!"
             FROM api_tokens
             WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > now()"#,
            digest(token),
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(known) = known else {
            return Ok(None);
        };
        if known.made_by.is_some() && !self.beyond_their_makers(&[known.id]).await?.is_empty() {
            return Ok(None);
        }
        if known.unwritten {
            sqlx::query!(
                "UPDATE api_tokens SET last_used_at = now() WHERE id = $1",
                known.id
            )
            .execute(&self.pool)
            .await?;
        }
        let subject = Subject::ApiToken {
            id: ApiTokenId(known.id),
            role: known.role.parse()?,
        };
        Ok(Some((subject, known.name)))
    }

    /// The tokens, those of use first, the newest of them first; no more than `most`.
    pub(crate) async fn list(&self, most: i64) -> Result<Vec<ApiToken>, AccessError> {
        let mut tokens = self.all(most).await?;
        let valid: Vec<Uuid> = tokens
            .iter()
            .filter(|token| token.state == TokenState::Valid && token.made_by.is_some())
            .map(|token| token.id.0)
            .collect();
        let beyond = self.beyond_their_makers(&valid).await?;
        for token in &mut tokens {
            if beyond.contains(&token.id.0) {
                token.state = TokenState::MakerGone;
            }
        }
        Ok(tokens)
    }

    async fn all(&self, most: i64) -> Result<Vec<ApiToken>, AccessError> {
        sqlx::query!(
            r#"SELECT id, name, role, made_by, created_at, expires_at, revoked_at, last_used_at,
                expires_at <= now() AS "ended!"
             FROM api_tokens
             ORDER BY revoked_at IS NOT NULL OR expires_at <= now(), id DESC
             LIMIT $1"#,
            most,
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(|token| {
            Ok(ApiToken {
                id: ApiTokenId(token.id),
                name: token.name,
                role: token.role.parse()?,
                made_by: token.made_by,
                made_at: token.created_at,
                ends_at: token.expires_at,
                revoked_at: token.revoked_at,
                last_used_at: token.last_used_at,
                state: match token.revoked_at {
                    Some(_) => TokenState::Revoked,
                    None if token.ended => TokenState::Ended,
                    None => TokenState::Valid,
                },
            })
        })
        .collect()
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

    /// What every token was named when it was made, also those that have ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn names(&self) -> Result<Vec<(ApiTokenId, String)>, AccessError> {
        let rows = sqlx::query!("SELECT id, name FROM api_tokens")
            .fetch_all(&self.pool)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (ApiTokenId(row.id), row.name))
            .collect())
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
