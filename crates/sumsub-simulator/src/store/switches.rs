use sqlx::{PgExecutor, PgPool};

use crate::switches::{RestFailure, SignedWith, Switches};

impl Switches {
    pub(crate) async fn load(executor: impl PgExecutor<'_>) -> sqlx::Result<Self> {
        let row = sqlx::query!(
            "SELECT twice, late_seconds, shuffled, dropped, sandbox, wrong_signature, algorithm, rest_failure, rest_calls, retry_after_seconds
             FROM dev_sumsub.switches"
        )
        .fetch_one(executor)
        .await?;
        Ok(Self {
            twice: row.twice,
            late_seconds: row.late_seconds,
            shuffled: row.shuffled,
            dropped: row.dropped,
            sandbox: row.sandbox,
            wrong_signature: row.wrong_signature,
            algorithm: SignedWith::named(&row.algorithm).unwrap_or_default(),
            rest_failure: RestFailure::named(&row.rest_failure).unwrap_or_default(),
            rest_calls: row.rest_calls,
            retry_after_seconds: row.retry_after_seconds,
        })
    }

    pub(crate) async fn save(self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE dev_sumsub.switches SET twice = $1, late_seconds = $2, shuffled = $3, dropped = $4, sandbox = $5,
                wrong_signature = $6, algorithm = $7, rest_failure = $8, rest_calls = $9, retry_after_seconds = $10",
            self.twice,
            self.late_seconds,
            self.shuffled,
            self.dropped,
            self.sandbox,
            self.wrong_signature,
            self.algorithm.name(),
            self.rest_failure.name(),
            self.rest_calls,
            self.retry_after_seconds,
        )
        .execute(pool)
        .await
        .map(drop)
    }

    /// How the REST call that comes in just now fails, and what a 429 asks for; counts it down. The last of a count
    /// switches the failure off.
    pub(crate) async fn next_rest_failure(pool: &PgPool) -> sqlx::Result<(RestFailure, i32)> {
        let failing = sqlx::query!(
            r#"UPDATE dev_sumsub.switches n SET
                rest_failure = CASE WHEN o.rest_calls = 1 THEN 'none' ELSE o.rest_failure END,
                rest_calls = GREATEST(o.rest_calls - 1, 0)
             FROM (SELECT only_row, rest_failure, rest_calls FROM dev_sumsub.switches WHERE rest_failure <> 'none' FOR UPDATE) o
             WHERE n.only_row = o.only_row
             RETURNING o.rest_failure AS "failure!", n.retry_after_seconds"#
        )
        .fetch_optional(pool)
        .await?;
        Ok(failing.map_or((RestFailure::None, 0), |row| {
            (
                RestFailure::named(&row.failure).unwrap_or_default(),
                row.retry_after_seconds,
            )
        }))
    }
}
