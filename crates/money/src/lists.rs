//! Pages of deposits and withdrawals, from columns.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use customer::{
    list::Cursor,
    primitives::{CustomerId, PublicId},
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    Amount, MoneyError,
    primitives::{DepositId, DepositStatus, WithdrawalId, WithdrawalStatus},
};

/// The most rows a page may have.
pub const PAGE_AT_MOST: usize = 200;

/// A deposit or withdrawal in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<Id, Status> {
    /// Which.
    pub id: Id,
    /// Its short number.
    pub public_id: PublicId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The customer's account in the ledger.
    pub account_id: Uuid,
    /// How much.
    pub amount: Amount,
    /// Known by what; none when nothing was typed, and once it is erased.
    pub reference: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// When it was recorded or started.
    pub created_at: DateTime<Utc>,
}

/// A deposit in a list.
pub type DepositRow = Row<DepositId, DepositStatus>;
/// A withdrawal in a list.
pub type WithdrawalRow = Row<WithdrawalId, WithdrawalStatus>;

/// A page of a list, newest first.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Newest first.
    pub rows: Vec<T>,
    /// Where the next page goes on, when there is one.
    pub next: Option<Cursor>,
}

struct Stored {
    id: Uuid,
    public_id: String,
    customer_id: Uuid,
    account_id: Uuid,
    amount: i64,
    reference: Option<String>,
    status: String,
    created_at: DateTime<Utc>,
}

/// The rows of a table for which a condition on `$1` holds, from a cursor on.
macro_rules! stored {
    ($table:literal, $condition:literal, $of:expr, $after:expr, $limit:expr) => {
        sqlx::query_as!(
            Stored,
            "SELECT id, public_id, customer_id, account_id, amount, reference, status, created_at FROM "
                + $table
                + " WHERE "
                + $condition
                + " AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))
                  ORDER BY created_at DESC, id DESC LIMIT $4",
            $of,
            $after.map(|cursor| cursor.at),
            $after.map(|cursor| cursor.id),
            $limit,
        )
    };
}

pub(crate) async fn deposits_of(
    pool: &PgPool,
    account: Uuid,
    after: Option<Cursor>,
    first: usize,
) -> Result<Page<DepositRow>, MoneyError> {
    let (first, limit) = bounds(first);
    let rows = stored!("deposits", "account_id = $1", account, after, limit)
        .fetch_all(pool)
        .await?;
    page(rows, first)
}

pub(crate) async fn withdrawals_of(
    pool: &PgPool,
    account: Uuid,
    after: Option<Cursor>,
    first: usize,
) -> Result<Page<WithdrawalRow>, MoneyError> {
    let (first, limit) = bounds(first);
    let rows = stored!("withdrawals", "account_id = $1", account, after, limit)
        .fetch_all(pool)
        .await?;
    page(rows, first)
}

/// Those that wait for somebody to confirm or cancel them, of all customers.
pub(crate) async fn waiting(
    pool: &PgPool,
    after: Option<Cursor>,
    first: usize,
) -> Result<Page<WithdrawalRow>, MoneyError> {
    let (first, limit) = bounds(first);
    // The literal, too: it is what the small index is over.
    let rows = stored!(
        "withdrawals",
        "status = 'pending_confirmation' AND status = $1",
        WithdrawalStatus::PendingConfirmation.name(),
        after,
        limit
    )
    .fetch_all(pool)
    .await?;
    page(rows, first)
}

fn bounds(first: usize) -> (usize, i64) {
    let first = first.clamp(1, PAGE_AT_MOST);
    // One more tells whether there is another page.
    (first, i64::try_from(first).unwrap_or(i64::MAX) + 1)
}

fn page<Id: From<Uuid>, Status: FromStr>(
    stored: Vec<Stored>,
    first: usize,
) -> Result<Page<Row<Id, Status>>, MoneyError> {
    let more = stored.len() > first;
    let last = stored.get(first - 1).filter(|_| more);
    let next = last.map(|row| Cursor {
        at: row.created_at,
        id: row.id,
    });
    let rows = stored
        .into_iter()
        .take(first)
        .map(|row| {
            Ok(Row {
                id: row.id.into(),
                public_id: PublicId(row.public_id),
                customer_id: row.customer_id.into(),
                account_id: row.account_id,
                amount: Amount::from_cents(row.amount).map_err(|_| unreadable("amount"))?,
                reference: row.reference,
                status: row.status.parse().map_err(|_| unreadable("status"))?,
                created_at: row.created_at,
            })
        })
        .collect::<Result<_, MoneyError>>()?;
    Ok(Page { rows, next })
}

/// A column that holds what this version did not write.
pub(crate) fn unreadable(column: &str) -> MoneyError {
    MoneyError::Entity {
        message: format!("the column {column} holds what this version does not know"),
        transient: false,
    }
}
