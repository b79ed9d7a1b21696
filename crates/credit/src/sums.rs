//! How many credit proposals there are and how much they are about, kept by day and status: triggers note what changes
//! (`migrations/0180_money_lists.sql`), [`AddingUp`] adds it up, and whoever reads adds what was noted since.

use std::time::Duration;

use claim_loop::{Turn, Work, WorkError};
use kernel::{Error, MoneyFilter, Total};
use sqlx::PgPool;

use crate::{Credit, ProposalStatus, lists::StoredTotal};

/// Nobody is told of new work, because nobody waits for it: the loop looks once a second.
const CHANNEL: &str = "usher_proposal_sums";
/// What comes meanwhile shares the next batch.
const PAUSE: Duration = Duration::from_millis(500);
/// How many changes share a transaction.
const CHANGES: i64 = 10_000;

/// Adds up the sums of credit proposals, for a claim loop.
pub struct AddingUp {
    pool: PgPool,
}

#[async_trait::async_trait]
impl Work for AddingUp {
    fn name(&self) -> &'static str {
        "proposal_sums"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pause(&self) -> Duration {
        PAUSE
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        Ok(if self.add_up(CHANGES).await? {
            Turn::Worked
        } else {
            Turn::Idle(None)
        })
    }
}

impl AddingUp {
    /// Adds changes to the sums, at most so many. False: there were none, or another process is at them.
    async fn add_up(&self, at_most: i64) -> Result<bool, sqlx::Error> {
        let waiting = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM proposal_sum_changes) AS "waiting!""#
        )
        .fetch_one(&self.pool)
        .await?;
        if !waiting {
            return Ok(false);
        }
        let mut tx = self.pool.begin().await?;
        let ours = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_xact_lock(hashtextextended('usher:proposal_sums', 0)) AS "ours!""#
        )
        .fetch_one(&mut *tx)
        .await?;
        if !ours {
            return Ok(false);
        }
        let taken = sqlx::query_scalar!(
            r#"
            WITH taken AS (
                DELETE FROM proposal_sum_changes WHERE ctid = ANY(ARRAY(SELECT ctid FROM proposal_sum_changes LIMIT $1))
                RETURNING *
            ), added AS (
                INSERT INTO proposal_sums
                SELECT day, status, sum(n), sum(cents) FROM taken GROUP BY day, status
                ON CONFLICT (day, status)
                DO UPDATE SET n = proposal_sums.n + excluded.n, cents = proposal_sums.cents + excluded.cents
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

impl Credit {
    /// What adds up the sums of the lists in the background, for a claim loop.
    #[must_use]
    pub fn adding_up(&self) -> AddingUp {
        AddingUp {
            pool: self.pool.clone(),
        }
    }
}

/// The sums of whole days, by status.
pub(crate) async fn kept(
    pool: &PgPool,
    filter: &MoneyFilter<ProposalStatus>,
) -> Result<Vec<Total<ProposalStatus>>, Error> {
    let rows = sqlx::query_as!(
        StoredTotal,
        r#"
        SELECT status AS "status!", sum(n)::bigint AS "count!", least(sum(cents), 9223372036854775807)::bigint AS "cents!"
        FROM (
            SELECT day, status, n, cents FROM proposal_sums
            UNION ALL SELECT day, status, n, cents FROM proposal_sum_changes
        ) AS of_days
        WHERE ($1::date IS NULL OR day >= $1) AND ($2::date IS NULL OR day < $2) AND ($3::text IS NULL OR status = $3)
        GROUP BY status HAVING sum(n) <> 0
        "#,
        filter.from.map(|at| at.date_naive()),
        filter.before.map(|at| at.date_naive()),
        filter.status.map(ProposalStatus::name),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(StoredTotal::total).collect()
}
