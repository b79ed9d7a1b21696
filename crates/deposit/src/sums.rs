//! How many deposits and withdrawals there are and how much they are about, kept by day and status: triggers note what changes
//! (`migrations/0180_money_lists.sql`), [`KeptSums`] adds it up, and whoever reads adds what was noted since.

use claim_loop::{KeptSums, SumsTable};
use kernel::{Database, Error, MoneyFilter, Total};
use sqlx::PgPool;

use crate::{
    Deposits,
    document::{Document, DocumentKind},
    lists::StoredTotal,
};

const TABLE: SumsTable = SumsTable {
    name: "money_sums",
    changes: "money_sum_changes",
    sums: "money_sums",
    keys: "kind, day, status",
    figures: &["n", "cents"],
};

impl Deposits {
    /// What adds up the sums of the lists in the background, for a claim loop.
    #[must_use]
    pub fn adding_up(&self) -> KeptSums {
        KeptSums::new(PgPool::clone(&self.pool), TABLE)
    }
}

/// The sums of whole days, by status.
pub(crate) async fn kept<D: Document>(
    pool: &Database,
    filter: &MoneyFilter<D::Status>,
) -> Result<Vec<Total<D::Status>>, Error> {
    let kind = match D::KIND {
        DocumentKind::Deposit => "deposit",
        DocumentKind::Withdrawal => "withdrawal",
    };
    let rows = sqlx::query_as!(
        StoredTotal,
        r#"
        SELECT status AS "status!", sum(n)::bigint AS "count!", least(sum(cents), 9223372036854775807)::bigint AS "cents!"
        FROM (
            SELECT kind, day, status, n, cents FROM money_sums
            UNION ALL SELECT kind, day, status, n, cents FROM money_sum_changes
        ) AS of_days
        WHERE kind = $1 AND ($2::date IS NULL OR day >= $2) AND ($3::date IS NULL OR day < $3)
          AND ($4::text IS NULL OR status = $4)
        GROUP BY status HAVING sum(n) <> 0
        "#,
        kind,
        filter.from.map(|at| at.date_naive()),
        filter.before.map(|at| at.date_naive()),
        filter.status.map(Into::<&'static str>::into),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(StoredTotal::total).collect()
}
