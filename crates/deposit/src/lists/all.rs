//! The lists of all deposits and of all withdrawals: filtered, newest first, and what they come to.

use std::str::FromStr;

use kernel::{
    ADDED_UP_AT_MOST, Amount, Cursor, Database, Error, MoneyFilter, Page, Total, Totals,
    page_bounds,
};
use uuid::Uuid;

use super::{PAGE_AT_MOST, Row, Stored, row};
use crate::{
    document::{Document, DocumentKind},
    reference, sums,
};

/// A filter as the queries take it.
struct Asked {
    status: Option<&'static str>,
    least: Option<i64>,
    most: Option<i64>,
    accounts: Option<Vec<Uuid>>,
    /// How the reference begins.
    reference: Option<String>,
    /// The document's own number.
    number: Option<String>,
}

impl Asked {
    fn of<Status: Into<&'static str> + Copy>(filter: &MoneyFilter<Status>) -> Self {
        let whose = filter.whose.as_ref();
        let customers = |whose: &kernel::Whose| {
            let customers = whose.customers.iter().copied();
            customers.map(ledger::account_id).collect()
        };
        Self {
            status: filter.status.map(Into::into),
            least: filter.least.map(Amount::cents),
            most: filter.most.map(Amount::cents),
            accounts: whose.map(customers),
            reference: whose.and_then(|whose| reference::beginning(&whose.text)),
            number: whose.map(|whose| whose.text.trim().to_owned()),
        }
    }
}

/// The rows of a table that a filter lets through, `$10` and on being what `$after` asks for.
macro_rules! filtered {
    ($as:ident, $before:literal, $table:literal, $after:literal, $asked:expr, $filter:expr, $($more:expr),+) => {
        sqlx::query_as!(
            $as,
            $before
                + $table
                + " WHERE ($1::text IS NULL OR status = $1) AND ($2::bigint IS NULL OR amount >= $2)"
                + " AND ($3::bigint IS NULL OR amount <= $3) AND ($4::timestamptz IS NULL OR created_at >= $4)"
                + " AND ($5::timestamptz IS NULL OR created_at < $5)"
                + " AND ($6::uuid[] IS NULL OR account_id = ANY ($6) OR public_id = $8"
                + " OR (reference IS NOT NULL AND reference_key ~>=~ $7"
                + " AND reference_key ~<~ ($7 || E'\\U0010FFFF'))) AND ($9::uuid IS NULL OR account_id = $9)"
                + $after,
            $asked.status,
            $asked.least,
            $asked.most,
            $filter.from,
            $filter.before,
            $asked.accounts.as_deref(),
            $asked.reference,
            $asked.number,
            $filter.customer.map(ledger::account_id),
            $($more),+
        )
    };
}

macro_rules! page_of {
    ($table:literal, $asked:expr, $filter:expr, $from:expr, $limit:expr) => {
        filtered!(
            Stored,
            "SELECT id, public_id, customer_id, account_id, amount, reference, status, created_at FROM ",
            $table,
            " AND ($10::timestamptz IS NULL OR (created_at, id) < ($10, $11)) ORDER BY created_at DESC, id DESC LIMIT $12",
            $asked,
            $filter,
            $from.map(|cursor| cursor.at),
            $from.map(|cursor| cursor.id),
            $limit
        )
    };
}

macro_rules! added_up {
    ($table:literal, $asked:expr, $filter:expr) => {
        filtered!(
            StoredTotal,
            "SELECT status AS \"status!\", count(*) AS \"count!\", sum(amount)::bigint AS \"cents!\" FROM (SELECT status, amount FROM ",
            $table,
            " LIMIT $10) AS matching GROUP BY status",
            $asked,
            $filter,
            // One more says that there are too many; so many of the largest amounts fit into 64 bits.
            ADDED_UP_AT_MOST + 1
        )
    };
}

/// Of all accounts, the newest first.
pub(crate) async fn page<D: Document>(
    pool: &Database,
    filter: &MoneyFilter<D::Status>,
    after: Option<Cursor>,
    first: usize,
) -> Result<Page<Row<D::Id, D::Status>>, Error> {
    let (first, limit) = page_bounds(first, PAGE_AT_MOST);
    let asked = Asked::of(filter);
    let rows = match D::KIND {
        DocumentKind::Deposit => {
            page_of!("deposits", asked, filter, after, limit)
                .fetch_all(pool.planned())
                .await?
        }
        DocumentKind::Withdrawal => {
            page_of!("withdrawals", asked, filter, after, limit)
                .fetch_all(pool.planned())
                .await?
        }
    };
    let rows = rows.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(Page::of_one_more(rows, first, Row::cursor))
}

/// What a total is read as.
pub(crate) struct StoredTotal {
    pub(crate) status: String,
    pub(crate) count: i64,
    pub(crate) cents: i64,
}

impl StoredTotal {
    pub(crate) fn total<Status: FromStr>(self) -> Result<Total<Status>, Error> {
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
pub(crate) async fn totals<D: Document>(
    pool: &Database,
    filter: &MoneyFilter<D::Status>,
) -> Result<Totals<D::Status>, Error> {
    if filter.is_of_whole_days() {
        let kept = sums::kept::<D>(pool, filter).await?;
        return Ok(Totals::kept(kept));
    }
    let asked = Asked::of(filter);
    let rows = match D::KIND {
        DocumentKind::Deposit => {
            added_up!("deposits", asked, filter)
                .fetch_all(pool.planned())
                .await?
        }
        DocumentKind::Withdrawal => {
            added_up!("withdrawals", asked, filter)
                .fetch_all(pool.planned())
                .await?
        }
    };
    let totals = rows
        .into_iter()
        .map(StoredTotal::total)
        .collect::<Result<_, _>>()?;
    Ok(Totals::added_up(totals))
}
