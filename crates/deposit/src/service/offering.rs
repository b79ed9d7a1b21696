//! What a page asks before it offers: forms that are only filled in, and whole records, each with the facts for who looks.

use access::{Permission, Subject};
use customer::primitives::CustomerId;
use kernel::{Amount, AmountError, Error};

use super::Deposits;
use crate::{
    Deposit, NewMovement, Withdrawal,
    document::{DocumentKind, Stored},
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
        self.may_make(subject, DocumentKind::Deposit).await?;
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
        self.may_make(subject, DocumentKind::Withdrawal).await?;
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
        self.with_facts(subject, customer, first).await
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
        self.with_facts(subject, customer, first).await
    }

    async fn may_make(&self, subject: &Subject, kind: DocumentKind) -> Result<(), Error> {
        let (may, object) = (Permission::DepositCreate, kind.object().yet_to_be_made());
        Ok(self
            .access
            .permit(subject, may, kind.make(), object)
            .await?)
    }

    async fn with_facts<D: Stored>(
        &self,
        subject: &Subject,
        customer: CustomerId,
        first: usize,
    ) -> Result<Vec<(D, Facts)>, Error> {
        let page = self.page_of::<D>(subject, customer, None, first).await?;
        let ids: Vec<D::Id> = page.rows.iter().map(|row| row.id).collect();
        let mut found = D::find_all(self, &ids).await?;
        let facts = self.account_facts(customer).await?;
        let mut with_facts = Vec::with_capacity(ids.len());
        let mut op = self.outbox.begin_op().await?;
        for document in ids.iter().filter_map(|id| found.remove(id)) {
            let maker = document.maker();
            let facts = self.seen_by(&mut op, subject, maker, facts).await?;
            with_facts.push((document, facts));
        }
        Ok(with_facts)
    }
}
