use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

/// A verification link.
pub(crate) struct Link {
    pub(crate) token: String,
    pub(crate) external_user_id: String,
    pub(crate) level_name: String,
    pub(crate) email: Option<String>,
    pub(crate) success_url: Option<String>,
    pub(crate) reject_url: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Link {
    pub(crate) async fn find(pool: &PgPool, token: &str) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.links WHERE token = $1",
            token
        )
        .fetch_optional(pool)
        .await
    }

    pub(crate) async fn newest_of(
        pool: &PgPool,
        external_user_id: &str,
    ) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.links WHERE external_user_id = $1 ORDER BY created_at DESC LIMIT 1",
            external_user_id
        )
        .fetch_optional(pool)
        .await
    }

    pub(crate) async fn insert(&self, executor: impl PgExecutor<'_>) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dev_sumsub.links (token, external_user_id, level_name, email, success_url, reject_url, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self.token,
            self.external_user_id,
            self.level_name,
            self.email,
            self.success_url,
            self.reject_url,
            self.created_at,
            self.expires_at,
        )
        .execute(executor)
        .await
        .map(drop)
    }

    /// Every link of a user leads to this level from now on.
    pub(crate) async fn move_to_level(
        executor: impl PgExecutor<'_>,
        external_user_id: &str,
        level_name: &str,
    ) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE dev_sumsub.links SET level_name = $2 WHERE external_user_id = $1",
            external_user_id,
            level_name
        )
        .execute(executor)
        .await
        .map(drop)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.expires_at <= clock::now()
    }
}
