//! Looking, for who may (DEPOSIT_READ). That somebody looked at one record is written down; of lists only a refusal is.

use std::collections::HashMap;

use access::{Permission, Subject};
use customer::{list::Cursor, primitives::CustomerId};
use uuid::Uuid;

use super::Money;
use crate::{
    Deposit, DepositRow, MoneyError, Page, Withdrawal, WithdrawalRow, lists,
    primitives::{DepositId, WithdrawalId},
};

impl Money {
    /// One deposit.
    ///
    /// # Errors
    /// [`MoneyError::NotFound`].
    pub async fn deposit(&self, subject: &Subject, id: DepositId) -> Result<Deposit, MoneyError> {
        let found = self.find_deposit(id).await?;
        let object = format!("deposit:{id}");
        self.authorize(subject, Permission::DepositRead, "deposit.read", &object)
            .await?;
        Ok(found)
    }

    /// One deposit, by its short number.
    ///
    /// # Errors
    /// [`MoneyError::NotFound`].
    pub async fn deposit_by_public_id(
        &self,
        subject: &Subject,
        public_id: &str,
    ) -> Result<Deposit, MoneyError> {
        let id = sqlx::query_scalar!("SELECT id FROM deposits WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(MoneyError::NotFound)?;
        self.deposit(subject, id.into()).await
    }

    /// One withdrawal.
    ///
    /// # Errors
    /// [`MoneyError::NotFound`].
    pub async fn withdrawal(
        &self,
        subject: &Subject,
        id: WithdrawalId,
    ) -> Result<Withdrawal, MoneyError> {
        let found = self.find_withdrawal(id).await?;
        let object = format!("withdrawal:{id}");
        self.authorize(subject, Permission::DepositRead, "withdrawal.read", &object)
            .await?;
        Ok(found)
    }

    /// One withdrawal, by its short number.
    ///
    /// # Errors
    /// [`MoneyError::NotFound`].
    pub async fn withdrawal_by_public_id(
        &self,
        subject: &Subject,
        public_id: &str,
    ) -> Result<Withdrawal, MoneyError> {
        let id = sqlx::query_scalar!("SELECT id FROM withdrawals WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(MoneyError::NotFound)?;
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
    ) -> Result<Page<DepositRow>, MoneyError> {
        let id = Uuid::from(customer);
        let mut found = self.deposits_of_many(subject, &[id], after, first).await?;
        Ok(found.remove(&id).unwrap_or_else(Page::empty))
    }

    /// [`Money::deposits_of`] for many customers at once, by customer; who has none is not among them.
    ///
    /// # Errors
    /// As [`Money::deposits_of`].
    pub async fn deposits_of_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
        after: Option<Cursor>,
        first: usize,
    ) -> Result<HashMap<Uuid, Page<DepositRow>>, MoneyError> {
        self.may_list(subject, "deposit.list").await?;
        let accounts: Vec<Uuid> = customers.iter().copied().map(deposit::account_id).collect();
        lists::deposits_of(&self.pool, &accounts, after, first).await
    }

    /// A customer's withdrawals; as [`Money::deposits_of`].
    ///
    /// # Errors
    /// As [`Money::deposits_of`].
    pub async fn withdrawals_of(
        &self,
        subject: &Subject,
        customer: CustomerId,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<WithdrawalRow>, MoneyError> {
        let id = Uuid::from(customer);
        let mut found = self
            .withdrawals_of_many(subject, &[id], after, first)
            .await?;
        Ok(found.remove(&id).unwrap_or_else(Page::empty))
    }

    /// [`Money::withdrawals_of`] for many customers at once, by customer; who has none is not among them.
    ///
    /// # Errors
    /// As [`Money::withdrawals_of`].
    pub async fn withdrawals_of_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
        after: Option<Cursor>,
        first: usize,
    ) -> Result<HashMap<Uuid, Page<WithdrawalRow>>, MoneyError> {
        self.may_list(subject, "withdrawal.list").await?;
        let accounts: Vec<Uuid> = customers.iter().copied().map(deposit::account_id).collect();
        lists::withdrawals_of(&self.pool, &accounts, after, first).await
    }

    /// The withdrawals of all customers that wait for somebody to confirm or cancel them; as [`Money::deposits_of`].
    ///
    /// # Errors
    /// As [`Money::deposits_of`].
    pub async fn waiting_withdrawals(
        &self,
        subject: &Subject,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<WithdrawalRow>, MoneyError> {
        self.may_list(subject, "withdrawal.list").await?;
        lists::waiting(&self.pool, after, first).await
    }

    pub(super) async fn find_deposit(&self, id: DepositId) -> Result<Deposit, MoneyError> {
        self.deposits
            .maybe_find_by_id(id)
            .await
            .map_err(MoneyError::entity)?
            .ok_or(MoneyError::NotFound)
    }

    pub(super) async fn find_withdrawal(&self, id: WithdrawalId) -> Result<Withdrawal, MoneyError> {
        self.withdrawals
            .maybe_find_by_id(id)
            .await
            .map_err(MoneyError::entity)?
            .ok_or(MoneyError::NotFound)
    }

    async fn may_list(&self, subject: &Subject, action: &str) -> Result<(), MoneyError> {
        if !subject.may(Permission::DepositRead) {
            self.authorize(subject, Permission::DepositRead, action, "list")
                .await?;
        }
        Ok(())
    }
}
