//! Deposits and withdrawals on pages: a line each, with its state and what can be done.

use ::deposit::{
    Deposit, DepositStatus, Withdrawal, WithdrawalStatus,
    rules::{self, Facts},
};
use kernel::Decision;

use super::{operations::MoneyOperation, subject::Kind};
use crate::{
    admin::{
        dialog::Offers,
        operation::{Offered, Operation as _},
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
        let number = deposit.public_id.to_string();
        Self {
            address: format!("/ledger/deposits/{number}"),
            id: format!("deposit-{number}"),
            state: deposit_state(deposit.status),
            amount: money(deposit.amount.cents()),
            reference: deposit.reference(),
            at: Time::of(deposit.created_at()),
            offers: offers(
                viewer,
                record,
                Kind::Deposit(deposit.status),
                &number,
                facts,
            ),
            number,
        }
    }

    /// A withdrawal of the customer at `record`.
    pub fn withdrawal(
        viewer: &Viewer,
        record: &str,
        withdrawal: &Withdrawal,
        facts: Facts,
    ) -> Self {
        let number = withdrawal.public_id.to_string();
        let kind = Kind::Withdrawal(withdrawal.status);
        Self {
            address: format!("/ledger/withdrawals/{number}"),
            id: format!("withdrawal-{number}"),
            state: withdrawal_state(withdrawal.status),
            amount: money(withdrawal.amount.cents()),
            reference: withdrawal.reference(),
            at: Time::of(withdrawal.created_at()),
            offers: offers(viewer, record, kind, &number, facts),
            number,
        }
    }
}

/// What can be done to a document of the customer at `record`, or made for the customer. Of refusals only those stand at a document's
/// line that are about the document: what holds for the whole account is said once, where something new begins.
pub fn offers(viewer: &Viewer, record: &str, kind: Kind, number: &str, facts: Facts) -> Offers {
    let line = match kind {
        Kind::New => None,
        Kind::Deposit(_) => Some(format!("deposit-{number}")),
        Kind::Withdrawal(_) => Some(format!("withdrawal-{number}")),
    };
    let button = |operation: &MoneyOperation| {
        let may = rules::may(operation.action(kind)?, facts);
        let about_it = matches!(may, Decision::Refused(rules::OWN | rules::PERHAPS_OWN));
        let offered = Offered::of(may, line.is_none() || about_it);
        let address = operation.address(record, number);
        let offer = operation.words().offer(viewer, address, offered)?;
        Some(match &line {
            None => offer,
            Some(line) => offer.on_line(number, line),
        })
    };
    Offers::new(MoneyOperation::ALL.iter().filter_map(button).collect())
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
