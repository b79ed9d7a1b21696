//! From the ledger's entries to what they are for.

use std::collections::HashMap;

use access::{AuditObject, ObjectKind};
use customer::primitives::PublicId;
use kernel::Error;
use ledger::Entry;
use uuid::Uuid;

use super::Deposits;
use crate::{
    document::DocumentKind,
    primitives::{DepositId, WithdrawalId},
};

/// What an entry is for. Callers may make ids, so a deposit and a withdrawal can have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentId {
    /// Money that came in.
    Deposit(DepositId),
    /// Money that goes out.
    Withdrawal(WithdrawalId),
}

impl DocumentId {
    /// None when something else than usher posted it.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let kind = DocumentKind::of(entry.posting?);
        Some(Self::new(kind, entry.document?))
    }

    pub(super) fn new(kind: DocumentKind, id: Uuid) -> Self {
        match kind {
            DocumentKind::Deposit => Self::Deposit(id.into()),
            DocumentKind::Withdrawal => Self::Withdrawal(id.into()),
        }
    }

    /// As the audit log names it.
    pub(super) fn object(self) -> AuditObject {
        match self {
            Self::Deposit(id) => ObjectKind::Deposit.id(id),
            Self::Withdrawal(id) => ObjectKind::Withdrawal.id(id),
        }
    }
}

/// A deposit or withdrawal, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSummary {
    /// Its short number.
    pub public_id: PublicId,
    /// Known by what, when something was typed.
    pub reference: Option<String>,
    /// A withdrawal that waits to be confirmed: its money is only reserved.
    pub reserved: bool,
}

impl Deposits {
    /// What these entries are for, to be shown beside them. Asks nobody whether they may be seen: for who may see the
    /// entries, also their owner in the portal.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn documents(
        &self,
        entries: &[Entry],
    ) -> Result<HashMap<DocumentId, DocumentSummary>, Error> {
        let (mut deposits, mut withdrawals): (Vec<Uuid>, Vec<Uuid>) = Default::default();
        for id in entries.iter().filter_map(DocumentId::of) {
            match id {
                DocumentId::Deposit(id) => deposits.push(id.into()),
                DocumentId::Withdrawal(id) => withdrawals.push(id.into()),
            }
        }
        let rows = sqlx::query!(
            r#"SELECT id AS "id!", public_id AS "public_id!", reference, FALSE AS "withdrawal!", FALSE AS "reserved!"
               FROM deposits WHERE id = ANY($1)
               UNION ALL
               SELECT id, public_id, reference, TRUE, status = 'pending_confirmation' FROM withdrawals
               WHERE id = ANY($2)"#,
            &deposits,
            &withdrawals,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let id = DocumentId::new(DocumentKind::withdrawal_if(row.withdrawal), row.id);
                let document = DocumentSummary {
                    public_id: PublicId(row.public_id),
                    reference: row.reference,
                    reserved: row.reserved,
                };
                (id, document)
            })
            .collect())
    }
}
