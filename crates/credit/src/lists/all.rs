//! The list of all credit proposals: filtered, newest first, and what it comes to.

use kernel::{
    ADDED_UP_AT_MOST, Amount, Cursor, Database, Error, MoneyFilter, Page, Total, Totals,
    page_bounds,
};
use uuid::Uuid;

use super::{PAGE_AT_MOST, ProposalRow, Stored, row};
use crate::{ProposalStatus, sums};

/// The proposals that a filter lets through, `$9` and on being what `$after` asks for.
macro_rules! filtered {
    ($as:ident, $before:literal, $after:literal, $filter:expr, $($more:expr),+) => {
        sqlx::query_as!(
            $as,
            $before
                + " FROM credit_facility_proposals WHERE ($1::text IS NULL OR status = $1)"
                + " AND ($2::bigint IS NULL OR amount >= $2) AND ($3::bigint IS NULL OR amount <= $3)"
                + " AND ($4::timestamptz IS NULL OR created_at >= $4) AND ($5::timestamptz IS NULL OR created_at < $5)"
                + " AND ($6::uuid[] IS NULL OR customer_id = ANY ($6) OR id = $7)"
                + " AND ($8::uuid IS NULL OR customer_id = $8)"
                + $after,
            $filter.status.map(ProposalStatus::name),
            $filter.least.map(Amount::cents),
            $filter.most.map(Amount::cents),
            $filter.from,
            $filter.before,
            $filter.whose.as_ref().map(|whose| whose.customers.as_slice()),
            $filter.whose.as_ref().and_then(|whose| whose.text.trim().parse::<Uuid>().ok()),
            $filter.customer,
            $($more),+
        )
    };
}

/// To all customers, the newest first.
pub(crate) async fn page(
    pool: &Database,
    filter: &MoneyFilter<ProposalStatus>,
    after: Option<Cursor>,
    first: usize,
) -> Result<Page<ProposalRow>, Error> {
    let (first, limit) = page_bounds(first, PAGE_AT_MOST);
    let rows = filtered!(
        Stored,
        "SELECT id, customer_id, amount, purpose, status, created_at",
        " AND ($9::timestamptz IS NULL OR (created_at, id) < ($9, $10)) ORDER BY created_at DESC, id DESC LIMIT $11",
        filter,
        after.map(|cursor| cursor.at),
        after.map(|cursor| cursor.id),
        limit
    )
    .fetch_all(pool.planned())
    .await?;
    let rows = rows.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(Page::of_one_more(rows, first, ProposalRow::cursor))
}

/// What a total is read as.
pub(crate) struct StoredTotal {
    pub(crate) status: String,
    pub(crate) count: i64,
    pub(crate) cents: i64,
}

impl StoredTotal {
    pub(crate) fn total(self) -> Result<Total<ProposalStatus>, Error> {
        Ok(Total {
            status: self
                .status
                .parse()
                .map_err(|_| Error::unreadable("status"))?,
            count: self.count,
            cents: self.cents,
        })
    }
}

/// What the list comes to: by sums that are kept where there are such, else by as many rows as can be added up.
pub(crate) async fn totals(
    pool: &Database,
    filter: &MoneyFilter<ProposalStatus>,
) -> Result<Totals<ProposalStatus>, Error> {
    if filter.is_of_whole_days() {
        return Ok(Totals::kept(sums::kept(pool, filter).await?));
    }
    let rows = filtered!(
        StoredTotal,
        "SELECT status AS \"status!\", count(*) AS \"count!\", sum(amount)::bigint AS \"cents!\" FROM (SELECT status, amount",
        " LIMIT $9) AS matching GROUP BY status",
        filter,
        // One more says that there are too many; so many of the largest amounts fit into 64 bits.
        ADDED_UP_AT_MOST + 1
    )
    .fetch_all(pool.planned())
    .await?;
    let totals = rows
        .into_iter()
        .map(StoredTotal::total)
        .collect::<Result<_, _>>()?;
    Ok(Totals::added_up(totals))
}
