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
    /// What is asked for as a document of this kind, for who may make one; only a refusal is written down. An amount is typed
    /// by people and counted in cents by programs.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with every field that can't be taken.
    pub async fn check(
        &self,
        subject: &Subject,
        kind: DocumentKind,
        customer: CustomerId,
        amount: Result<Amount, AmountError>,
        reference: &str,
    ) -> Result<NewMovement, Error> {
        let (may, object) = (Permission::DepositCreate, kind.object().yet_to_be_made());
        self.access
            .permit(subject, may, kind.make(), object)
            .await?;
        NewMovement::checked(customer, amount, reference)
    }

    /// A customer's `first` newest deposits, each with what the table depends on for what this subject may do to it. As a
    /// list: only a refusal is written down.
    ///
    /// # Errors
    /// As [`Deposits::deposits_of_many`]; [`Error::NotFound`] without such a customer.
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

    async fn with_facts<D: Stored>(
        &self,
        subject: &Subject,
        customer: CustomerId,
        first: usize,
    ) -> Result<Vec<(D, Facts)>, Error> {
        let of = [customer.into()];
        let pages = self.pages_of::<D>(subject, &of, None, first).await?;
        let rows = pages.values().flat_map(|page| &page.rows);
        let ids: Vec<D::Id> = rows.map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = D::find_all(self, &ids).await?;
        let facts = self.account_facts(customer).await?;
        let mut with_facts = Vec::with_capacity(ids.len());
        for document in ids.iter().filter_map(|id| found.remove(id)) {
            let maker = document.maker();
            let facts = self.seen_by(&self.pool, subject, maker, facts).await?;
            with_facts.push((document, facts));
        }
        Ok(with_facts)
    }
}
