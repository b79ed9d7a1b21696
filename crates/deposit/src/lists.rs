//! Pages of deposits and withdrawals, from columns.

pub(crate) mod all;

use std::{collections::HashMap, str::FromStr};

use access::{AuditObject, ObjectKind};
use chrono::{DateTime, Utc};
use customer::primitives::{CustomerId, PublicId};
use kernel::{Amount, Cursor, Database, Error, Page, page_bounds};
use uuid::Uuid;

use crate::{
    document::{Document, DocumentKind},
    primitives::{DepositId, DepositStatus, WithdrawalId, WithdrawalStatus},
};

pub(crate) use all::StoredTotal;

/// The most rows a page may have.
pub const PAGE_AT_MOST: usize = 1000;

/// A deposit or withdrawal in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<Id, Status> {
    /// Its UUID in our database.
    pub id: Id,
    /// Its short number.
    pub public_id: PublicId,
    /// The customer whose account it is on.
    pub customer_id: CustomerId,
    /// The customer's account in the ledger.
    pub account_id: Uuid,
    /// The amount, in whole US cents.
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

impl<Id: Into<Uuid> + Copy, Status> Row<Id, Status> {
    /// Its place in the list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.created_at,
            id: self.id.into(),
        }
    }

    /// Whose data it is.
    pub(crate) fn objects(&self, kind: DocumentKind) -> [AuditObject; 2] {
        [
            kind.object().id(self.id),
            ObjectKind::Customer.id(self.customer_id),
        ]
    }
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

/// The rows of a table for each of these accounts, from a cursor on.
macro_rules! of_accounts {
    ($pool:expr, $table:literal, $accounts:expr, $after:expr, $limit:expr) => {
        sqlx::query_as!(
            Stored,
            r#"SELECT found.id AS "id!", found.public_id AS "public_id!", found.customer_id AS "customer_id!",
                      found.account_id AS "account_id!", found.amount AS "amount!", found.reference,
                      found.status AS "status!", found.created_at AS "created_at!"
               FROM unnest($1::uuid[]) AS asked (account)
               CROSS JOIN LATERAL (SELECT * FROM "#
                + $table
                + r#" WHERE account_id = asked.account AND (created_at, id) < ($2, $3)
                      ORDER BY created_at DESC, id DESC LIMIT $4) AS found
               ORDER BY found.created_at DESC, found.id DESC"#,
            $accounts,
            $after.at,
            $after.id,
            $limit,
        )
        .fetch_all($pool)
        .await?
    };
}

/// A page of each account's documents, by customer. Who has none on it is not among them.
pub(crate) async fn of_accounts<D: Document>(
    pool: &Database,
    accounts: &[Uuid],
    after: Option<Cursor>,
    first: usize,
) -> Result<HashMap<Uuid, Page<Row<D::Id, D::Status>>>, Error> {
    let (first, limit) = page_bounds(first, PAGE_AT_MOST);
    let after = after.unwrap_or(Cursor::AFTER_ALL);
    let rows = match D::KIND {
        DocumentKind::Deposit => of_accounts!(pool, "deposits", accounts, after, limit),
        DocumentKind::Withdrawal => of_accounts!(pool, "withdrawals", accounts, after, limit),
    };
    let rows = rows.into_iter().map(row).collect::<Result<_, _>>()?;
    let whose = |row: &Row<D::Id, D::Status>| row.customer_id.into();
    Ok(Page::of_each(rows, first, whose, Row::cursor))
}

/// Those that wait for somebody to confirm or cancel them, of all customers; who waits longest comes first.
pub(crate) async fn waiting(
    pool: &Database,
    after: Option<Cursor>,
    first: usize,
) -> Result<Page<WithdrawalRow>, Error> {
    let (first, limit) = page_bounds(first, PAGE_AT_MOST);
    let after = after.unwrap_or(Cursor::BEFORE_ALL);
    // The literal: it is what the small index is over.
    let rows = sqlx::query_as!(
        Stored,
        "SELECT id, public_id, customer_id, account_id, amount, reference, status, created_at FROM withdrawals
         WHERE status = 'pending_confirmation' AND (created_at, id) > ($1, $2)
         ORDER BY created_at, id LIMIT $3",
        after.at,
        after.id,
        limit,
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(Page::of_one_more(rows, first, Row::cursor))
}

/// The newest of this customer's that wait for it.
pub(crate) async fn newest_waiting_of(
    pool: &Database,
    customer: CustomerId,
) -> Result<Option<WithdrawalRow>, Error> {
    let found = sqlx::query_as!(
        Stored,
        "SELECT id, public_id, customer_id, account_id, amount, reference, status, created_at FROM withdrawals
         WHERE customer_id = $1 AND status = 'pending_confirmation' ORDER BY created_at DESC, id DESC LIMIT 1",
        Uuid::from(customer),
    )
    .fetch_optional(pool)
    .await?;
    found.map(row).transpose()
}

fn row<Id: From<Uuid> + Into<Uuid> + Copy, Status: FromStr>(
    stored: Stored,
) -> Result<Row<Id, Status>, Error> {
    Ok(Row {
        id: stored.id.into(),
        public_id: PublicId(stored.public_id),
        customer_id: stored.customer_id.into(),
        account_id: stored.account_id,
        amount: Amount::from_cents(stored.amount).map_err(|_| Error::unreadable("amount"))?,
        reference: stored.reference,
        status: stored
            .status
            .parse()
            .map_err(|_| Error::unreadable("status"))?,
        created_at: stored.created_at,
    })
}
