//! The rows of schema `dev_sumsub`.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

use crate::switches::Switches;

/// A verification link.
#[derive(Debug)]
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

    pub(crate) async fn insert(&self, pool: &PgPool) -> sqlx::Result<()> {
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
        .execute(pool)
        .await
        .map(drop)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.expires_at <= Utc::now()
    }
}

/// An applicant with the review as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Applicant {
    pub(crate) id: String,
    pub(crate) inspection_id: String,
    pub(crate) external_user_id: String,
    pub(crate) applicant_type: String,
    pub(crate) level_name: String,
    pub(crate) email: Option<String>,
    pub(crate) review_status: String,
    pub(crate) review_answer: Option<String>,
    pub(crate) reject_labels: Vec<String>,
    pub(crate) reject_type: Option<String>,
    pub(crate) moderation_comment: Option<String>,
    pub(crate) client_comment: Option<String>,
    pub(crate) attempt_id: String,
    pub(crate) attempt_cnt: i32,
    pub(crate) review_created_at: DateTime<Utc>,
    pub(crate) reviewed_at: Option<DateTime<Utc>>,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) dob: String,
    pub(crate) country: String,
    pub(crate) address: String,
    pub(crate) company_name: String,
    pub(crate) registration_number: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_event_at: DateTime<Utc>,
}

impl Applicant {
    pub(crate) async fn find(pool: &PgPool, id: &str) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.applicants WHERE id = $1",
            id
        )
        .fetch_optional(pool)
        .await
    }

    pub(crate) async fn of_user(
        pool: &PgPool,
        external_user_id: &str,
    ) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.applicants WHERE external_user_id = $1",
            external_user_id
        )
        .fetch_optional(pool)
        .await
    }

    /// Locks the row, so that an applicant's events come one after the other.
    pub(crate) async fn lock(
        executor: impl PgExecutor<'_>,
        id: &str,
    ) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.applicants WHERE id = $1 FOR UPDATE",
            id
        )
        .fetch_optional(executor)
        .await
    }

    /// Whether it is new: an applicant with the same `external_user_id` stays as it is.
    pub(crate) async fn insert(&self, executor: impl PgExecutor<'_>) -> sqlx::Result<bool> {
        let done = sqlx::query!(
            "INSERT INTO dev_sumsub.applicants (id, inspection_id, external_user_id, applicant_type, level_name, email,
                review_status, attempt_id, review_created_at, created_at, last_event_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (external_user_id) DO NOTHING",
            self.id,
            self.inspection_id,
            self.external_user_id,
            self.applicant_type,
            self.level_name,
            self.email,
            self.review_status,
            self.attempt_id,
            self.review_created_at,
            self.created_at,
            self.last_event_at,
        )
        .execute(executor)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Writes all that an event may change.
    pub(crate) async fn update(&self, executor: impl PgExecutor<'_>) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE dev_sumsub.applicants SET applicant_type = $2, level_name = $3, review_status = $4, review_answer = $5,
                reject_labels = $6, reject_type = $7, moderation_comment = $8, client_comment = $9, attempt_id = $10,
                attempt_cnt = $11, review_created_at = $12, reviewed_at = $13, first_name = $14, last_name = $15, dob = $16,
                country = $17, address = $18, company_name = $19, registration_number = $20, last_event_at = $21
             WHERE id = $1",
            self.id,
            self.applicant_type,
            self.level_name,
            self.review_status,
            self.review_answer,
            &self.reject_labels,
            self.reject_type,
            self.moderation_comment,
            self.client_comment,
            self.attempt_id,
            self.attempt_cnt,
            self.review_created_at,
            self.reviewed_at,
            self.first_name,
            self.last_name,
            self.dob,
            self.country,
            self.address,
            self.company_name,
            self.registration_number,
            self.last_event_at,
        )
        .execute(executor)
        .await
        .map(drop)
    }

    pub(crate) fn is_company(&self) -> bool {
        self.applicant_type == "company"
    }
}

/// A webhook: waiting, sent, given up or dropped.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: i64,
    pub(crate) applicant_id: String,
    pub(crate) body: String,
    pub(crate) kind: String,
    pub(crate) correlation_id: String,
    pub(crate) wrong_signature: bool,
    pub(crate) shuffled: bool,
    pub(crate) state: String,
    pub(crate) attempts: i32,
    pub(crate) last_status: Option<i32>,
    pub(crate) last_error: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) next_try: DateTime<Utc>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
}

impl Webhook {
    /// The newest first; of one applicant, or of all.
    pub(crate) async fn newest(
        pool: &PgPool,
        applicant_id: Option<&str>,
        limit: i64,
    ) -> sqlx::Result<Vec<Self>> {
        match applicant_id {
            Some(applicant_id) => {
                sqlx::query_as!(
                    Self,
                    "SELECT * FROM dev_sumsub.webhooks WHERE applicant_id = $1 ORDER BY id DESC LIMIT $2",
                    applicant_id,
                    limit
                )
                .fetch_all(pool)
                .await
            }
            None => {
                sqlx::query_as!(Self, "SELECT * FROM dev_sumsub.webhooks ORDER BY id DESC LIMIT $1", limit)
                    .fetch_all(pool)
                    .await
            }
        }
    }

    /// Makes it due, signed rightly. Whether there is such a webhook.
    pub(crate) async fn send_again(pool: &PgPool, id: i64) -> sqlx::Result<bool> {
        let done = sqlx::query!(
            "UPDATE dev_sumsub.webhooks SET state = 'waiting', attempts = 0, wrong_signature = FALSE, shuffled = FALSE, next_try = $2
             WHERE id = $1 AND state <> 'sending'",
            id,
            Utc::now()
        )
        .execute(pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Switches {
    pub(crate) async fn load(executor: impl PgExecutor<'_>) -> sqlx::Result<Self> {
        sqlx::query_as!(
            Self,
            "SELECT twice, late_seconds, shuffled, dropped, sandbox, wrong_signature FROM dev_sumsub.switches"
        )
        .fetch_one(executor)
        .await
    }

    pub(crate) async fn save(self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE dev_sumsub.switches SET twice = $1, late_seconds = $2, shuffled = $3, dropped = $4, sandbox = $5, wrong_signature = $6",
            self.twice,
            self.late_seconds,
            self.shuffled,
            self.dropped,
            self.sandbox,
            self.wrong_signature,
        )
        .execute(pool)
        .await
        .map(drop)
    }
}

/// One line of the list: a link, an applicant, or both.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) external_user_id: String,
    pub(crate) token: Option<String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) level_name: String,
    pub(crate) email: Option<String>,
    pub(crate) review_status: Option<String>,
    pub(crate) review_answer: Option<String>,
    pub(crate) reject_type: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

impl Listed {
    /// The newest first; of one user the newest link.
    pub(crate) async fn newest(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            Self,
            r#"SELECT external_user_id AS "external_user_id!", l.token AS "token?", l.expires_at AS "expires_at?",
                   COALESCE(l.level_name, a.level_name) AS "level_name!", COALESCE(l.email, a.email) AS email,
                   a.review_status AS "review_status?", a.review_answer, a.reject_type,
                   COALESCE(l.created_at, a.created_at) AS "created_at!"
               FROM (SELECT DISTINCT ON (external_user_id) external_user_id, token, expires_at, level_name, email, created_at
                     FROM dev_sumsub.links ORDER BY external_user_id, created_at DESC) l
               FULL JOIN dev_sumsub.applicants a USING (external_user_id)
               ORDER BY 9 DESC LIMIT $1"#,
            limit
        )
        .fetch_all(pool)
        .await
    }
}
