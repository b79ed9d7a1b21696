//! What money operations are about: something new, or a document that is there.

use ::deposit::{Deposit, DepositStatus, Withdrawal, WithdrawalStatus, rules::Facts};
use axum::response::Response;
use customer::primitives::CustomerId;

use super::operations::MoneyAddress;
use crate::{
    admin::{
        AdminState,
        customers::page::CustomerRecord,
        operation::{Beside, Subject},
        records::regions::is_public_id,
    },
    error_page::PageError,
    format,
    layout::Viewer,
};

/// A document, on the page of its customer.
pub struct MoneySubject {
    pub record: CustomerRecord,
    pub document: Document,
}

/// A deposit or withdrawal, or one that is to be made.
pub enum Document {
    New,
    Deposit(Box<Deposit>),
    Withdrawal(Box<Withdrawal>),
}

/// What kind of document it is, and how it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    New,
    Deposit(DepositStatus),
    Withdrawal(WithdrawalStatus),
}

impl MoneySubject {
    /// Finds it; that somebody looked is written down.
    ///
    /// # Errors
    /// When there is no such customer, or the customer has no such document.
    pub async fn find(
        state: &AdminState,
        viewer: &Viewer,
        public_id: &str,
        address: &MoneyAddress,
    ) -> Result<Self, PageError> {
        let record = CustomerRecord::find(state, viewer, public_id).await?;
        let (money, who, customer) = (&state.money, &viewer.subject, record.customer.id);
        let is_deposit = address.kind == "deposits";
        let missing = PageError::NotFound(if is_deposit { "deposit" } else { "withdrawal" });
        let (document, owner) = match address.document.as_deref() {
            None => (Document::New, customer),
            Some(number) if !is_public_id(number) => return Err(missing),
            Some(number) if is_deposit => {
                let deposit = money.deposit_by_public_id(who, number).await?;
                let owner = deposit.customer_id;
                (Document::Deposit(Box::new(deposit)), owner)
            }
            Some(number) => {
                let withdrawal = money.withdrawal_by_public_id(who, number).await?;
                let owner = withdrawal.customer_id;
                (Document::Withdrawal(Box::new(withdrawal)), owner)
            }
        };
        if owner != customer {
            return Err(missing);
        }
        Ok(Self { record, document })
    }

    /// Whose it is.
    pub fn customer(&self) -> CustomerId {
        self.record.customer.id
    }

    /// What the domain's table asks for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn facts(&self, state: &AdminState, viewer: &Viewer) -> Result<Facts, PageError> {
        let (money, who) = (&state.money, &viewer.subject);
        Ok(match &self.document {
            Document::New => money.account_facts(self.customer()).await?,
            Document::Deposit(deposit) => money.deposit_facts(who, deposit).await?,
            Document::Withdrawal(withdrawal) => money.withdrawal_facts(who, withdrawal).await?,
        })
    }
}

impl Subject for MoneySubject {
    fn path(&self) -> String {
        self.record.path()
    }

    fn line(&self) -> Option<String> {
        self.document.line()
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        self.record.render(state, viewer, beside).await
    }
}

impl Document {
    /// What kind it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::New => Kind::New,
            Self::Deposit(deposit) => Kind::Deposit(deposit.status),
            Self::Withdrawal(withdrawal) => Kind::Withdrawal(withdrawal.status),
        }
    }

    /// Its number, which addresses and people know it by.
    pub fn number(&self) -> Option<String> {
        match self {
            Self::New => None,
            Self::Deposit(deposit) => Some(deposit.public_id.to_string()),
            Self::Withdrawal(withdrawal) => Some(withdrawal.public_id.to_string()),
        }
    }

    /// The id of its line on pages.
    pub fn line(&self) -> Option<String> {
        let number = self.number()?;
        let what = if matches!(self, Self::Deposit(_)) {
            "deposit"
        } else {
            "withdrawal"
        };
        Some(format!("{what}-{number}"))
    }

    /// How much it is about, in US cents.
    pub fn cents(&self) -> Option<i64> {
        match self {
            Self::New => None,
            Self::Deposit(deposit) => Some(deposit.amount.cents()),
            Self::Withdrawal(withdrawal) => Some(withdrawal.amount.cents()),
        }
    }

    /// What people know it by.
    pub fn name(&self) -> Option<String> {
        let (what, reference) = match self {
            Self::New => return None,
            Self::Deposit(deposit) => ("Deposit", deposit.reference()),
            Self::Withdrawal(withdrawal) => ("Withdrawal", withdrawal.reference()),
        };
        let amount = format::money(self.cents()?);
        let known = reference.map_or_else(String::new, |known| format!(" ({known})"));
        Some(format!("{what} {} of {amount}{known}", self.number()?))
    }
}
