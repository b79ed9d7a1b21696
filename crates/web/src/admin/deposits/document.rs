//! A deposit or a withdrawal, as pages and dialogs speak of it.

use ::deposit::{Deposit, Withdrawal, deposit_history, rules::Facts, withdrawal_history};
use axum::response::Response;
use chrono::{DateTime, Utc};
use customer::primitives::CustomerId;
use kernel::HistoryEntry;

use crate::{
    admin::{
        AdminState,
        customers::page::CustomerRecord,
        money::states,
        operation::{Beside, Subject},
        records::regions::is_public_id,
    },
    error_page::PageError,
    format::{self, money},
    layout::Viewer,
};

/// A deposit or a withdrawal.
pub enum Document {
    Deposit(Box<Deposit>),
    Withdrawal(Box<Withdrawal>),
}

impl Document {
    /// The one with this number, of the kind that an address names: `deposits` or `withdrawals`. That somebody looked is written down.
    ///
    /// # Errors
    /// When there is none, or the viewer may not see it.
    pub async fn find(
        state: &AdminState,
        viewer: &Viewer,
        kind: &str,
        number: &str,
    ) -> Result<Self, PageError> {
        let (money, who) = (&state.money, &viewer.subject);
        let is_deposit = kind == "deposits";
        if !is_public_id(number) {
            let kind = if is_deposit { "deposit" } else { "withdrawal" };
            return Err(PageError::NotFound(kind));
        }
        Ok(if is_deposit {
            let deposit = money.deposit_by_public_id(who, number).await?;
            Self::Deposit(Box::new(deposit))
        } else {
            let withdrawal = money.withdrawal_by_public_id(who, number).await?;
            Self::Withdrawal(Box::new(withdrawal))
        })
    }

    /// The kind, in sentences.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Deposit(_) => "deposit",
            Self::Withdrawal(_) => "withdrawal",
        }
    }

    /// The kind, as a heading.
    pub const fn heading(&self) -> &'static str {
        match self {
            Self::Deposit(_) => "Deposit",
            Self::Withdrawal(_) => "Withdrawal",
        }
    }

    /// Whose it is.
    pub fn owner(&self) -> CustomerId {
        match self {
            Self::Deposit(it) => it.customer_id,
            Self::Withdrawal(it) => it.customer_id,
        }
    }

    /// Its number, which addresses and people know it by.
    pub fn number(&self) -> String {
        match self {
            Self::Deposit(it) => it.public_id.to_string(),
            Self::Withdrawal(it) => it.public_id.to_string(),
        }
    }

    /// Where its page is.
    pub fn address(&self) -> String {
        format!("/ledger/{}s/{}", self.kind(), self.number())
    }

    /// The id of its line on pages.
    pub fn line(&self) -> String {
        format!("{}-{}", self.kind(), self.number())
    }

    /// How much it is about, in US cents.
    pub fn cents(&self) -> i64 {
        match self {
            Self::Deposit(it) => it.amount.cents(),
            Self::Withdrawal(it) => it.amount.cents(),
        }
    }

    /// What it is known by outside.
    pub fn reference(&self) -> Option<String> {
        match self {
            Self::Deposit(it) => it.reference(),
            Self::Withdrawal(it) => it.reference(),
        }
    }

    /// When it was recorded or started.
    pub fn made_at(&self) -> DateTime<Utc> {
        match self {
            Self::Deposit(it) => it.created_at(),
            Self::Withdrawal(it) => it.created_at(),
        }
    }

    /// Who recorded or started it.
    pub fn made_by(&self) -> &str {
        match self {
            Self::Deposit(it) => &it.made_by,
            Self::Withdrawal(it) => &it.made_by,
        }
    }

    /// What people know it by.
    pub fn name(&self) -> String {
        let (heading, number, amount) = (self.heading(), self.number(), money(self.cents()));
        let known = self
            .reference()
            .map_or_else(String::new, |known| format!(" ({known})"));
        format!("{heading} {number} of {amount}{known}")
    }

    /// Its state as word, shape and colour.
    pub fn state(&self) -> format::State {
        match self {
            Self::Deposit(it) => states::deposit(it.status),
            Self::Withdrawal(it) => states::withdrawal(it.status),
        }
    }

    /// What became of it, the oldest first.
    pub fn history(&self) -> Vec<HistoryEntry> {
        match self {
            Self::Deposit(it) => deposit_history(it),
            Self::Withdrawal(it) => withdrawal_history(it),
        }
    }

    /// What the domain's table asks for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn facts(&self, state: &AdminState, viewer: &Viewer) -> Result<Facts, PageError> {
        let (money, who) = (&state.money, &viewer.subject);
        Ok(match self {
            Self::Deposit(it) => money.document_facts(who, it.as_ref()).await?,
            Self::Withdrawal(it) => money.document_facts(who, it.as_ref()).await?,
        })
    }

    /// The others of the account that have or had its reference: number, and how each stands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn same_reference(
        &self,
        state: &AdminState,
    ) -> Result<Vec<(String, &'static str)>, PageError> {
        let money = &state.money;
        Ok(match self {
            Self::Deposit(it) => {
                let found = money.others_with_its_reference(it.as_ref()).await?;
                let other = found.into_iter();
                let other = other.map(|it| (it.public_id.to_string(), it.status.label()));
                other.collect()
            }
            Self::Withdrawal(it) => {
                let found = money.others_with_its_reference(it.as_ref()).await?;
                let other = found.into_iter();
                let other = other.map(|it| (it.public_id.to_string(), it.status.label()));
                other.collect()
            }
        })
    }
}

/// A document, or one that is to be made, on the page of its customer.
pub struct MoneySubject {
    pub record: CustomerRecord,
    pub document: Option<Document>,
    /// The list on which the dialog was opened.
    pub from: Option<String>,
}

impl MoneySubject {
    /// What the dialog sends along of the page on which it was opened.
    pub fn come_from(&self) -> Option<(&'static str, String)> {
        let from = self.from.clone().or_else(|| self.record.from());
        from.map(|from| ("from", from))
    }
}

impl Subject for MoneySubject {
    fn path(&self) -> String {
        self.from.clone().unwrap_or_else(|| self.record.path())
    }

    fn line(&self) -> Option<String> {
        self.document.as_ref().map(Document::line)
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
