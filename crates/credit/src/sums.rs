//! How many credit proposals there are and how much they are about, kept by day and status: triggers note what changes
//! (`migrations/0180_money_lists.sql`), [`KeptSums`] adds it up, and whoever reads adds what was noted since.

use claim_loop::{KeptSums, SumsTable};
use kernel::{Database, Error, MoneyFilter, Total};
use sqlx::PgPool;

use crate::{Credit, ProposalStatus, lists::StoredTotal};

const TABLE: SumsTable = SumsTable {
    name: "proposal_sums",
    changes: "proposal_sum_changes",
    sums: "proposal_sums",
    keys: "day, status",
    figures: &["n", "cents"],
};

impl Credit {
    /// What adds up the sums of the lists in the background, for a claim loop.
    #[must_use]
    pub fn adding_up(&self) -> KeptSums {
        KeptSums::new(PgPool::clone(&self.pool), TABLE)
    }
}

/// The sums of whole days, by status.
pub(crate) async fn kept(
    pool: &Database,
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
