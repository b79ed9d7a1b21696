//! References: taken once on an account while what has them stands, and free again when it was reverted or cancelled.

use customer::primitives::{CustomerId, PublicId};
use es_entity::AtomicOperation;
use kernel::{Error, Existing};
use uuid::Uuid;

use super::Deposits;
use crate::{
    NewMovement,
    document::{Document, DocumentKind},
    field, reference,
};

/// Another deposit or withdrawal of the same account with the same reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameReference<Status> {
    /// Its short number.
    pub public_id: PublicId,
    /// Where it stands: of all with one reference one at most is neither reverted nor cancelled, except those that an older
    /// version told apart by their spelling.
    pub status: Status,
}

/// Gives the rows of a table that an older version wrote what references are compared by. Of two that it told apart by their
/// spelling and that both stand, the newer is marked as sharing the reference: both stay, and a third is refused.
macro_rules! give_keys {
    ($op:expr, $account:expr, $table:literal, $standing:literal) => {{
        let old = sqlx::query!(
            r#"SELECT id, reference AS "reference!" FROM "#
                + $table
                + " WHERE account_id = $1 AND reference IS NOT NULL AND reference_key IS NULL
                    ORDER BY created_at, id",
            $account,
        )
        .fetch_all($op.as_executor())
        .await?;
        for row in old {
            sqlx::query!(
                "UPDATE "
                    + $table
                    + " SET reference_key = $2, reference_shared = EXISTS (SELECT FROM "
                    + $table
                    + " WHERE account_id = $3 AND reference_key = $2 AND "
                    + $standing
                    + ") WHERE id = $1",
                row.id,
                reference::key(&row.reference),
                $account,
            )
            .execute($op.as_executor())
            .await?;
        }
    }};
}

/// The others of a table with a row's reference, newest first.
macro_rules! same_reference {
    ($pool:expr, $id:expr, $table:literal) => {
        sqlx::query!(
            r#"SELECT other.public_id, other.status FROM "#
                + $table
                + " AS this JOIN "
                + $table
                + " AS other ON other.account_id = this.account_id AND other.reference_key = this.reference_key
                     AND other.reference IS NOT NULL AND other.id <> this.id
                   WHERE this.id = $1 ORDER BY other.created_at DESC, other.id DESC LIMIT 20",
            $id,
        )
        .fetch_all($pool)
        .await?
        .into_iter()
        .map(|row| (row.public_id, row.status))
        .collect::<Vec<_>>()
    };
}

impl Deposits {
    /// Refuses a reference that something standing on the account has already. Under the row lock nobody else takes it
    /// meanwhile.
    pub(super) async fn reference_is_free(
        &self,
        op: &mut impl AtomicOperation,
        kind: DocumentKind,
        new: &NewMovement,
    ) -> Result<(), Error> {
        let Some(reference) = &new.reference else {
            return Ok(());
        };
        self.give_keys(op, kind, new.customer).await?;
        let first = sqlx::query!(
            r#"SELECT id AS "id!", public_id AS "public_id!" FROM deposits
               WHERE $1 AND account_id = $2 AND reference_key = $3 AND reference IS NOT NULL AND status = 'confirmed'
               UNION ALL
               SELECT id, public_id FROM withdrawals
               WHERE NOT $1 AND account_id = $2 AND reference_key = $3 AND reference IS NOT NULL
                 AND status IN ('pending_confirmation', 'confirmed')
               LIMIT 1"#,
            kind == DocumentKind::Deposit,
            ledger::account_id(new.customer.into()),
            reference.key(),
        )
        .fetch_optional(op.as_executor())
        .await?;
        match first {
            None => Ok(()),
            Some(first) => Err(Error::Taken {
                field: field::REFERENCE,
                message: format!(
                    "This account already has one with this reference: number {}. If this is another one, give it another reference.",
                    first.public_id
                ),
                existing: Existing {
                    kind: kind.kind(),
                    id: first.id,
                    public_id: first.public_id,
                },
            }),
        }
    }

    async fn give_keys(
        &self,
        op: &mut impl AtomicOperation,
        kind: DocumentKind,
        customer: CustomerId,
    ) -> Result<(), Error> {
        let account = ledger::account_id(customer.into());
        match kind {
            DocumentKind::Deposit => give_keys!(op, account, "deposits", "status = 'confirmed'"),
            DocumentKind::Withdrawal => give_keys!(
                op,
                account,
                "withdrawals",
                "status IN ('pending_confirmation', 'confirmed')"
            ),
        }
        Ok(())
    }

    /// The other documents of its kind on the account that have or had its reference, newest first, at most 20. For who may
    /// see it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn others_with_its_reference<D: Document>(
        &self,
        document: &D,
    ) -> Result<Vec<SameReference<D::Status>>, Error> {
        let id: Uuid = document.row().id.into();
        let rows = match D::KIND {
            DocumentKind::Deposit => same_reference!(&self.pool, id, "deposits"),
            DocumentKind::Withdrawal => same_reference!(&self.pool, id, "withdrawals"),
        };
        let other = |(public_id, status): (String, String)| {
            Ok(SameReference {
                public_id: PublicId(public_id),
                status: status.parse().map_err(|_| Error::unreadable("status"))?,
            })
        };
        rows.into_iter().map(other).collect()
    }
}
