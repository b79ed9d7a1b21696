//! Whether the documents and the ledger tell the same: each deposit and withdrawal with what was posted for it, amount by amount,
//! in both directions.

use kernel::Error;
use std::{collections::HashMap, fmt};

use ledger::{Posted, Posting};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{DepositStatus, WithdrawalStatus};

/// How many are looked at in one go.
const AT_ONCE: i64 = 2000;
/// The most findings that are listed one by one.
const LISTED: usize = 100;

/// Something that isn't as it should be, in one sentence with the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentFinding {
    /// The document says that money moved, and the ledger doesn't.
    NotPosted {
        /// Which document, as [`DocumentName`].
        document: DocumentName,
        /// What is missing.
        posting: Posting,
    },
    /// The ledger moved money for a document that isn't there, or isn't so far.
    NoDocument {
        /// The ledger's transaction.
        transaction: Uuid,
        /// What was posted; none when nothing of ours posted it.
        posting: Option<Posting>,
        /// The document that it names, if it is there.
        document: Option<DocumentName>,
    },
    /// Both tell of it, of other amounts or accounts.
    Differs {
        /// The deposit or withdrawal that is meant.
        document: DocumentName,
        /// What was posted.
        posting: Posting,
        /// The ledger's transaction.
        transaction: Uuid,
        /// What the document says, in US cents.
        document_cents: i64,
        /// What the ledger's entries come to on the customer's account, in US cents.
        ledger_cents: i64,
    },
    /// The document's list shows another amount than its history.
    Changed {
        /// The deposit or withdrawal that is meant.
        document: DocumentName,
        /// What the list shows, in US cents.
        shown_cents: i64,
        /// What was recorded, in US cents.
        recorded_cents: i64,
    },
}

/// A document as people name it: `deposit 100023`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentName {
    /// `deposit` or `withdrawal`.
    pub kind: &'static str,
    /// The short number.
    pub public_id: String,
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.public_id)
    }
}

impl fmt::Display for DocumentFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MEND: &str = "compare with a backup, and find out who used the database owner's role";
        match self {
            Self::NotPosted { document, posting } => write!(
                f,
                "{document} is not in the ledger (\"{}\" was never posted): {MEND}",
                posting.label()
            ),
            Self::NoDocument {
                transaction,
                posting: Some(posting),
                document: Some(document),
            } => write!(
                f,
                "the ledger has \"{}\" for {document} (transaction {transaction}), which {document} says nothing of: {MEND}",
                posting.label()
            ),
            Self::NoDocument { transaction, .. } => write!(
                f,
                "the ledger's transaction {transaction} is for no deposit or withdrawal: {MEND}"
            ),
            Self::Differs {
                document,
                posting,
                transaction,
                document_cents,
                ledger_cents,
            } => write!(
                f,
                "{document} is of {} USD, and \"{}\" moved {} USD on its account (transaction {transaction}): {MEND}",
                dollars(*document_cents),
                posting.label(),
                signed(*ledger_cents),
            ),
            Self::Changed {
                document,
                shown_cents,
                recorded_cents,
            } => write!(
                f,
                "{document} shows {} USD, and {} USD were recorded: {MEND}",
                dollars(*shown_cents),
                dollars(*recorded_cents),
            ),
        }
    }
}

fn signed(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}", dollars(cents.saturating_abs()))
}

/// What comparing has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// How many documents were compared.
    pub documents: u64,
    /// What is wrong; no more than a hundred of them.
    pub findings: Vec<DocumentFinding>,
    /// How many more there are.
    pub unlisted: u64,
}

impl Reconciled {
    fn say(&mut self, finding: DocumentFinding) {
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }
}

/// What has to stand in the ledger for a document at this status.
fn postings(kind: Kind, status: &str) -> &'static [Posting] {
    use Posting::*;
    match kind {
        Kind::Deposit => match status.parse() {
            Ok(DepositStatus::Confirmed) => &[Deposit],
            Ok(DepositStatus::Reverted) => &[Deposit, DepositRevert],
            Err(_) => &[],
        },
        Kind::Withdrawal => match status.parse() {
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Deposit,
    Withdrawal,
}

impl Kind {
    /// Whose posting it is.
    const fn of(posting: Posting) -> Self {
        match posting {
            Posting::Deposit | Posting::DepositRevert => Self::Deposit,
            Posting::WithdrawalReserve
            | Posting::WithdrawalConfirm
            | Posting::WithdrawalCancel
            | Posting::WithdrawalRevert => Self::Withdrawal,
        }
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
    fn name(&self, kind: Kind) -> DocumentName {
        DocumentName {
            kind: match kind {
                Kind::Deposit => "deposit",
                Kind::Withdrawal => "withdrawal",
            },
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
    kind: Kind,
    after: Option<Uuid>,
    ids: Option<&[Uuid]>,
) -> Result<Vec<Row>, sqlx::Error> {
    match kind {
        Kind::Deposit => rows!(connection, "deposits", "deposit_events", after, ids),
        Kind::Withdrawal => rows!(connection, "withdrawals", "withdrawal_events", after, ids),
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
    for kind in [Kind::Deposit, Kind::Withdrawal] {
        documents(&mut tx, kind, &mut found).await?;
    }
    transactions(&mut tx, &mut found).await?;
    tx.commit().await?;
    Ok(found)
}

/// Every document of a kind: is what it says in the ledger?
async fn documents(
    connection: &mut PgConnection,
    kind: Kind,
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
        let mut known: HashMap<(Kind, Uuid), Row> = HashMap::new();
        for kind in [Kind::Deposit, Kind::Withdrawal] {
            let of_kind = |one: &&Posted| one.posting.is_some_and(|it| Kind::of(it) == kind);
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

fn compare(one: &Posted, known: &HashMap<(Kind, Uuid), Row>, found: &mut Reconciled) {
    let transaction = one.transaction;
    let document = one.posting.zip(one.document).and_then(|(posting, id)| {
        let kind = Kind::of(posting);
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

/// US dollars with two decimals.
fn dollars(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
