use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// One line of the list: a link, an applicant, or both.
pub(crate) struct Listed {
    pub(crate) external_user_id: String,
    pub(crate) token: Option<String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) level_name: String,
    pub(crate) email: Option<String>,
    /// The person's or the company's, as far as it is known.
    pub(crate) name: String,
    pub(crate) review_status: Option<String>,
    pub(crate) review_answer: Option<String>,
    pub(crate) reject_type: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) active: bool,
    pub(crate) deleted: bool,
    pub(crate) owner: bool,
}

impl Listed {
    /// The newest first; of one user the newest link and the newest applicant.
    pub(crate) async fn newest(pool: &PgPool, limit: i64) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            Self,
            r#"SELECT external_user_id AS "external_user_id!", l.token AS "token?", l.expires_at AS "expires_at?",
                   COALESCE(l.level_name, a.level_name) AS "level_name!", COALESCE(l.email, a.email) AS email,
                   COALESCE(NULLIF(TRIM(a.first_name || ' ' || a.last_name), ''), a.company_name, '') AS "name!",
                   a.review_status AS "review_status?", a.review_answer, a.reject_type,
                   COALESCE(l.created_at, a.created_at) AS "created_at!", COALESCE(a.active, TRUE) AS "active!",
                   a.deleted_at IS NOT NULL AS "deleted!", a.company_id IS NOT NULL AS "owner!"
               FROM (SELECT DISTINCT ON (external_user_id) external_user_id, token, expires_at, level_name, email, created_at
                     FROM dev_sumsub.links ORDER BY external_user_id, created_at DESC) l
               FULL JOIN (SELECT DISTINCT ON (external_user_id) *
                     FROM dev_sumsub.applicants ORDER BY external_user_id, deleted_at IS NULL DESC, created_at DESC) a
               USING (external_user_id)
               ORDER BY 10 DESC LIMIT $1"#,
            limit
        )
        .fetch_all(pool)
        .await
    }
}

/// A beneficial owner on its company's page.
pub(crate) struct Owner {
    pub(crate) id: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) owner_type: String,
    pub(crate) owner_share: String,
    pub(crate) review_status: String,
    pub(crate) review_answer: Option<String>,
    pub(crate) reject_type: Option<String>,
    pub(crate) active: bool,
    pub(crate) deleted: bool,
    /// The newest link to its own page.
    pub(crate) token: Option<String>,
}

impl Owner {
    /// Those of a company, deleted ones too, in the order in which they were added.
    pub(crate) async fn of(pool: &PgPool, company_id: &str) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            Self,
            r#"SELECT id, first_name, last_name, owner_type, owner_share, review_status, review_answer, reject_type, active,
                   deleted_at IS NOT NULL AS "deleted!",
                   (SELECT token FROM dev_sumsub.links l WHERE l.external_user_id = a.external_user_id
                    ORDER BY l.created_at DESC LIMIT 1) AS "token?"
               FROM dev_sumsub.applicants a WHERE company_id = $1 ORDER BY created_at, id"#,
            company_id
        )
        .fetch_all(pool)
        .await
    }
}
