//! Sums that are kept: triggers note what changes, [`KeptSums`] adds it up, and whoever reads adds what was noted since. So a list says
//! how many and how much at once, however long it is.

use std::time::Duration;

use sqlx::PgPool;

use crate::{Turn, Work, WorkError};

/// Nobody is told of new work, because nobody waits for it: the loop looks once a second.
const CHANNEL: &str = "usher_kept_sums";
/// What comes meanwhile shares the next batch.
const PAUSE: Duration = Duration::from_millis(500);
/// How many changes share a transaction.
const CHANGES: i64 = 10_000;

/// Where sums are kept. The names go into statements as they are.
#[derive(Debug, Clone, Copy)]
pub struct SumsTable {
    /// For logs and for the health check; whoever adds up holds the advisory lock of this name.
    pub name: &'static str,
    /// The table of what changed: the same columns as the sums, any number of rows for one key.
    pub changes: &'static str,
    /// The table of the sums, with the keys first and the figures after them.
    pub sums: &'static str,
    /// The columns by which there is a sum of its own: the primary key.
    pub keys: &'static str,
    /// The columns that are added up.
    pub figures: &'static [&'static str],
}

/// Adds up what changed, for a claim loop. Any process does it, one at a time.
#[derive(Debug, Clone)]
pub struct KeptSums {
    pool: PgPool,
    table: SumsTable,
}

impl KeptSums {
    /// Of these tables.
    #[must_use]
    pub fn new(pool: PgPool, table: SumsTable) -> Self {
        Self { pool, table }
    }

    /// Adds changes to the sums, ten thousand at most. False: there were none, or another process is at them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn add_up(&self) -> Result<bool, sqlx::Error> {
        let SumsTable {
            name,
            changes,
            sums,
            keys,
            figures,
        } = self.table;
        let waiting: bool = sqlx::query_scalar(&format!("SELECT EXISTS (SELECT FROM {changes})"))
            .fetch_one(&self.pool)
            .await?;
        if !waiting {
            return Ok(false);
        }
        let mut tx = self.pool.begin().await?;
        let ours: bool =
            sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))")
                .bind(format!("usher:{name}"))
                .fetch_one(&mut *tx)
                .await?;
        if !ours {
            return Ok(false);
        }
        let each = |of: fn(&str) -> String| figures.iter().map(move |figure| of(figure));
        let added = each(|figure| format!("sum({figure})")).collect::<Vec<_>>();
        let changed = each(|figure| format!("sum({figure}) <> 0")).collect::<Vec<_>>();
        let more = figures
            .iter()
            .map(|figure| format!("{figure} = {sums}.{figure} + excluded.{figure}"))
            .collect::<Vec<_>>();
        let taken: i64 = sqlx::query_scalar(&format!(
            "WITH taken AS (
                DELETE FROM {changes} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {changes} LIMIT $1)) RETURNING *
            ), added AS (
                INSERT INTO {sums} ({keys}, {figures})
                SELECT {keys}, {added} FROM taken GROUP BY {keys} HAVING {changed}
                ON CONFLICT ({keys}) DO UPDATE SET {more}
            )
            SELECT count(*) FROM taken",
            figures = figures.join(", "),
            added = added.join(", "),
            changed = changed.join(" OR "),
            more = more.join(", "),
        ))
        .bind(CHANGES)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(taken > 0)
    }
}

#[async_trait::async_trait]
impl Work for KeptSums {
    fn name(&self) -> &'static str {
        self.table.name
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pause(&self) -> Duration {
        PAUSE
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        Ok(if self.add_up().await? {
            Turn::Worked
        } else {
            Turn::Idle(None)
        })
    }
}
