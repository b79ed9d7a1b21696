//! A customer, as its page has it.

use std::sync::OnceLock;

use ::customer::{customer::Customer, primitives::Verification, prospect::Prospect};
use ::provisioning::StepView;
use deposit::Told;
use kernel::HistoryEntry;
use ledger::DepositAccount;
use tokio::sync::OnceCell;

use super::{operations::CustomerOperation, tab::Tab};
use crate::{
    admin::{
        AdminState,
        dialog::Offers,
        operation::{self, Beside},
        records::regions,
    },
    error_page::PageError,
    layout::Viewer,
};

/// A customer, with the record of its verification and the steps of its provisioning, on one of the tabs of its page.
pub struct CustomerRecord {
    pub prospect: Prospect,
    pub customer: Customer,
    pub steps: Vec<StepView>,
    pub tab: Tab,
    /// What its page shows in more than one place.
    pub read: Read,
}

/// What was read already, of what a page shows in more than one place.
#[derive(Default)]
pub struct Read {
    account: OnceCell<Option<DepositAccount>>,
    /// What happened to the newest deposits and withdrawals…
    pub documents: OnceLock<Vec<Told>>,
    /// …and what happened to the newest proposals.
    pub proposals: OnceLock<Vec<HistoryEntry>>,
}

impl CustomerRecord {
    /// Finds it; that somebody looked is written down.
    ///
    /// # Errors
    /// When there is none, or the viewer may not see it.
    pub async fn find(
        state: &AdminState,
        viewer: &Viewer,
        public_id: &str,
    ) -> Result<Self, PageError> {
        let (prospect, customer) = regions::customer(state, viewer, public_id).await?;
        let steps = state.board.steps_of(customer.id.into()).await?;
        Ok(Self {
            prospect,
            customer,
            steps,
            tab: Tab::default(),
            read: Read::default(),
        })
    }

    /// Its account with what is on it, read once; none before it is opened.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn account(&self, state: &AdminState) -> Result<Option<&DepositAccount>, PageError> {
        let read = || state.deposits.account_of(self.customer.id.into());
        let account = self.read.account.get_or_try_init(read).await?;
        Ok(account.as_ref())
    }

    /// On the tab on which a dialog was opened.
    pub fn opened_on(self, address: &str) -> Self {
        let tab = Tab::at(address, &self.own_path());
        Self { tab, ..self }
    }

    /// Where its page is.
    pub fn own_path(&self) -> String {
        format!("/customers/{}", self.customer.public_id)
    }

    /// Where the tab is, for what is opened on it to come back to; none for the first, where all leads anyway.
    pub fn from(&self) -> Option<String> {
        let path = self.tab.path(&self.own_path());
        (self.tab != Tab::Overview).then_some(path)
    }

    /// As people speak of it: the name, else the e-mail address, else the number.
    pub fn called(&self) -> String {
        let known = self.prospect.name().or_else(|| self.customer.email());
        known.unwrap_or_else(|| format!("customer {}", self.customer.public_id))
    }

    /// Who it is, for whoever decides about it without its page.
    pub fn named(&self) -> String {
        let data = self.prospect.personal_data();
        let known = [
            data.and_then(|data| data.full_name()),
            self.customer.email(),
        ];
        let known: Vec<String> = known.into_iter().flatten().collect();
        match known.join(", ") {
            nothing if nothing.is_empty() => format!("Customer {}", self.customer.public_id),
            known => format!("{known} ({})", self.customer.public_id),
        }
    }

    /// What "Retry now" tries.
    pub fn failed(&self) -> impl Iterator<Item = &StepView> {
        self.steps.iter().filter(|step| step.state.can_be_retried())
    }

    /// Whether a RED stands.
    pub fn is_rejected(&self) -> bool {
        self.customer.verification == Verification::Rejected
    }

    /// The buttons of these operations.
    pub fn offers(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: &mut Beside,
        operations: &[CustomerOperation],
    ) -> Offers {
        let offered = |operation: CustomerOperation| operation.may(state, self);
        operation::offers(viewer, self, operations, offered, beside).opened_on_page(self.from())
    }
}
