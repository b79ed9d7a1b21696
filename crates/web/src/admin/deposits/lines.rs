//! Deposits and withdrawals on pages: a line each, with its state and what can be done.

use ::deposit::{
    Deposit, DepositStatus, Withdrawal, WithdrawalStatus,
    rules::{self, Action, Facts},
};
use kernel::Decision;

use crate::{
    admin::{
        dealings::Dealing,
        dialog::{Offer, Offers},
    },
    format::{self, Shape, Time, Tone, money},
    layout::Viewer,
};

/// A line.
pub struct Line {
    /// Its number.
    pub number: String,
    /// Where it has a page.
    pub address: String,
    /// The id of its line.
    pub id: String,
    pub state: format::State,
    pub amount: String,
    pub reference: Option<String>,
    pub at: Time,
    pub offers: Offers,
}

impl Line {
    /// A deposit of the customer at `record`.
    pub fn deposit(viewer: &Viewer, record: &str, deposit: &Deposit, facts: Facts) -> Self {
        Self {
            number: deposit.public_id.to_string(),
            address: format!("/ledger/deposits/{}", deposit.public_id),
            id: format!("deposit-{}", deposit.public_id),
            state: deposit_state(deposit.status),
            amount: money(deposit.amount.cents()),
            reference: deposit.reference(),
            at: Time::of(deposit.created_at()),
            offers: deposit_offers(viewer, record, deposit, facts),
        }
    }

    /// A withdrawal of the customer at `record`.
    pub fn withdrawal(
        viewer: &Viewer,
        record: &str,
        withdrawal: &Withdrawal,
        facts: Facts,
    ) -> Self {
        Self {
            number: withdrawal.public_id.to_string(),
            address: format!("/ledger/withdrawals/{}", withdrawal.public_id),
            id: format!("withdrawal-{}", withdrawal.public_id),
            state: withdrawal_state(withdrawal.status),
            amount: money(withdrawal.amount.cents()),
            reference: withdrawal.reference(),
            at: Time::of(withdrawal.created_at()),
            offers: withdrawal_offers(viewer, record, withdrawal, facts),
        }
    }
}

/// What can be done to a deposit of the customer at `record`.
pub fn deposit_offers(viewer: &Viewer, record: &str, deposit: &Deposit, facts: Facts) -> Offers {
    let about = Row {
        viewer,
        record,
        number: deposit.public_id.to_string(),
        about: format!("deposit-{}", deposit.public_id),
    };
    let revert = Action::RevertDeposit(deposit.status);
    let offer = about.offer(Dealing::RevertDeposit, rules::may(revert, facts));
    Offers::new(offer.into_iter().collect())
}

/// What can be done to a withdrawal of the customer at `record`.
pub fn withdrawal_offers(
    viewer: &Viewer,
    record: &str,
    withdrawal: &Withdrawal,
    facts: Facts,
) -> Offers {
    let about = Row {
        viewer,
        record,
        number: withdrawal.public_id.to_string(),
        about: format!("withdrawal-{}", withdrawal.public_id),
    };
    let status = withdrawal.status;
    let acts = [
        (
            Dealing::ConfirmWithdrawal,
            Action::ConfirmWithdrawal(status),
        ),
        (Dealing::CancelWithdrawal, Action::CancelWithdrawal(status)),
        (Dealing::RevertWithdrawal, Action::RevertWithdrawal(status)),
    ];
    let offer = |(dealing, action)| about.offer(dealing, rules::may(action, facts));
    Offers::new(acts.into_iter().filter_map(offer).collect())
}

/// A document among others, for whoever looks.
pub struct Row<'a> {
    pub viewer: &'a Viewer,
    /// Where its customer's page is.
    pub record: &'a str,
    /// What addresses know it by.
    pub number: String,
    /// The id of its line.
    pub about: String,
}

impl Row<'_> {
    /// The button, unless it is of no use here. Of refusals only this one is about the document: what holds for the whole
    /// account is said once, above.
    fn offer(&self, dealing: Dealing, may: Decision) -> Option<Offer> {
        match may {
            Decision::Do => self.button(dealing, None),
            Decision::Refused(words @ (rules::OWN | rules::PERHAPS_OWN)) => {
                self.button(dealing, Some(words.to_owned()))
            }
            Decision::Refused(_) | Decision::IsSo => None,
        }
    }

    /// The button, with why it can't be used.
    pub fn button(&self, dealing: Dealing, disabled: Option<String>) -> Option<Offer> {
        let words = dealing.words();
        self.viewer.may(words.permission).then(|| Offer {
            slug: dealing.slug(&self.number),
            button: words.button,
            address: dealing.address(self.record, &self.number),
            class: Some(if words.grave { "small grave" } else { "small" }),
            about: Some(self.about.clone()),
            disabled,
            at_once: false,
        })
    }
}

/// A deposit's state as word, shape and colour.
pub fn deposit_state(status: DepositStatus) -> format::State {
    let (tone, shape) = match status {
        DepositStatus::Confirmed => (Tone::Good, Shape::Check),
        DepositStatus::Reverted => (Tone::Quiet, Shape::Bar),
    };
    format::State::new(status.label(), tone, shape)
}

/// A withdrawal's state as word, shape and colour.
pub fn withdrawal_state(status: WithdrawalStatus) -> format::State {
    let (tone, shape) = match status {
        WithdrawalStatus::PendingConfirmation => (Tone::Look, Shape::Half),
        WithdrawalStatus::Confirmed => (Tone::Good, Shape::Check),
        WithdrawalStatus::Cancelled => (Tone::Quiet, Shape::Cross),
        WithdrawalStatus::Reverted => (Tone::Quiet, Shape::Bar),
    };
    format::State::new(status.label(), tone, shape)
}
