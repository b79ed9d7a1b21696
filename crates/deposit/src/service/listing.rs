//! The lists of all deposits and all withdrawals, for who may (DEPOSIT_READ): looked at, added up, kept as a file.

use access::{AuditObject, Permission, Subject};
use kernel::{Cursor, Error, MoneyFilter, Page, Totals};

use super::Deposits;
use crate::{
    Deposit, DepositRow, DepositStatus, Withdrawal, WithdrawalRow, WithdrawalStatus,
    document::{Document, DocumentKind},
    lists::{self, Row},
};

impl Deposits {
    /// The deposits of all accounts that a filter lets through, newest first, at most `first` ([`crate::PAGE_AT_MOST`]) after a
    /// cursor. That somebody looked at them is written down.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn list_deposits(
        &self,
        subject: &Subject,
        filter: &MoneyFilter<DepositStatus>,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<DepositRow>, Error> {
        self.listed::<Deposit>(subject, filter, after, first).await
    }

    /// The withdrawals of all accounts; as [`Deposits::list_deposits`].
    ///
    /// # Errors
    /// As [`Deposits::list_deposits`].
    pub async fn list_withdrawals(
        &self,
        subject: &Subject,
        filter: &MoneyFilter<WithdrawalStatus>,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<WithdrawalRow>, Error> {
        self.listed::<Withdrawal>(subject, filter, after, first)
            .await
    }

    /// What those deposits come to, on all pages together.
    ///
    /// # Errors
    /// As [`Deposits::list_deposits`].
    pub async fn deposit_totals(
        &self,
        subject: &Subject,
        filter: &MoneyFilter<DepositStatus>,
    ) -> Result<Totals<DepositStatus>, Error> {
        self.totals::<Deposit>(subject, filter).await
    }

    /// What those withdrawals come to, on all pages together.
    ///
    /// # Errors
    /// As [`Deposits::list_deposits`].
    pub async fn withdrawal_totals(
        &self,
        subject: &Subject,
        filter: &MoneyFilter<WithdrawalStatus>,
    ) -> Result<Totals<WithdrawalStatus>, Error> {
        self.totals::<Withdrawal>(subject, filter).await
    }

    /// Somebody is about to keep a list of these as a file, which the audit log says; whose data are in it, the looks at its pages
    /// say.
    ///
    /// # Errors
    /// When the subject may not, or it could not be written down.
    pub async fn download(&self, subject: &Subject, kind: DocumentKind) -> Result<(), Error> {
        let (may, what) = (Permission::DepositRead, kind.download());
        let access = &self.access;
        Ok(access
            .authorize(subject, may, what, AuditObject::LIST)
            .await?)
    }

    async fn listed<D: Document>(
        &self,
        subject: &Subject,
        filter: &MoneyFilter<D::Status>,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<Row<D::Id, D::Status>>, Error> {
        let look = self
            .look(subject, D::KIND.list(), AuditObject::LIST)
            .await?;
        let found = lists::all::page::<D>(&self.pool, filter, after, first).await?;
        let records = found.rows.iter().flat_map(|row| row.objects(D::KIND));
        look.at(records.collect::<Vec<_>>()).await?;
        Ok(found)
    }

    async fn totals<D: Document>(
        &self,
        subject: &Subject,
        filter: &MoneyFilter<D::Status>,
    ) -> Result<Totals<D::Status>, Error> {
        let (may, what) = (Permission::DepositRead, D::KIND.list());
        let access = &self.access;
        access.permit(subject, may, what, AuditObject::LIST).await?;
        lists::all::totals::<D>(&self.pool, filter).await
    }
}
