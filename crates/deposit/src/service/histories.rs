//! What happened to a customer's money, document by document.

use access::Subject;
use customer::primitives::{CustomerId, PublicId};
use kernel::{Amount, Error, HistoryEntry};

use super::Deposits;
use crate::{
    Deposit, Withdrawal,
    document::{DocumentKind, Stored},
    history::{deposit_history, withdrawal_history},
};

/// What happened to one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which it is.
    pub kind: DocumentKind,
    /// Its short number.
    pub public_id: PublicId,
    /// How much it is about.
    pub amount: Amount,
    /// What happened to it, oldest first.
    pub history: Vec<HistoryEntry>,
}

impl Told {
    /// What happened to a deposit that was read.
    #[must_use]
    pub fn of_deposit(deposit: &Deposit) -> Self {
        tell(deposit, deposit_history(deposit))
    }

    /// What happened to a withdrawal that was read.
    #[must_use]
    pub fn of_withdrawal(withdrawal: &Withdrawal) -> Self {
        tell(withdrawal, withdrawal_history(withdrawal))
    }
}

impl Deposits {
    /// What happened to a customer's `first` newest deposits and as many withdrawals. That somebody looked is written down.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn histories_of(
        &self,
        subject: &Subject,
        customer: CustomerId,
        first: usize,
    ) -> Result<Vec<Told>, Error> {
        let deposits = self.newest::<Deposit>(subject, customer, first).await?;
        let withdrawals = self.newest::<Withdrawal>(subject, customer, first).await?;
        let deposits = deposits.iter().map(Told::of_deposit);
        let withdrawals = withdrawals.iter().map(Told::of_withdrawal);
        Ok(deposits.chain(withdrawals).collect())
    }

    async fn newest<D: Stored>(
        &self,
        subject: &Subject,
        customer: CustomerId,
        first: usize,
    ) -> Result<Vec<D>, Error> {
        let of = [customer.into()];
        let pages = self.pages_of::<D>(subject, &of, None, first).await?;
        let rows = pages.values().flat_map(|page| &page.rows);
        let ids: Vec<D::Id> = rows.map(|row| row.id).collect();
        Ok(D::find_all(self, &ids).await?.into_values().collect())
    }
}

fn tell<D: Stored>(document: &D, history: Vec<HistoryEntry>) -> Told {
    let row = document.row();
    Told {
        kind: D::KIND,
        public_id: row.public_id,
        amount: row.amount,
        history,
    }
}
