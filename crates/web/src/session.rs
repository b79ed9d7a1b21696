//! Sessions in PostgreSQL, one cookie name for each door.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::{SameSite, time},
    session::{Id, Record},
    session_store,
};
use url::Url;
use uuid::Uuid;

use crate::{config::WebConfig, error_page::PageError};

/// How often expired sessions are swept out.
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);
/// A session in use is written back at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const WHO: &str = "who";

/// One of the two doors of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The panel.
    Admin,
    /// The portal.
    Portal,
}

impl Door {
    fn name(self) -> &'static str {
        match self {
            Door::Admin => "admin",
            Door::Portal => "portal",
        }
    }

    fn cookie(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Door::Admin, false) => "usher_admin",
            (Door::Admin, true) => "__Host-usher_admin",
            (Door::Portal, false) => "usher_portal",
            (Door::Portal, true) => "__Host-usher_portal",
        }
    }

    fn url(self, config: &WebConfig) -> &Url {
        match self {
            Door::Admin => &config.admin_url,
            Door::Portal => &config.public_url,
        }
    }

    fn longest(self, config: &WebConfig) -> Duration {
        match self {
            Door::Admin => config.admin_session_max,
            Door::Portal => config.portal_session_max,
        }
    }
}

/// The sessions of one door. A session id is stored as its SHA-256 only: who reads the table can't use it.
#[derive(Debug, Clone)]
pub struct Sessions {
    pool: PgPool,
    door: Door,
}

impl Sessions {
    /// The sessions of this door.
    #[must_use]
    pub fn new(pool: PgPool, door: Door) -> Self {
        Self { pool, door }
    }

    /// The layer that reads and writes the door's cookie: HttpOnly, SameSite=Lax, under https `__Host-` and Secure.
    #[must_use]
    pub fn layer(&self, config: &WebConfig) -> SessionManagerLayer<Sessions> {
        let secure = self.door.url(config).scheme() == "https";
        SessionManagerLayer::new(self.clone())
            .with_name(self.door.cookie(secure))
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

    /// Deletes what has expired, of either door, now and then until told to stop.
    pub async fn sweep(self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(SWEEP_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            match self.delete_expired().await {
                Ok(deleted) => tracing::debug!(deleted, "expired sessions deleted"),
                Err(error) => {
                    tracing::warn!(%error, "could not delete expired sessions; the next sweep tries again");
                }
            }
        }
    }

    /// Deletes what has expired; answers how many there were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_expired(&self) -> Result<u64, sqlx::Error> {
        let deleted = sqlx::query!("DELETE FROM web_sessions WHERE expires_at < now()")
            .execute(&self.pool)
            .await?;
        Ok(deleted.rows_affected())
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        loop {
            let created = sqlx::query!(
                "INSERT INTO web_sessions (id_hash, door, data, expires_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT DO NOTHING",
                hash(&record.id),
                self.door.name(),
                encode(record)?,
                expires_at(record)?,
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
        sqlx::query!(
            "UPDATE web_sessions SET data = $3, expires_at = $4 WHERE id_hash = $1 AND door = $2",
            hash(&record.id),
            self.door.name(),
            encode(record)?,
            expires_at(record)?,
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
            self.door.name(),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(backend)?;
        row.map(|row| {
            Ok(Record {
                id: *id,
                data: serde_json::from_value(row.data)
                    .map_err(|error| session_store::Error::Decode(error.to_string()))?,
                expiry_date: time::OffsetDateTime::from_unix_timestamp(row.expires_at.timestamp())
                    .map_err(|error| session_store::Error::Decode(error.to_string()))?,
            })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sqlx::query!(
            "DELETE FROM web_sessions WHERE id_hash = $1 AND door = $2",
            hash(id),
            self.door.name()
        )
        .execute(&self.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }
}

fn hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.to_string()).to_vec()
}

fn encode(record: &Record) -> session_store::Result<serde_json::Value> {
    serde_json::to_value(&record.data)
        .map_err(|error| session_store::Error::Encode(error.to_string()))
}

fn expires_at(record: &Record) -> session_store::Result<DateTime<Utc>> {
    DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0)
        .ok_or_else(|| session_store::Error::Encode("a session that ends beyond time".to_owned()))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn backend(error: sqlx::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

fn seconds(duration: Duration) -> time::Duration {
    time::Duration::seconds(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
}

/// Who a session belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The operator or the customer.
    pub id: Uuid,
    /// When they signed in.
    pub since: DateTime<Utc>,
    /// When the session was last written back.
    seen: DateTime<Utc>,
    /// A customer who came in with a temporary password, and may only choose a new one.
    #[serde(default)]
    pub must_choose_password: bool,
}

/// Begins the session of someone whose password was right, under a new id: one that was planted before is worth nothing.
/// It begins no earlier than `not_before`, a time by another clock.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in(
    session: &Session,
    id: Uuid,
    must_choose_password: bool,
    not_before: Option<DateTime<Utc>>,
) -> Result<(), PageError> {
    let now = Utc::now();
    let since = not_before.map_or(now, |not_before| now.max(not_before));
    session.cycle_id().await?;
    session
        .insert(
            WHO,
            SignedIn {
                id,
                since,
                seen: now,
                must_choose_password,
            },
        )
        .await?;
    Ok(())
}

/// Ends the session.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(session: &Session) -> Result<(), PageError> {
    session.flush().await?;
    Ok(())
}

/// Who is signed in, if the session has not lasted longer than the door allows. `by_a_person` says whether the request
/// counts as using the session; what a page fetches by itself does not.
///
/// # Errors
/// When the database does not answer.
pub async fn who(
    session: &Session,
    door: Door,
    config: &WebConfig,
    by_a_person: bool,
) -> Result<Option<SignedIn>, PageError> {
    let Some(mut who) = session.get::<SignedIn>(WHO).await? else {
        return Ok(None);
    };
    let now = Utc::now();
    let age = (now - who.since).to_std().unwrap_or_default();
    if age > door.longest(config) {
        session.flush().await?;
        return Ok(None);
    }
    let unwritten = (now - who.seen).to_std().unwrap_or_default();
    if by_a_person && unwritten >= TOUCH_EVERY.min(config.session_idle / 4) {
        who.seen = now;
        session.insert(WHO, &who).await?;
    }
    Ok(Some(who))
}
