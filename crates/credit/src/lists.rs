//! Lists of proposals, from columns.

pub(crate) mod all;

use std::collections::HashMap;

use access::{AuditObject, ObjectKind};
use chrono::{DateTime, Utc};
use customer::primitives::CustomerId;
use kernel::{Amount, Cursor, Database, Error, Page, page_bounds};
use uuid::Uuid;

use crate::{CreditFacilityProposalId, ProposalStatus};

pub(crate) use all::StoredTotal;

/// The most proposals a page may have.
pub const PAGE_AT_MOST: usize = 1000;

/// A proposal in a list; nothing in it that the customer may not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalRow {
    /// The proposal's UUID.
    pub id: CreditFacilityProposalId,
    /// The customer who may accept it.
    pub customer_id: CustomerId,
    /// The facility's amount, in whole US cents.
    pub amount: Amount,
    /// What for; none once it is erased.
    pub purpose: Option<String>,
    /// Where it stands.
    pub status: ProposalStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl ProposalRow {
    /// Its place in the list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.created_at,
            id: self.id.into(),
        }
    }

    /// Whose data it is.
    pub(crate) fn objects(&self) -> [AuditObject; 2] {
        [
            ObjectKind::CreditProposal.id(self.id),
            ObjectKind::Customer.id(self.customer_id),
        ]
    }
}

struct Stored {
    id: Uuid,
    customer_id: Uuid,
    amount: i64,
    purpose: Option<String>,
    status: String,
    created_at: DateTime<Utc>,
}

/// A page of each of these customers' proposals; who has none is not among them.
pub(crate) async fn of_customers(
    pool: &Database,
    customers: &[Uuid],
    after: Option<Cursor>,
    first: usize,
) -> Result<HashMap<Uuid, Page<ProposalRow>>, Error> {
    let (first, limit) = page_bounds(first, PAGE_AT_MOST);
    let rows = stored(pool, customers, after, Some(limit)).await?;
    let rows = rows.into_iter().map(row).collect::<Result<_, _>>()?;
    let whose = |row: &ProposalRow| row.customer_id.into();
    Ok(Page::of_each(rows, first, whose, ProposalRow::cursor))
}

/// All of a customer's.
pub(crate) async fn all_of_customer(
    pool: &Database,
    customer: CustomerId,
) -> Result<Vec<ProposalRow>, Error> {
    let rows = stored(pool, &[customer.into()], None, None).await?;
    rows.into_iter().map(row).collect()
}

async fn stored(
    pool: &Database,
    customers: &[Uuid],
    after: Option<Cursor>,
    limit: Option<i64>,
) -> Result<Vec<Stored>, sqlx::Error> {
    let after = after.unwrap_or(Cursor::AFTER_ALL);
    sqlx::query_as!(
        Stored,
        r#"SELECT found.id AS "id!", found.customer_id AS "customer_id!", found.amount AS "amount!", found.purpose,
                  found.status AS "status!", found.created_at AS "created_at!"
           FROM unnest($1::uuid[]) AS asked (customer)
           CROSS JOIN LATERAL (
               SELECT * FROM credit_facility_proposals
               WHERE customer_id = asked.customer AND (created_at, id) < ($2, $3)
               ORDER BY created_at DESC, id DESC LIMIT $4) AS found
           ORDER BY found.created_at DESC, found.id DESC"#,
        customers,
        after.at,
        after.id,
        limit,
    )
    .fetch_all(pool)
    .await
}

/// Those that wait for a decision, of all customers; who waits longest comes first.
pub(crate) async fn waiting(
    pool: &Database,
    after: Option<Cursor>,
    first: usize,
) -> Result<Page<ProposalRow>, Error> {
    let (first, limit) = page_bounds(first, PAGE_AT_MOST);
    let after = after.unwrap_or(Cursor::BEFORE_ALL);
    // The literal: it is what the small index is over.
    let rows = sqlx::query_as!(
        Stored,
        "SELECT id, customer_id, amount, purpose, status, created_at FROM credit_facility_proposals
         WHERE status = 'pending_approval' AND (created_at, id) > ($1, $2)
         ORDER BY created_at, id LIMIT $3",
        after.at,
        after.id,
        limit,
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(Page::of_one_more(rows, first, ProposalRow::cursor))
}

/// The newest to this customer that waits for one.
pub(crate) async fn newest_waiting_of(
    pool: &Database,
    customer: CustomerId,
) -> Result<Option<ProposalRow>, Error> {
    let found = sqlx::query_as!(
        Stored,
        "SELECT id, customer_id, amount, purpose, status, created_at FROM credit_facility_proposals
         WHERE customer_id = $1 AND status = 'pending_approval' ORDER BY created_at DESC, id DESC LIMIT 1",
        Uuid::from(customer),
    )
    .fetch_optional(pool)
    .await?;
    found.map(row).transpose()
}

fn row(stored: Stored) -> Result<ProposalRow, Error> {
    Ok(ProposalRow {
        id: stored.id.into(),
        customer_id: stored.customer_id.into(),
        amount: Amount::from_cents(stored.amount).map_err(|_| Error::unreadable("amount"))?,
        purpose: stored.purpose,
        status: stored
            .status
            .parse()
            .map_err(|_| Error::unreadable("status"))?,
        created_at: stored.created_at,
    })
}
