//! Whether the documents and the ledger tell the same: each deposit and withdrawal with what was posted for it, amount by amount,
//! in both directions.

mod finding;

use std::collections::HashMap;

use kernel::Error;
use ledger::{Posted, Posting};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub use finding::{DocumentFinding, DocumentName, Reconciled};

use crate::{DepositStatus, WithdrawalStatus, document::DocumentKind};

/// How many are looked at in one go.
const AT_ONCE: i64 = 2000;
/// What has to stand in the ledger for a document at this status.
fn postings(kind: DocumentKind, status: &str) -> &'static [Posting] {
    use Posting::*;
    match kind {
        DocumentKind::Deposit => match status.parse() {
            Ok(DepositStatus::Confirmed) => &[Deposit],
            Ok(DepositStatus::Reverted) => &[Deposit, DepositRevert],
            Err(_) => &[],
        },
        DocumentKind::Withdrawal => match status.parse() {
            Ok(WithdrawalStatus::PendingConfirmation) => &[WithdrawalReserve],
            Ok(WithdrawalStatus::Confirmed) => &[WithdrawalReserve, WithdrawalConfirm],
            Ok(WithdrawalStatus::Cancelled) => &[WithdrawalReserve, WithdrawalCancel],
            Ok(WithdrawalStatus::Reverted) => {
                &[WithdrawalReserve, WithdrawalConfirm, WithdrawalRevert]
            }
            Err(_) => &[],
        },
    }
}

/// A document, as far as it is compared.
struct Row {
    id: Uuid,
    public_id: String,
    account_id: Uuid,
    amount: i64,
    status: String,
    recorded: Option<i64>,
}

impl Row {
    fn name(&self, kind: DocumentKind) -> DocumentName {
        DocumentName {
            kind: kind.kind().name(),
            public_id: self.public_id.clone(),
        }
    }
}

/// The next documents after this id, or those with these ids, each with what its first event says.
macro_rules! rows {
    ($connection:expr, $table:literal, $events:literal, $after:expr, $ids:expr) => {
        sqlx::query_as!(
            Row,
            "SELECT d.id, d.public_id, d.account_id, d.amount, d.status, (e.event->>'amount')::bigint AS recorded FROM "
                + $table
                + " d LEFT JOIN "
                + $events
                + " e ON e.id = d.id AND e.sequence = 1
                   WHERE ($1::uuid IS NULL OR d.id > $1) AND ($2::uuid[] IS NULL OR d.id = ANY($2)) ORDER BY d.id LIMIT $3",
            $after,
            $ids,
            AT_ONCE,
        )
        .fetch_all($connection)
        .await
    };
}

async fn rows(
    connection: &mut PgConnection,
    kind: DocumentKind,
    after: Option<Uuid>,
    ids: Option<&[Uuid]>,
) -> Result<Vec<Row>, sqlx::Error> {
    match kind {
        DocumentKind::Deposit => rows!(connection, "deposits", "deposit_events", after, ids),
        DocumentKind::Withdrawal => {
            rows!(connection, "withdrawals", "withdrawal_events", after, ids)
        }
    }
}

/// Compares every document with the ledger and every transaction of the ledger with its document, in one snapshot.
///
/// # Errors
/// When the database does not answer. What is wrong stands in the answer.
pub async fn reconcile(pool: &PgPool) -> Result<Reconciled, Error> {
    let mut tx = pool.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(&mut *tx)
        .await?;
    let mut found = Reconciled::default();
    for kind in DocumentKind::BOTH {
        documents(&mut tx, kind, &mut found).await?;
    }
    transactions(&mut tx, &mut found).await?;
    tx.commit().await?;
    Ok(found)
}

/// Every document of a kind: is what it says in the ledger?
async fn documents(
    connection: &mut PgConnection,
    kind: DocumentKind,
    found: &mut Reconciled,
) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = rows(connection, kind, after, None).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
        let of = |row: &Row| {
            let postings = postings(kind, &row.status).iter();
            let ids = postings.map(|posting| ledger::transaction_id(*posting, row.id));
            ids.collect::<Vec<_>>()
        };
        let expected: Vec<Uuid> = page.iter().flat_map(of).collect();
        let posted = ledger::posted_among(connection, &expected).await?;
        for row in &page {
            found.documents += 1;
            if row.recorded != Some(row.amount) {
                found.say(DocumentFinding::Changed {
                    document: row.name(kind),
                    shown_cents: row.amount,
                    recorded_cents: row.recorded.unwrap_or_default(),
                });
            }
            for posting in postings(kind, &row.status) {
                if !posted.contains(&ledger::transaction_id(*posting, row.id)) {
                    found.say(DocumentFinding::NotPosted {
                        document: row.name(kind),
                        posting: *posting,
                    });
                }
            }
        }
    }
}

/// Every transaction of the ledger: is there a document that says so?
async fn transactions(connection: &mut PgConnection, found: &mut Reconciled) -> Result<(), Error> {
    let mut after = Uuid::nil();
    loop {
        let page = ledger::posted_after(connection, after, AT_ONCE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.transaction;
        let mut known: HashMap<(DocumentKind, Uuid), Row> = HashMap::new();
        for kind in DocumentKind::BOTH {
            let of_kind =
                |one: &&Posted| one.posting.is_some_and(|it| DocumentKind::of(it) == kind);
            let ids = page.iter().filter(of_kind).filter_map(|one| one.document);
            let ids: Vec<Uuid> = ids.collect();
            let rows = rows(connection, kind, None, Some(&ids)).await?;
            known.extend(rows.into_iter().map(|row| ((kind, row.id), row)));
        }
        for one in &page {
            compare(one, &known, found);
        }
    }
}

fn compare(one: &Posted, known: &HashMap<(DocumentKind, Uuid), Row>, found: &mut Reconciled) {
    let transaction = one.transaction;
    let document = one.posting.zip(one.document).and_then(|(posting, id)| {
        let kind = DocumentKind::of(posting);
        Some((posting, kind, known.get(&(kind, id))?))
    });
    let Some((posting, kind, row)) = document else {
        found.say(DocumentFinding::NoDocument {
            transaction,
            posting: one.posting,
            document: None,
        });
        return;
    };
    let expected = postings(kind, &row.status).contains(&posting)
        && transaction == ledger::transaction_id(posting, row.id);
    if !expected {
        found.say(DocumentFinding::NoDocument {
            transaction,
            posting: Some(posting),
            document: Some(row.name(kind)),
        });
    } else if !one.moved(row.account_id, row.amount) {
        found.say(DocumentFinding::Differs {
            document: row.name(kind),
            posting,
            transaction,
            document_cents: row.amount,
            ledger_cents: one.sum(row.account_id),
        });
    }
}
