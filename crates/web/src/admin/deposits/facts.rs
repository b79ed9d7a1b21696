//! What whoever decides over money has to know: whose it is, who began it, when, why, and what will be on the account.

use chrono::{DateTime, Utc};

use super::{document::Document, operations::MoneyOperation};
use crate::{
    admin::{AdminState, customers::page::CustomerRecord},
    error_page::PageError,
    format::{distance, money},
    zone::Zone,
};

/// For the dialog of an operation on a document of this customer: labels, and what they say.
///
/// # Errors
/// When the database does not answer.
pub async fn facts(
    state: &AdminState,
    operation: MoneyOperation,
    record: &CustomerRecord,
    document: &Document,
) -> Result<Vec<(&'static str, String)>, PageError> {
    let (by, cents) = (document.made_by(), document.cents());
    let made = match document {
        Document::Deposit(_) => ("Recorded by", "Recorded"),
        Document::Withdrawal(_) => ("Started by", "Started"),
    };
    let names = state.names([by]).await?;
    let reference = document.reference();
    let mut facts = vec![
        ("Customer", record.named()),
        (made.0, names.name(by)),
        (made.1, moment(document.made_at())),
        ("Reference", reference.unwrap_or_else(|| "none".to_owned())),
        ("Amount", money(cents)),
    ];
    match state.deposits.account_of(document.owner().into()).await {
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
        Zone::of_viewer().exact(at),
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
