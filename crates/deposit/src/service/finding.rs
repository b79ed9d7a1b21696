//! Finding deposits and withdrawals by what is known of them.

use access::{AuditAction, AuditObject, ObjectKind, Subject};
use customer::primitives::{CustomerId, PublicId};
use kernel::{Amount, Error, Sought};
use uuid::Uuid;

use super::{Deposits, DocumentId};
use crate::{DepositStatus, WithdrawalStatus, document::DocumentKind, reference};

/// A deposit or withdrawal that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDocument {
    /// Which it is.
    pub kind: DocumentKind,
    /// Its short number.
    pub public_id: PublicId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// The amount of the document.
    pub amount: Amount,
    /// None when nothing was typed, and once it is erased.
    pub reference: Option<String>,
    /// Where it stands, as people read it.
    pub status: &'static str,
}

struct Row {
    withdrawal: bool,
    id: Uuid,
    public_id: String,
    customer_id: Uuid,
    amount: i64,
    reference: Option<String>,
    status: String,
}

impl Deposits {
    /// Deposits and withdrawals by UUID, public id or how their reference begins, in any spelling; the newest first, at most
    /// `first`. That somebody looked at them is written down.
    ///
    /// # Errors
    /// When the subject may not see them, or the database does not answer.
    pub async fn find_documents(
        &self,
        subject: &Subject,
        sought: &Sought,
        first: i64,
    ) -> Result<Vec<FoundDocument>, Error> {
        let look = self
            .look(subject, AuditAction::SearchFind, AuditObject::LIST)
            .await?;
        let (id, number) = match sought {
            Sought::Nothing => return Ok(Vec::new()),
            Sought::Id(id) => (Some(*id), None),
            Sought::Number(number) => (None, Some(number)),
            _ => (None, None),
        };
        let beginning = sought.text().and_then(reference::beginning);
        let found = self.find_rows(id, number, beginning, first).await?;
        look.at(found
            .iter()
            .flat_map(|(id, found)| [id.object(), ObjectKind::Customer.id(found.customer_id)]))
            .await?;
        Ok(found.into_iter().map(|(_, found)| found).collect())
    }

    async fn find_rows(
        &self,
        id: Option<Uuid>,
        number: Option<&String>,
        beginning: Option<String>,
        first: i64,
    ) -> Result<Vec<(DocumentId, FoundDocument)>, Error> {
        // What begins with it lies between it and it with the last character there is: `LIKE` finds its index only when it is planned
        // for each beginning.
        let rows = sqlx::query_as!(
            Row,
            r#"
            WITH found AS (
                (SELECT FALSE AS withdrawal, id FROM deposits WHERE id = $1)
                UNION (SELECT FALSE, id FROM deposits WHERE public_id = $2)
                UNION (SELECT FALSE, id FROM deposits WHERE reference IS NOT NULL AND reference_key ~>=~ $3 AND reference_key ~<~ ($3 || E'\U0010FFFF') LIMIT 100)
                UNION (SELECT TRUE, id FROM withdrawals WHERE id = $1)
                UNION (SELECT TRUE, id FROM withdrawals WHERE public_id = $2)
                UNION (SELECT TRUE, id FROM withdrawals WHERE reference IS NOT NULL AND reference_key ~>=~ $3 AND reference_key ~<~ ($3 || E'\U0010FFFF') LIMIT 100)
            ), both_kinds AS (
                SELECT withdrawal, id, public_id, customer_id, amount, reference, status, created_at
                FROM found JOIN deposits USING (id) WHERE NOT withdrawal
                UNION ALL
                SELECT withdrawal, id, public_id, customer_id, amount, reference, status, created_at
                FROM found JOIN withdrawals USING (id) WHERE withdrawal
            )
            SELECT withdrawal AS "withdrawal!", id AS "id!", public_id AS "public_id!", customer_id AS "customer_id!",
                   amount AS "amount!", reference, status AS "status!"
            FROM both_kinds ORDER BY created_at DESC, id DESC LIMIT $4
            "#,
            id,
            number,
            beginning,
            first,
        )
        .fetch_all(&self.pool)
        .await?;
        let document = |row: Row| {
            let kind = DocumentKind::withdrawal_if(row.withdrawal);
            let status = match kind {
                DocumentKind::Deposit => row.status.parse::<DepositStatus>().ok()?.label(),
                DocumentKind::Withdrawal => row.status.parse::<WithdrawalStatus>().ok()?.label(),
            };
            let found = FoundDocument {
                kind,
                public_id: PublicId(row.public_id),
                customer_id: row.customer_id.into(),
                amount: Amount::from_cents(row.amount).ok()?,
                reference: row.reference,
                status,
            };
            Some((DocumentId::new(kind, row.id), found))
        };
        Ok(rows.into_iter().filter_map(document).collect())
    }
}
