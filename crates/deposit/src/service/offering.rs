//! What a page asks before it offers: forms that are only filled in, and whole records, each with the facts for who looks.

use access::{AuditAction, AuditObject, ObjectKind, Permission, Subject};
use chrono::{DateTime, Utc};
use customer::primitives::CustomerId;
use kernel::{Amount, AmountError, Error};

use super::Deposits;
use crate::{
    Deposit, NewMovement, Withdrawal,
    primitives::{DepositId, WithdrawalId},
    rules::Facts,
};

impl Deposits {
    /// What is asked for as a deposit, for who may record one; only a refusal is written down. An amount is typed by
    /// people and counted in cents by programs.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with every field that can't be taken.
    pub async fn check_deposit(
        &self,
        subject: &Subject,
        customer: CustomerId,
        amount: Result<Amount, AmountError>,
        reference: &str,
    ) -> Result<NewMovement, Error> {
        self.may_fill_in(
            subject,
            AuditAction::DepositRecord,
            ObjectKind::Deposit.yet_to_be_made(),
        )
        .await?;
        NewMovement::checked(customer, amount, reference)
    }

    /// What is asked for as a withdrawal; as [`Deposits::check_deposit`].
    ///
    /// # Errors
    /// As [`Deposits::check_deposit`].
    pub async fn check_withdrawal(
        &self,
        subject: &Subject,
        customer: CustomerId,
        amount: Result<Amount, AmountError>,
        reference: &str,
    ) -> Result<NewMovement, Error> {
        self.may_fill_in(
            subject,
            AuditAction::WithdrawalInitiate,
            ObjectKind::Withdrawal.yet_to_be_made(),
        )
        .await?;
        NewMovement::checked(customer, amount, reference)
    }

    /// A customer's `first` newest deposits, each with what the table depends on for what this subject may do to it. As a
    /// list: only a refusal is written down.
    ///
    /// # Errors
    /// As [`Deposits::deposits_of`]; [`Error::NotFound`] without such a customer.
    pub async fn deposits_with_facts(
        &self,
        subject: &Subject,
        customer: CustomerId,
        first: usize,
    ) -> Result<Vec<(Deposit, Facts)>, Error> {
        let rows = self.deposits_of(subject, customer, None, first).await?.rows;
        let ids: Vec<DepositId> = rows.iter().map(|row| row.id).collect();
        let mut found = self
            .deposits
            .find_all::<Deposit>(&ids)
            .await
            .map_err(Error::store)?;
        let found: Vec<Deposit> = ids.iter().filter_map(|id| found.remove(id)).collect();
        let makers = found
            .iter()
            .map(|it| (it.recorded_by.as_str(), it.created_at()));
        let facts = self.facts_of_each(subject, customer, makers).await?;
        Ok(found.into_iter().zip(facts).collect())
    }

    /// A customer's newest withdrawals; as [`Deposits::deposits_with_facts`].
    ///
    /// # Errors
    /// As [`Deposits::deposits_with_facts`].
    pub async fn withdrawals_with_facts(
        &self,
        subject: &Subject,
        customer: CustomerId,
        first: usize,
    ) -> Result<Vec<(Withdrawal, Facts)>, Error> {
        let rows = self
            .withdrawals_of(subject, customer, None, first)
            .await?
            .rows;
        let ids: Vec<WithdrawalId> = rows.iter().map(|row| row.id).collect();
        let mut found = self
            .withdrawals
            .find_all::<Withdrawal>(&ids)
            .await
            .map_err(Error::store)?;
        let found: Vec<Withdrawal> = ids.iter().filter_map(|id| found.remove(id)).collect();
        let makers = found
            .iter()
            .map(|it| (it.initiated_by.as_str(), it.created_at()));
        let facts = self.facts_of_each(subject, customer, makers).await?;
        Ok(found.into_iter().zip(facts).collect())
    }

    async fn may_fill_in(
        &self,
        subject: &Subject,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), Error> {
        Ok(self
            .access
            .permit(subject, Permission::DepositCreate, action, object)
            .await?)
    }

    /// What the table depends on for each document with these makers.
    async fn facts_of_each(
        &self,
        subject: &Subject,
        customer: CustomerId,
        makers: impl Iterator<Item = (&str, DateTime<Utc>)> + Send,
    ) -> Result<Vec<Facts>, Error> {
        let makers: Vec<(&str, DateTime<Utc>)> = makers.collect();
        let facts = self.account_facts(customer).await?;
        let mut seen = Vec::with_capacity(makers.len());
        let mut op = self.outbox.begin_op().await?;
        for maker in makers {
            seen.push(self.seen_by(&mut op, subject, maker, facts).await?);
        }
        Ok(seen)
    }
}
