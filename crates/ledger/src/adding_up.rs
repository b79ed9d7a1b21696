//! The sums' background work: what was posted since is added to what was taken, and the entries get their places.
//!
//! Nobody waits for it: whoever reads a sum adds what was posted since ([`Ledger::chart`](crate::Ledger::chart)). It
//! keeps that little. Any process does it and none owns it: who finds the sums held by another leaves them to it.

use std::time::Duration;

use claim_loop::{Turn, Work, WorkError};
use sqlx::PgPool;

/// Nobody is told of new work, because nobody waits for it: the loop looks once a second.
const CHANNEL: &str = "usher_ledger_sums";
/// What comes meanwhile shares the next batch.
const PAUSE: Duration = Duration::from_millis(500);
/// How many changes share a transaction; a deposit makes three.
const BATCH: i64 = 5_000;

/// Adds up the ledger's sums, for a claim loop.
pub struct AddingUp {
    pub(crate) pool: PgPool,
}

#[async_trait::async_trait]
impl Work for AddingUp {
    fn name(&self) -> &'static str {
        "ledger_sums"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pause(&self) -> Duration {
        PAUSE
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        Ok(if self.add_up(BATCH).await? {
            Turn::Worked
        } else {
            Turn::Idle(None)
        })
    }
}

impl AddingUp {
    /// Takes the oldest changes, at most so many. False: there were none, or another process is at them.
    pub(crate) async fn add_up(&self, at_most: i64) -> Result<bool, sqlx::Error> {
        let waiting =
            sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM ledger_sum_changes) AS "waiting!""#)
                .fetch_one(&self.pool)
                .await?;
        if !waiting {
            return Ok(false);
        }
        let mut tx = self.pool.begin().await?;
        // A statement of its own: the next one has to see what the last holder of these rows has written.
        let ours = sqlx::query_scalar!(
            "SELECT id FROM ledger_sums ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
        )
        .fetch_all(&mut *tx)
        .await?;
        let changed = sqlx::query!(
            r#"
            WITH taken AS (
                DELETE FROM ledger_sum_changes WHERE id = ANY(ARRAY(
                    SELECT id FROM ledger_sum_changes WHERE sum_id = ANY($1) ORDER BY id LIMIT $2
                )) RETURNING id, sum_id, entry_id, settled, pending, encumbered
            ), placed AS (
                INSERT INTO ledger_sum_entries (sum_id, place, entry_id, settled, pending, encumbered)
                SELECT s.id, s.entries + row_number() OVER by_number, t.entry_id, s.settled + sum(t.settled) OVER by_number,
                       s.pending + sum(t.pending) OVER by_number, s.encumbered + sum(t.encumbered) OVER by_number
                FROM taken t JOIN ledger_sums s ON s.id = t.sum_id
                WINDOW by_number AS (PARTITION BY t.sum_id ORDER BY t.id ROWS UNBOUNDED PRECEDING)
            ), added AS (
                SELECT sum_id, count(*)::int AS entries, sum(settled) AS settled, sum(pending) AS pending,
                       sum(encumbered) AS encumbered
                FROM taken GROUP BY sum_id
            )
            UPDATE ledger_sums s SET entries = s.entries + added.entries, settled = s.settled + added.settled,
                pending = s.pending + added.pending, encumbered = s.encumbered + added.encumbered
            FROM added WHERE s.id = added.sum_id
            "#,
            &ours,
            at_most,
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        tx.commit().await?;
        Ok(changed > 0)
    }
}
