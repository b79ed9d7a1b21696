//! What whoever decides over money has to know: whose it is, who began it, when, why, and what will be on the account.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::{
    operations::MoneyOperation,
    subject::{Document, MoneySubject},
};
use crate::{
    admin::{AdminState, names::Names},
    error_page::PageError,
    format::{distance, money},
};

/// For the dialog of a deposit or withdrawal that is there: labels, and what they say; none for a new one.
///
/// # Errors
/// When the database does not answer.
pub async fn facts(
    state: &AdminState,
    operation: MoneyOperation,
    subject: &MoneySubject,
) -> Result<Vec<(&'static str, String)>, PageError> {
    let (by, made, at, reference, cents) = match &subject.document {
        Document::Deposit(it) => (
            &it.recorded_by,
            ("Recorded by", "Recorded"),
            it.created_at(),
            it.reference(),
            it.amount.cents(),
        ),
        Document::Withdrawal(it) => (
            &it.initiated_by,
            ("Started by", "Started"),
            it.created_at(),
            it.reference(),
            it.amount.cents(),
        ),
        Document::New => return Ok(Vec::new()),
    };
    let names = Names::of(state, HashSet::from([by.clone()])).await?;
    let mut facts = vec![
        ("Customer", subject.record.named()),
        (made.0, names.name(by).to_owned()),
        (made.1, moment(at)),
        ("Reference", reference.unwrap_or_else(|| "none".to_owned())),
        ("Amount", money(cents)),
    ];
    match state.deposits.account_of(subject.customer().into()).await {
        Ok(Some(account)) => {
            let before = (account.settled + account.pending, account.pending);
            let (on_it, reserved) = change(operation, cents);
            let after = (before.0 + on_it, before.1 + reserved);
            facts.push(("Balance before", balance(before)));
            facts.push(("Balance after", balance(after)));
        }
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%error, "the ledger did not answer a dialog");
            facts.push((
                "Balance",
                "not known: the ledger does not answer".to_owned(),
            ));
        }
    }
    Ok(facts)
}

/// How much more is on the account afterwards, and how much more of it is reserved (`ledger::Posting`).
fn change(operation: MoneyOperation, cents: i64) -> (i64, i64) {
    match operation {
        MoneyOperation::RevertDeposit => (-cents, 0),
        MoneyOperation::ConfirmWithdrawal => (-cents, -cents),
        MoneyOperation::CancelWithdrawal => (0, -cents),
        MoneyOperation::RevertWithdrawal => (cents, 0),
        _ => (0, 0),
    }
}

fn balance((on_it, reserved): (i64, i64)) -> String {
    if reserved == 0 {
        money(on_it)
    } else {
        format!("{}, of which {} is reserved", money(on_it), money(reserved))
    }
}

fn moment(at: DateTime<Utc>) -> String {
    format!(
        "{} ({})",
        at.format("%Y-%m-%d %H:%M:%S UTC"),
        distance(at, clock::now())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_still_on_the_account() {
        assert_eq!(balance((100_000, 0)), "$1,000.00");
        assert_eq!(
            balance((100_000, 40_000)),
            "$1,000.00, of which $400.00 is reserved"
        );
        assert_eq!(change(MoneyOperation::ConfirmWithdrawal, 5), (-5, -5));
        assert_eq!(change(MoneyOperation::CancelWithdrawal, 5), (0, -5));
    }
}
