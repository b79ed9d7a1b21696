use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

/// An applicant with the review as it stands.
#[derive(Clone, Default)]
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
    pub(crate) middle_name: String,
    pub(crate) nationality: String,
    pub(crate) incorporated_on: String,
    pub(crate) active: bool,
    pub(crate) deleted_at: Option<DateTime<Utc>>,
    /// Of a beneficial owner: the company's applicant.
    pub(crate) company_id: Option<String>,
    pub(crate) owner_type: String,
    pub(crate) owner_share: String,
}

impl Applicant {
    /// By Sumsub's id, deleted or not.
    pub(crate) async fn find(pool: &PgPool, id: &str) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.applicants WHERE id = $1",
            id
        )
        .fetch_optional(pool)
        .await
    }

    /// The user's newest one, deleted or not: at most the newest one lives.
    pub(crate) async fn newest_of(
        pool: &PgPool,
        external_user_id: &str,
    ) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.applicants WHERE external_user_id = $1
             ORDER BY deleted_at IS NULL DESC, created_at DESC LIMIT 1",
            external_user_id
        )
        .fetch_optional(pool)
        .await
    }

    /// The beneficial owners of a company that were not deleted, in the order in which they were added.
    pub(crate) async fn owners_of(pool: &PgPool, company_id: &str) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.applicants WHERE company_id = $1 AND deleted_at IS NULL ORDER BY created_at, id",
            company_id
        )
        .fetch_all(pool)
        .await
    }

    /// Locks the row, so that an applicant's events come one after the other. Nothing happens to a deleted one.
    pub(crate) async fn lock(
        executor: impl PgExecutor<'_>,
        id: &str,
    ) -> sqlx::Result<Option<Self>> {
        sqlx::query_as!(
            Self,
            "SELECT * FROM dev_sumsub.applicants WHERE id = $1 AND deleted_at IS NULL FOR UPDATE",
            id
        )
        .fetch_optional(executor)
        .await
    }

    /// Whether it is new: a living applicant with the same `external_user_id` stays as it is.
    pub(crate) async fn insert(&self, executor: impl PgExecutor<'_>) -> sqlx::Result<bool> {
        let done = sqlx::query!(
            "INSERT INTO dev_sumsub.applicants (id, inspection_id, external_user_id, applicant_type, level_name, email,
                review_status, attempt_id, review_created_at, created_at, last_event_at, first_name, last_name,
                company_id, owner_type, owner_share)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (external_user_id) WHERE deleted_at IS NULL DO NOTHING",
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
            self.first_name,
            self.last_name,
            self.company_id,
            self.owner_type,
            self.owner_share,
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
                country = $17, address = $18, company_name = $19, registration_number = $20, last_event_at = $21,
                middle_name = $22, nationality = $23, incorporated_on = $24, active = $25, deleted_at = $26
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
            self.middle_name,
            self.nationality,
            self.incorporated_on,
            self.active,
            self.deleted_at,
        )
        .execute(executor)
        .await
        .map(drop)
    }

    pub(crate) fn is_company(&self) -> bool {
        self.applicant_type == "company"
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }
}
