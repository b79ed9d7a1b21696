//! What comparing documents and ledger finds, in words.

use std::fmt;

use ledger::Posting;
use uuid::Uuid;

/// The most findings that are listed one by one.
const LISTED: usize = 100;

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
    pub(super) fn say(&mut self, finding: DocumentFinding) {
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }
}

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

/// US dollars with two decimals.
fn dollars(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
