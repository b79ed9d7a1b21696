//! The statistics' background work: what happened is added to the sums, and prospects that no trigger has counted are counted from
//! their events.
//!
//! Nobody waits for the sums: whoever reads them adds what happened since (`read.rs`). Any process does it, one at a time.

use std::time::Duration;

use claim_loop::{Turn, Work, WorkError};
use sqlx::PgPool;

use crate::onboarding::Onboarding;

/// Nobody is told of new work, because nobody waits for it: the loop looks once a second.
const CHANNEL: &str = "usher_statistics";
/// What comes meanwhile shares the next batch; and who has many prospects to count leaves room for other work.
const PAUSE: Duration = Duration::from_millis(500);
/// How many changes share a transaction; a prospect on its way to a customer makes some twenty.
const CHANGES: i64 = 10_000;
/// How many prospects share one, when they are counted from their events.
const PROSPECTS: i32 = 1_000;

/// Adds up the statistics, for a claim loop.
pub struct Counting {
    pool: PgPool,
}

#[async_trait::async_trait]
impl Work for Counting {
    fn name(&self) -> &'static str {
        "statistics"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pause(&self) -> Duration {
        PAUSE
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        let counted = self.count_from_events(PROSPECTS).await?;
        let added = self.add_up(CHANGES).await?;
        Ok(if counted || added {
            Turn::Worked
        } else {
            Turn::Idle(None)
        })
    }
}

impl Counting {
    /// Counts prospects that no trigger has counted. False: there is none, or others are at them.
    async fn count_from_events(&self, at_most: i32) -> Result<bool, sqlx::Error> {
        if !uncounted(&self.pool).await? {
            return Ok(false);
        }
        let counted = sqlx::query_scalar!(r#"SELECT count_from_events($1) AS "counted!""#, at_most)
            .fetch_one(&self.pool)
            .await?;
        Ok(counted > 0)
    }

    /// Adds changes to the sums, at most so many. False: there were none, or another process is at them.
    async fn add_up(&self, at_most: i64) -> Result<bool, sqlx::Error> {
        let waiting =
            sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM statistics_changes) AS "waiting!""#)
                .fetch_one(&self.pool)
                .await?;
        if !waiting {
            return Ok(false);
        }
        let mut tx = self.pool.begin().await?;
        let ours = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_xact_lock(hashtextextended('usher:statistics', 0)) AS "ours!""#
        )
        .fetch_one(&mut *tx)
        .await?;
        if !ours {
            return Ok(false);
        }
        let taken = sqlx::query_scalar!(
            r#"
            WITH taken AS (
                DELETE FROM statistics_changes WHERE ctid = ANY(ARRAY(SELECT ctid FROM statistics_changes LIMIT $1))
                RETURNING *
            ), added AS (
                INSERT INTO statistics
                SELECT figure, day, name, customer_type, created_by, bucket, sum(n) FROM taken
                GROUP BY figure, day, name, customer_type, created_by, bucket HAVING sum(n) <> 0
                ON CONFLICT (figure, day, name, customer_type, created_by, bucket)
                DO UPDATE SET n = statistics.n + excluded.n
            )
            SELECT count(*) AS "count!" FROM taken
            "#,
            at_most,
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(taken > 0)
    }
}

/// Whether there are prospects that are not counted yet, so that the figures are not whole.
pub(super) async fn uncounted(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM prospects WHERE stage_since IS NULL) AS "uncounted!""#
    )
    .fetch_one(pool)
    .await
}

impl Onboarding {
    /// The adding up of the statistics, for a claim loop.
    #[must_use]
    pub fn counting(&self) -> Counting {
        Counting {
            pool: self.pool.clone(),
        }
    }
}
