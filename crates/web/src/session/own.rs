//! Somebody's own sessions: seen and ended by themselves.

use chrono::{DateTime, Utc};
use serde::Deserialize as _;
use tower_sessions::session::Id;
use uuid::Uuid;

use super::{Sessions, SignedIn, WHO, store::hash};

/// A session, as its owner sees it.
pub struct OwnSession {
    /// What it is ended by. It opens nothing.
    pub handle: String,
    /// Who is signed in, since when, with what.
    pub who: SignedIn,
    /// When it was used last, to the minute.
    pub seen: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Sessions {
    /// Somebody's sessions that haven't ended, the one that asks first, then those that were used last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of_person(
        &self,
        who: Uuid,
        this: Option<Id>,
    ) -> Result<Vec<OwnSession>, sqlx::Error> {
        let this = this.map(|id| hash(&id));
        let rows = sqlx::query!(
            "SELECT id_hash, data FROM web_sessions WHERE door = $1 AND who = $2 AND expires_at > now()",
            self.site.name(),
            who,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut sessions: Vec<OwnSession> = rows
            .into_iter()
            .filter_map(|row| {
                let who = SignedIn::deserialize(row.data.get(WHO)?).ok()?;
                Some(OwnSession {
                    handle: hex::encode(&row.id_hash),
                    seen: who.seen,
                    is_this: this.as_deref() == Some(&row.id_hash),
                    who,
                })
            })
            .collect();
        sessions.sort_by_key(|session| (!session.is_this, std::cmp::Reverse(session.seen)));
        Ok(sessions)
    }

    /// Ends one of somebody's sessions. Answers whether it was there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_one(&self, who: Uuid, handle: &str) -> Result<bool, sqlx::Error> {
        let Ok(hash) = hex::decode(handle) else {
            return Ok(false);
        };
        let ended = sqlx::query!(
            "DELETE FROM web_sessions WHERE door = $1 AND who = $2 AND id_hash = $3",
            self.site.name(),
            who,
            hash,
        )
        .execute(&self.pool)
        .await?;
        Ok(ended.rows_affected() > 0)
    }

    /// Ends all of somebody's sessions but this one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_others(&self, who: Uuid, this: Option<Id>) -> Result<u64, sqlx::Error> {
        let this = this.map(|id| hash(&id)).unwrap_or_default();
        let ended = sqlx::query!(
            "DELETE FROM web_sessions WHERE door = $1 AND who = $2 AND id_hash <> $3",
            self.site.name(),
            who,
            this,
        )
        .execute(&self.pool)
        .await?;
        Ok(ended.rows_affected())
    }
}
