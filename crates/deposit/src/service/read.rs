//! Looking, for who may (DEPOSIT_READ). That somebody looked is written down.

use std::collections::HashMap;

use access::{AuditAction, AuditObject, Look, ObjectKind, Permission, Subject};
use customer::primitives::CustomerId;
use kernel::{Cursor, Error, Page};
use uuid::Uuid;

use super::{Deposits, DocumentId, DocumentSummary};
use crate::{
    Deposit, DepositRow, Withdrawal, WithdrawalRow,
    document::{Document, DocumentKind, Stored},
    lists::{self, Row},
    primitives::{DepositId, WithdrawalId},
};

impl Deposits {
    /// One deposit.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn deposit(&self, subject: &Subject, id: DepositId) -> Result<Deposit, Error> {
        self.read(subject, id).await
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
        self.read(subject, id).await
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
        match self.document_of(public_id).await? {
            Some(DocumentId::Deposit(id)) => self.deposit(subject, id).await,
            _ => Err(Error::NO_RECORD),
        }
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
        match self.document_of(public_id).await? {
            Some(DocumentId::Withdrawal(id)) => self.withdrawal(subject, id).await,
            _ => Err(Error::NO_RECORD),
        }
    }

    /// A page of each customer's deposits, newest first, at most `first` ([`crate::PAGE_AT_MOST`]) after a cursor, by customer;
    /// who has none is not among them.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn deposits_of_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
        after: Option<Cursor>,
        first: usize,
    ) -> Result<HashMap<Uuid, Page<DepositRow>>, Error> {
        self.pages_of::<Deposit>(subject, customers, after, first)
            .await
    }

    /// A page of each customer's withdrawals; as [`Deposits::deposits_of_many`].
    ///
    /// # Errors
    /// As [`Deposits::deposits_of_many`].
    pub async fn withdrawals_of_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
        after: Option<Cursor>,
        first: usize,
    ) -> Result<HashMap<Uuid, Page<WithdrawalRow>>, Error> {
        self.pages_of::<Withdrawal>(subject, customers, after, first)
            .await
    }

    /// The withdrawals of all customers that wait for somebody to confirm or cancel them; as [`Deposits::deposits_of_many`].
    ///
    /// # Errors
    /// As [`Deposits::deposits_of_many`].
    pub async fn waiting_withdrawals(
        &self,
        subject: &Subject,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<WithdrawalRow>, Error> {
        let look = self
            .look(subject, AuditAction::WithdrawalList, AuditObject::LIST)
            .await?;
        let found = lists::waiting(&self.pool, after, first).await?;
        let rows = found.rows.iter();
        look.at(rows.flat_map(|row| row.objects(DocumentKind::Withdrawal)))
            .await?;
        Ok(found)
    }

    /// The newest of this customer's withdrawals that wait for it; as [`Deposits::deposits_of_many`].
    ///
    /// # Errors
    /// As [`Deposits::deposits_of_many`].
    pub async fn newest_waiting_withdrawal_of(
        &self,
        subject: &Subject,
        customer: CustomerId,
    ) -> Result<Option<WithdrawalRow>, Error> {
        let look = self
            .look(subject, AuditAction::WithdrawalList, AuditObject::LIST)
            .await?;
        let found = lists::newest_waiting_of(&self.pool, customer).await?;
        let rows = found.iter();
        look.at(rows.flat_map(|row| row.objects(DocumentKind::Withdrawal)))
            .await?;
        Ok(found)
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
        Ok(found.map(|row| DocumentId::new(DocumentKind::withdrawal_if(row.withdrawal), row.id)))
    }

    /// The public ids of these deposits and withdrawals; only a refusal is written down.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn public_ids(
        &self,
        subject: &Subject,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, Error> {
        self.access
            .permit(
                subject,
                Permission::DepositRead,
                AuditAction::DepositList,
                AuditObject::LIST,
            )
            .await?;
        let found = sqlx::query!(
            r#"SELECT id AS "id!", public_id AS "public_id!" FROM deposits WHERE id = ANY($1)
               UNION ALL SELECT id, public_id FROM withdrawals WHERE id = ANY($1)"#,
            ids,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(found
            .into_iter()
            .map(|row| (row.id, row.public_id))
            .collect())
    }

    /// What these entries of the ledger are for, as [`Deposits::documents`]; that somebody looked at them is written down.
    ///
    /// # Errors
    /// As [`Deposits::deposits_of_many`].
    pub async fn documents_for(
        &self,
        subject: &Subject,
        entries: &[ledger::Entry],
    ) -> Result<HashMap<DocumentId, DocumentSummary>, Error> {
        let look = self
            .look(subject, AuditAction::LedgerRead, AuditObject::LIST)
            .await?;
        let found = self.documents(entries).await?;
        look.at(found.keys().map(|id| id.object())).await?;
        Ok(found)
    }

    pub(super) async fn find<D: Stored>(&self, id: D::Id) -> Result<D, Error> {
        D::find(self, id).await?.ok_or(Error::NO_RECORD)
    }

    async fn read<D: Stored>(&self, subject: &Subject, id: D::Id) -> Result<D, Error> {
        let found = self.find::<D>(id).await?;
        let object = D::KIND.object().id(id);
        let look = self.look(subject, D::KIND.read(), object).await?;
        look.at([object]).await?;
        Ok(found)
    }

    pub(super) async fn pages_of<D: Document>(
        &self,
        subject: &Subject,
        customers: &[Uuid],
        after: Option<Cursor>,
        first: usize,
    ) -> Result<HashMap<Uuid, Page<Row<D::Id, D::Status>>>, Error> {
        let look = self
            .look(subject, D::KIND.list(), AuditObject::LIST)
            .await?;
        let accounts: Vec<Uuid> = customers.iter().copied().map(ledger::account_id).collect();
        let found = lists::of_accounts::<D>(&self.pool, &accounts, after, first).await?;
        look.at(found.keys().map(|id| ObjectKind::Customer.id(*id)))
            .await?;
        Ok(found)
    }

    pub(super) async fn look<'a>(
        &'a self,
        subject: &Subject,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<Look<'a>, Error> {
        let may = Permission::DepositRead;
        Ok(self.access.look(subject, may, action, object).await?)
    }
}
