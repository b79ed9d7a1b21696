//! Deposits and withdrawals.

use ::deposit::{
    DepositId, WithdrawalId,
    rules::{self, Action, Facts},
};
use kernel::{Decision, Error};
use uuid::Uuid;

use super::{
    Dealing, Typed,
    subject::{Document, Subject},
};
use crate::{
    admin::{AdminState, prospects::operations::Offered},
    layout::Viewer,
};

/// Whether the table allows it; whoever asks for it reads why not.
pub fn asked_for(dealing: Dealing, document: &Document, facts: Facts) -> Offered {
    let Some(action) = action(dealing, document) else {
        return Offered::No;
    };
    match rules::may(action, facts) {
        Decision::Do => Offered::Yes,
        Decision::IsSo => Offered::No,
        Decision::Refused(words) => Offered::Disabled(words.to_owned()),
    }
}

fn action(dealing: Dealing, document: &Document) -> Option<Action> {
    use Document::{Deposit, New, Withdrawal};
    Some(match (dealing, document) {
        (Dealing::RecordDeposit, New) => Action::RecordDeposit,
        (Dealing::StartWithdrawal, New) => Action::InitiateWithdrawal,
        (Dealing::RevertDeposit, Deposit(it)) => Action::RevertDeposit(it.status),
        (Dealing::ConfirmWithdrawal, Withdrawal(it)) => Action::ConfirmWithdrawal(it.status),
        (Dealing::CancelWithdrawal, Withdrawal(it)) => Action::CancelWithdrawal(it.status),
        (Dealing::RevertWithdrawal, Withdrawal(it)) => Action::RevertWithdrawal(it.status),
        _ => return None,
    })
}

/// Does it.
pub async fn perform(
    subject: &Subject,
    state: &AdminState,
    viewer: &Viewer,
    typed: &Typed,
) -> Result<(), Error> {
    let (money, who, customer) = (&state.money, &viewer.subject, subject.customer);
    let (amount, reference) = (typed.amount.parse(), typed.reference.as_str());
    let new = || typed.id.unwrap_or_else(Uuid::now_v7);
    match (subject.dealing, &subject.document) {
        (Dealing::RecordDeposit, _) => {
            let checked = money
                .check_deposit(who, customer, amount, reference)
                .await?;
            money
                .record_deposit(who, DepositId::from(new()), &checked)
                .await?;
        }
        (Dealing::StartWithdrawal, _) => {
            let checked = money
                .check_withdrawal(who, customer, amount, reference)
                .await?;
            money
                .initiate_withdrawal(who, WithdrawalId::from(new()), &checked)
                .await?;
        }
        (Dealing::RevertDeposit, Document::Deposit(it)) => {
            money.revert_deposit(who, it.id).await?;
        }
        (Dealing::ConfirmWithdrawal, Document::Withdrawal(it)) => {
            money.confirm_withdrawal(who, it.id).await?;
        }
        (Dealing::CancelWithdrawal, Document::Withdrawal(it)) => {
            money.cancel_withdrawal(who, it.id).await?;
        }
        (Dealing::RevertWithdrawal, Document::Withdrawal(it)) => {
            money.revert_withdrawal(who, it.id).await?;
        }
        _ => return Err(Error::NO_RECORD),
    }
    Ok(())
}
