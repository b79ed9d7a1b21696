use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

/// A webhook: waiting, sent, given up or dropped.
#[derive(Clone)]
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
    pub(crate) algorithm: String,
}

/// A webhook to be sent.
pub(crate) struct NewWebhook<'a> {
    /// On whose page it stands, whatever the body says.
    pub(crate) applicant_id: &'a str,
    pub(crate) body: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) correlation_id: &'a str,
    pub(crate) wrong_signature: bool,
    pub(crate) shuffled: bool,
    pub(crate) dropped: bool,
    pub(crate) algorithm: &'a str,
    pub(crate) due: DateTime<Utc>,
}

impl NewWebhook<'_> {
    pub(crate) async fn insert(&self, transaction: &mut PgConnection) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO dev_sumsub.webhooks (applicant_id, body, kind, correlation_id, wrong_signature, shuffled, state,
                created_at, next_try, algorithm)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            self.applicant_id,
            self.body,
            self.kind,
            self.correlation_id,
            self.wrong_signature,
            self.shuffled,
            if self.dropped { "dropped" } else { "waiting" },
            clock::now(),
            self.due,
            self.algorithm,
        )
        .execute(transaction)
        .await
        .map(drop)
    }
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

    /// Lets what waits for company of one applicant wait until `due`.
    pub(crate) async fn wait_for_company(
        transaction: &mut PgConnection,
        applicant_id: &str,
        due: DateTime<Utc>,
    ) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE dev_sumsub.webhooks SET next_try = $2 WHERE applicant_id = $1 AND state = 'waiting' AND shuffled AND attempts = 0",
            applicant_id,
            due
        )
        .execute(transaction)
        .await
        .map(drop)
    }

    /// Makes it due, signed rightly and as the switch says now. Whether there is such a webhook.
    pub(crate) async fn send_again(pool: &PgPool, id: i64) -> sqlx::Result<bool> {
        let done = sqlx::query!(
            "UPDATE dev_sumsub.webhooks SET state = 'waiting', attempts = 0, wrong_signature = FALSE, shuffled = FALSE, next_try = $2,
                algorithm = (SELECT s.algorithm FROM dev_sumsub.switches s)
             WHERE id = $1 AND state <> 'sending'",
            id,
            clock::now()
        )
        .execute(pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
