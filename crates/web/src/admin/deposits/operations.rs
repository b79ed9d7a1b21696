//! What is done with deposits and withdrawals, on the page of their customer: one table, what each operation asks for, says and does.

use ::deposit::{
    DepositId, DocumentKind, WithdrawalId,
    rules::{self, Action},
};
use access::Permission;
use kernel::Error;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    answers,
    document::{Document, MoneySubject},
};
use crate::{
    admin::{
        AdminState,
        customers::page::CustomerRecord,
        dialog::Asks,
        money,
        operation::{self, Offered, Operation, Performed, Sent, Subject as _, Words},
        refusal::Refusal,
    },
    error_page::PageError,
    format,
    layout::Viewer,
};

/// What is done with a customer's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyOperation {
    RecordDeposit,
    RevertDeposit,
    StartWithdrawal,
    ConfirmWithdrawal,
    CancelWithdrawal,
    RevertWithdrawal,
}

/// The address behind the customer's: `deposits/new`, `withdrawals/100012/confirm`.
#[derive(Debug, Deserialize)]
pub struct MoneyAddress {
    /// The customer's public id.
    public_id: String,
    /// `deposits` or `withdrawals`.
    kind: String,
    /// The number of one that is there.
    document: Option<String>,
    /// What is done to it.
    operation: Option<String>,
}

impl MoneyOperation {
    /// What addresses say: the kind of document, and what is done to one that is there.
    const fn path(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::RecordDeposit => ("deposits", None),
            Self::RevertDeposit => ("deposits", Some("revert")),
            Self::StartWithdrawal => ("withdrawals", None),
            Self::ConfirmWithdrawal => ("withdrawals", Some("confirm")),
            Self::CancelWithdrawal => ("withdrawals", Some("cancel")),
            Self::RevertWithdrawal => ("withdrawals", Some("revert")),
        }
    }

    /// Where the dialog is, for the customer at `record` and the document with this number.
    pub fn address(self, record: &str, number: &str) -> String {
        match self.path() {
            (kind, None) => format!("{record}/{kind}/new"),
            (kind, Some(operation)) => format!("{record}/{kind}/{number}/{operation}"),
        }
    }

    /// The domain's action, when it is one on such a document, or one that makes one.
    pub fn action(self, document: Option<&Document>) -> Option<Action> {
        use Document::{Deposit, Withdrawal};
        Some(match (self, document) {
            (Self::RecordDeposit, None) => Action::RecordDeposit,
            (Self::StartWithdrawal, None) => Action::InitiateWithdrawal,
            (Self::RevertDeposit, Some(Deposit(it))) => Action::RevertDeposit(it.status),
            (Self::ConfirmWithdrawal, Some(Withdrawal(it))) => Action::ConfirmWithdrawal(it.status),
            (Self::CancelWithdrawal, Some(Withdrawal(it))) => Action::CancelWithdrawal(it.status),
            (Self::RevertWithdrawal, Some(Withdrawal(it))) => Action::RevertWithdrawal(it.status),
            _ => return None,
        })
    }
}

