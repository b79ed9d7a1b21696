//! Looking, for who may (DEPOSIT_READ). That somebody looked is written down.

use std::collections::HashMap;

use access::{AuditAction, LIST, Look, Permission, Subject};
use customer::primitives::CustomerId;
use kernel::{Cursor, Error, Page};
use uuid::Uuid;

use super::{Deposits, Document, DocumentId};
use crate::{
    Deposit, DepositRow, Withdrawal, WithdrawalRow, lists,
    primitives::{DepositId, WithdrawalId},
};

impl Deposits {
    /// One deposit.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn deposit(&self, subject: &Subject, id: DepositId) -> Result<Deposit, Error> {
        let found = self.find_deposit(id).await?;
        let object = format!("deposit:{id}");
        let look = self
            .look(subject, AuditAction::DepositRead, &object)
            .await?;
        look.at([object.clone()]).await?;
        Ok(found)
    }

    /// One deposit, by its short number.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn deposit_by_public_id(
        &self,
        subject: &Subject,
        public_id: &str,
    ) -> Result<Deposit, Error> {
        let id = sqlx::query_scalar!("SELECT id FROM deposits WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(Error::NO_RECORD)?;
        self.deposit(subject, id.into()).await
    }

    /// One withdrawal.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn withdrawal(
        &self,
        subject: &Subject,
        id: WithdrawalId,
    ) -> Result<Withdrawal, Error> {
        let found = self.find_withdrawal(id).await?;
        let object = format!("withdrawal:{id}");
        let look = self
            .look(subject, AuditAction::WithdrawalRead, &object)
            .await?;
        look.at([object.clone()]).await?;
        Ok(found)
    }

    /// One withdrawal, by its short number.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn withdrawal_by_public_id(
        &self,
        subject: &Subject,
        public_id: &str,
    ) -> Result<Withdrawal, Error> {
        let id = sqlx::query_scalar!("SELECT id FROM withdrawals WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(Error::NO_RECORD)?;
        self.withdrawal(subject, id.into()).await
    }

    /// A customer's deposits, newest first, at most `first` ([`crate::PAGE_AT_MOST`]) after a cursor.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn deposits_of(
        &self,
        subject: &Subject,
        customer: CustomerId,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<DepositRow>, Error> {
        let id = Uuid::from(customer);
        let mut found = self.deposits_of_many(subject, &[id], after, first).await?;
        Ok(found.remove(&id).unwrap_or_else(Page::empty))
    }

    /// [`Deposits::deposits_of`] for many customers at once, by customer; who has none is not among them.
    ///
    /// # Errors
    /// As [`Deposits::deposits_of`].
    pub async fn deposits_of_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
        after: Option<Cursor>,
        first: usize,
    ) -> Result<HashMap<Uuid, Page<DepositRow>>, Error> {
        let look = self.look(subject, AuditAction::DepositList, LIST).await?;
        let accounts: Vec<Uuid> = customers.iter().copied().map(ledger::account_id).collect();
        let found = lists::deposits_of(&self.pool, &accounts, after, first).await?;
        look.at(found.keys().map(|id| format!("customer:{id}")))
            .await?;
        Ok(found)
    }

    /// A customer's withdrawals; as [`Deposits::deposits_of`].
    ///
    /// # Errors
    /// As [`Deposits::deposits_of`].
    pub async fn withdrawals_of(
        &self,
        subject: &Subject,
        customer: CustomerId,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<WithdrawalRow>, Error> {
        let id = Uuid::from(customer);
        let mut found = self
            .withdrawals_of_many(subject, &[id], after, first)
            .await?;
        Ok(found.remove(&id).unwrap_or_else(Page::empty))
    }

    /// [`Deposits::withdrawals_of`] for many customers at once, by customer; who has none is not among them.
    ///
    /// # Errors
    /// As [`Deposits::withdrawals_of`].
    pub async fn withdrawals_of_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
        after: Option<Cursor>,
        first: usize,
    ) -> Result<HashMap<Uuid, Page<WithdrawalRow>>, Error> {
        let look = self
            .look(subject, AuditAction::WithdrawalList, LIST)
            .await?;
        let accounts: Vec<Uuid> = customers.iter().copied().map(ledger::account_id).collect();
        let found = lists::withdrawals_of(&self.pool, &accounts, after, first).await?;
        look.at(found.keys().map(|id| format!("customer:{id}")))
            .await?;
        Ok(found)
    }

    /// The withdrawals of all customers that wait for somebody to confirm or cancel them; as [`Deposits::deposits_of`].
    ///
    /// # Errors
    /// As [`Deposits::deposits_of`].
    pub async fn waiting_withdrawals(
        &self,
        subject: &Subject,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<WithdrawalRow>, Error> {
        let look = self
            .look(subject, AuditAction::WithdrawalList, LIST)
            .await?;
        let found = lists::waiting(&self.pool, after, first).await?;
        let rows = found.rows.iter();
        let records = rows.flat_map(|row| {
            [
                format!("withdrawal:{}", row.id),
                format!("customer:{}", row.customer_id),
            ]
        });
        look.at(records).await?;
        Ok(found)
    }

    pub(super) async fn find_deposit(&self, id: DepositId) -> Result<Deposit, Error> {
        self.deposits
            .maybe_find_by_id(id)
            .await
            .map_err(Error::store)?
            .ok_or(Error::NO_RECORD)
    }

    pub(super) async fn find_withdrawal(&self, id: WithdrawalId) -> Result<Withdrawal, Error> {
        self.withdrawals
            .maybe_find_by_id(id)
            .await
            .map_err(Error::store)?
            .ok_or(Error::NO_RECORD)
    }

    /// Which deposit or withdrawal has this short number. Shows nothing of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn document_of(&self, public_id: &str) -> Result<Option<DocumentId>, Error> {
        let found = sqlx::query!(
            r#"SELECT id AS "id!", FALSE AS "withdrawal!" FROM deposits WHERE public_id = $1
               UNION ALL SELECT id, TRUE FROM withdrawals WHERE public_id = $1"#,
            public_id,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.map(|row| {
            if row.withdrawal {
                DocumentId::Withdrawal(row.id.into())
            } else {
                DocumentId::Deposit(row.id.into())
            }
        }))
    }

    /// What these entries of the ledger are for, as [`Deposits::documents`]; that somebody looked at them is written down.
    ///
    /// # Errors
    /// As [`Deposits::deposits_of`].
    pub async fn documents_for(
        &self,
        subject: &Subject,
        entries: &[ledger::Entry],
    ) -> Result<HashMap<DocumentId, Document>, Error> {
        let look = self.look(subject, AuditAction::LedgerRead, LIST).await?;
        let found = self.documents(entries).await?;
        let record = |id: &DocumentId| match id {
            DocumentId::Deposit(id) => format!("deposit:{id}"),
            DocumentId::Withdrawal(id) => format!("withdrawal:{id}"),
        };
        look.at(found.keys().map(record)).await?;
        Ok(found)
    }

    async fn look<'a>(
        &'a self,
        subject: &Subject,
        action: AuditAction,
        object: &'a str,
    ) -> Result<Look<'a>, Error> {
        let may = Permission::DepositRead;
        Ok(self.access.look(subject, may, action, object).await?)
    }
}
