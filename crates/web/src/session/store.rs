//! Where sessions are kept: in PostgreSQL.

use kernel::Database;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use oidc::Ended;
use serde::Deserialize as _;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::{SameSite, time},
    session::{Id, Record},
    session_store,
};
use uuid::Uuid;

use super::{AT_PROVIDER, AtProvider, SignedIn, WHO};
use crate::site::Site;
use crate::{config::WebConfig, devices};

/// How often expired sessions are swept out.
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);

/// The sessions of one site. A session id is stored as its SHA-256 only: who reads the table can't use it.
#[derive(Debug, Clone)]
pub struct Sessions {
    pub(super) pool: Database,
    pub(super) site: Site,
}

impl Sessions {
    /// The sessions of this site.
    #[must_use]
    pub fn new(pool: impl Into<Database>, site: Site) -> Self {
        let pool = pool.into();
        Self { pool, site }
    }

    /// The layer that reads and writes the site's cookie: HttpOnly, SameSite=Lax, under https `__Host-` and Secure.
    #[must_use]
    pub fn layer(&self, config: &WebConfig) -> SessionManagerLayer<Sessions> {
        let secure = self.site.is_secure(config);
        SessionManagerLayer::new(self.clone())
            .with_name(self.site.cookie(secure))
            .with_secure(secure)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_expiry(Expiry::OnInactivity(seconds(config.session_idle)))
    }

    /// Whether the session is still there and hasn't ended. Does not count as using it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_alive(&self, id: &Id) -> session_store::Result<bool> {
        Ok(self.load(id).await?.is_some())
    }

    /// Deletes what has expired, of either site, now and then until told to stop.
    pub async fn sweep(self, stop: CancellationToken) {
        loop {
            let deleting = tokio::time::timeout(SWEEP_EVERY, self.delete_expired()).await;
            match deleting.unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut)) {
                Ok(deleted) => tracing::debug!(deleted, "expired sessions deleted"),
                Err(error) => {
                    tracing::warn!(%error, "could not delete expired sessions; the next sweep tries again");
                }
            }
            if !vitals::rest(SWEEP_EVERY, &stop).await {
                return;
            }
        }
    }

    /// Deletes what has expired; answers how many sessions there were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_expired(&self) -> Result<u64, sqlx::Error> {
        // Nobody takes an hour between the provider's answer to a code and the beginning of the session.
        sqlx::query!("DELETE FROM ended_idp_sessions WHERE ended_at < now() - interval '1 hour'")
            .execute(&self.pool)
            .await?;
        devices::forget_old(&self.pool).await?;
        let deleted = sqlx::query!("DELETE FROM web_sessions WHERE expires_at < now()")
            .execute(&self.pool)
            .await?;
        Ok(deleted.rows_affected())
    }

    /// Ends the sessions that the identity provider says have ended: those that began with the session that it names, or
    /// else all of the one whom it names. Answers how many there were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end(&self, ended: &Ended) -> Result<u64, sqlx::Error> {
        let deleted = if let Some(idp_session) = &ended.session {
            // Written down before: a session that is about to begin with it sees this, or is seen by the delete.
            sqlx::query!(
                "INSERT INTO ended_idp_sessions (door, idp_session) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                self.site.name(),
                idp_session,
            )
            .execute(&self.pool)
            .await?;
            sqlx::query!(
                "DELETE FROM web_sessions WHERE door = $1 AND idp_session = $2",
                self.site.name(),
                idp_session,
            )
            .execute(&self.pool)
            .await?
        } else {
            sqlx::query!(
                "DELETE FROM web_sessions WHERE door = $1 AND subject = $2",
                self.site.name(),
                ended.sub,
            )
            .execute(&self.pool)
            .await?
        };
        Ok(deleted.rows_affected())
    }

    /// Whether the identity provider has said of this session of its own that it has ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_ended(&self, idp_session: &str) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM ended_idp_sessions WHERE door = $1 AND idp_session = $2) AS "ended!""#,
            self.site.name(),
            idp_session,
        )
        .fetch_one(&self.pool)
        .await
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let at_provider = at_provider(record)?;
        loop {
            let created = sqlx::query!(
                "INSERT INTO web_sessions (id_hash, door, data, expires_at, subject, idp_session, who)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT DO NOTHING",
                hash(&record.id),
                self.site.name(),
                encode(record)?,
                expires_at(record)?,
                at_provider.as_ref().map(|at| at.subject),
                at_provider.as_ref().and_then(|at| at.session.as_deref()),
                who(record),
            )
            .execute(&self.pool)
            .await
            .map_err(backend)?;
            if created.rows_affected() == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    // Never an insert: a request that was under way when its session was signed out must not bring it back.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let at_provider = at_provider(record)?;
        sqlx::query!(
            "UPDATE web_sessions SET data = $3, expires_at = $4, subject = $5, idp_session = $6, who = $7
             WHERE id_hash = $1 AND door = $2",
            hash(&record.id),
            self.site.name(),
            encode(record)?,
            expires_at(record)?,
            at_provider.as_ref().map(|at| at.subject),
            at_provider.as_ref().and_then(|at| at.session.as_deref()),
            who(record),
        )
        .execute(&self.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let row = sqlx::query!(
            "SELECT data, expires_at FROM web_sessions WHERE id_hash = $1 AND door = $2 AND expires_at > now()",
            hash(id),
            self.site.name(),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(backend)?;
        row.map(|row| {
            Ok(Record {
                id: *id,
                data: serde_json::from_value(row.data)
                    .map_err(|error| session_store::Error::Decode(error.to_string()))?,
                expiry_date: time::OffsetDateTime::from_unix_timestamp(
                    clock::to_process(row.expires_at).timestamp(),
                )
                .map_err(|error| session_store::Error::Decode(error.to_string()))?,
            })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sqlx::query!(
            "DELETE FROM web_sessions WHERE id_hash = $1 AND door = $2",
            hash(id),
            self.site.name()
        )
        .execute(&self.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }
}

/// Whose it is.
fn who(record: &Record) -> Option<Uuid> {
    let who = record.data.get(WHO)?;
    SignedIn::deserialize(who).ok().map(|who| who.id)
}

pub(super) fn hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.to_string()).to_vec()
}

/// What the columns are filled with, by which the identity provider's word finds a session.
fn at_provider(record: &Record) -> session_store::Result<Option<AtProvider>> {
    record
        .data
        .get(AT_PROVIDER)
        .map(AtProvider::deserialize)
        .transpose()
        .map_err(|error| session_store::Error::Decode(error.to_string()))
}

fn encode(record: &Record) -> session_store::Result<serde_json::Value> {
    serde_json::to_value(&record.data)
        .map_err(|error| session_store::Error::Encode(error.to_string()))
}

/// The layer counts from this process's time of day; other processes ask the database whether it has ended.
fn expires_at(record: &Record) -> session_store::Result<DateTime<Utc>> {
    DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0)
        .map(clock::from_process)
        .ok_or_else(|| session_store::Error::Encode("a session that ends beyond time".to_owned()))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn backend(error: sqlx::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

fn seconds(duration: Duration) -> time::Duration {
    time::Duration::seconds(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
}