impl Operation for MoneyOperation {
    type Address = MoneyAddress;
    type Subject = MoneySubject;
    const DONE_ONCE: bool = true;
    const ALL: &'static [Self] = &[
        Self::RecordDeposit,
        Self::RevertDeposit,
        Self::StartWithdrawal,
        Self::ConfirmWithdrawal,
        Self::CancelWithdrawal,
        Self::RevertWithdrawal,
    ];

    fn named(address: &MoneyAddress) -> Option<Self> {
        let path = (address.kind.as_str(), address.operation.as_deref());
        let mut all = Self::ALL.iter().copied();
        all.find(|operation| operation.path() == path)
    }

    #[rustfmt::skip]
    fn words(self) -> Words {
        use Permission::{DepositCreate, WithdrawalConfirm};
        let words = |slug, button, heading, consequence, done, asks, permission, grave| Words {
            slug, button, heading, consequence, done, asks, permission, grave,
        };
        match self {
            Self::RecordDeposit => words("record-deposit", "Record deposit", "Record deposit",
                "The money is on the account at once.",
                "The deposit was recorded.",
                Asks::Movement, DepositCreate, false),
            Self::RevertDeposit => words("revert-deposit", "Revert", "Revert deposit",
                "The money leaves the account again, by a counter-entry. Both stay in the books.",
                "The deposit was reverted.",
                Asks::Nothing, WithdrawalConfirm, true),
            Self::StartWithdrawal => words("start-withdrawal", "Start withdrawal", "Start withdrawal",
                "The money is reserved at once, and leaves when the withdrawal is confirmed.",
                "The withdrawal was started; it waits to be confirmed.",
                Asks::Movement, DepositCreate, false),
            Self::ConfirmWithdrawal => words("confirm-withdrawal", "Confirm", "Confirm withdrawal",
                "The reserved money leaves.",
                "The withdrawal was confirmed.",
                Asks::Nothing, WithdrawalConfirm, false),
            Self::CancelWithdrawal => words("cancel-withdrawal", "Cancel", "Cancel withdrawal",
                "The reserved money is on the account again.",
                "The withdrawal was cancelled.",
                Asks::Nothing, DepositCreate, false),
            Self::RevertWithdrawal => words("revert-withdrawal", "Revert", "Revert withdrawal",
                "The money comes back to the account, by a counter-entry. Both stay in the books.",
                "The withdrawal was reverted.",
                Asks::Nothing, WithdrawalConfirm, true),
        }
    }

    async fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        address: &MoneyAddress,
        sent: &Sent,
    ) -> Result<MoneySubject, PageError> {
        let record = CustomerRecord::find(state, viewer, &address.public_id).await?;
        let record = record.opened_on(&sent.from);
        let document = match &address.document {
            None => None,
            Some(number) => {
                let document = Document::find(state, viewer, &address.kind, number).await?;
                if document.owner() != record.customer.id {
                    return Err(PageError::NotFound(document.kind()));
                }
                Some(document)
            }
        };
        let from = money::list_address(&sent.from);
        Ok(MoneySubject {
            record,
            document,
            from,
        })
    }

    async fn offered(
        self,
        state: &AdminState,
        viewer: &Viewer,
        subject: &MoneySubject,
    ) -> Result<Offered, PageError> {
        let facts = match &subject.document {
            None => {
                state
                    .money
                    .account_facts(subject.record.customer.id)
                    .await?
            }
            Some(document) => document.facts(state, viewer).await?,
        };
        let action = self.action(subject.document.as_ref());
        Ok(action.map_or(Offered::No, |action| {
            Offered::of(rules::may(action, facts), true)
        }))
    }

    fn consequence(self, subject: &MoneySubject) -> String {
        let words = self.words().consequence;
        match &subject.document {
            None => words.to_owned(),
            Some(document) => format!("{}. {words}", document.name()),
        }
    }

    fn confirms(self, subject: &MoneySubject) -> Option<String> {
        let document = subject.document.as_ref()?;
        let (amount, called) = (format::money(document.cents()), subject.record.called());
        let act = match self {
            Self::ConfirmWithdrawal => "",
            Self::CancelWithdrawal => "cancelling ",
            _ => "reverting ",
        };
        Some(format!("{act}{amount} for {called}"))
    }

    async fn facts(
        self,
        state: &AdminState,
        subject: &MoneySubject,
    ) -> Result<Vec<(&'static str, String)>, PageError> {
        match &subject.document {
            None => Ok(Vec::new()),
            Some(document) => super::facts::facts(state, self, &subject.record, document).await,
        }
    }

    fn hidden(self, subject: &MoneySubject, sent: &Sent) -> Vec<(&'static str, String)> {
        let new = subject.document.is_none();
        let id = new.then(|| ("id", sent.id.unwrap_or_else(Uuid::now_v7).to_string()));
        id.into_iter().chain(subject.come_from()).collect()
    }

    /// A list says it at its top.
    fn done_address(self, subject: &MoneySubject) -> String {
        let line = subject.line().filter(|_| subject.from.is_none());
        operation::done_at(&subject.path(), line, self.words().slug)
    }

    fn button_id(self, subject: &MoneySubject) -> String {
        let slug = self.words().slug;
        match &subject.document {
            None => format!("act-{slug}"),
            Some(document) => format!("act-{slug}-{}", document.number()),
        }
    }

    fn refusal(
        self,
        subject: &MoneySubject,
        sent: &Sent,
        error: Error,
    ) -> Result<Refusal, PageError> {
        answers::refusal(self, subject, sent, error)
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        subject: &MoneySubject,
        sent: &Sent,
    ) -> Result<Performed, Error> {
        let (money, who, customer) = (&state.money, &viewer.subject, subject.record.customer.id);
        let (amount, reference) = (sent.amount.parse(), sent.reference.as_str());
        let new = || sent.id.unwrap_or_else(Uuid::now_v7);
        match (self, &subject.document) {
            (Self::RecordDeposit, _) => {
                let checked = money.check(who, DocumentKind::Deposit, customer, amount, reference);
                let (id, checked) = (DepositId::from(new()), checked.await?);
                if let Some(above) = money.asks_twice(checked.amount)
                    && sent.twice != Some(checked.amount.cents())
                {
                    return Ok(answers::twice(checked.amount, above));
                }
                money.record_deposit(who, id, &checked).await?;
            }
            (Self::StartWithdrawal, _) => {
                let checked =
                    money.check(who, DocumentKind::Withdrawal, customer, amount, reference);
                let (id, checked) = (WithdrawalId::from(new()), checked.await?);
                money.initiate_withdrawal(who, id, &checked).await?;
            }
            (Self::RevertDeposit, Some(Document::Deposit(it))) => {
                money.revert_deposit(who, it.id).await?;
            }
            (Self::ConfirmWithdrawal, Some(Document::Withdrawal(it))) => {
                money.confirm_withdrawal(who, it.id).await?;
            }
            (Self::CancelWithdrawal, Some(Document::Withdrawal(it))) => {
                money.cancel_withdrawal(who, it.id).await?;
            }
            (Self::RevertWithdrawal, Some(Document::Withdrawal(it))) => {
                money.revert_withdrawal(who, it.id).await?;
            }
            _ => return Err(Error::NO_RECORD),
        }
        Ok(Performed::Done)
    }
}
