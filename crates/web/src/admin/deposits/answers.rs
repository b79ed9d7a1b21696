//! What dialogs about money answer when it is not done, or not yet.

use ::deposit::field::AMOUNT;
use kernel::{Amount, Error};

use super::{document::MoneySubject, operations::MoneyOperation};
use crate::{
    admin::{
        dialog::Problem,
        operation::{Performed, Sent},
        refusal::Refusal,
    },
    amount_words::in_words,
    error_page::PageError,
    format,
};

/// Why it was not done.
///
/// # Errors
/// An error page, when it is no matter for a dialog.
pub fn refusal(
    operation: MoneyOperation,
    subject: &MoneySubject,
    sent: &Sent,
    error: Error,
) -> Result<Refusal, PageError> {
    let Error::NotEnough { short } = error else {
        return Refusal::of(error);
    };
    let cents = match &subject.document {
        Some(document) => document.cents(),
        None => sent.amount.parse().map_or(0, Amount::cents),
    };
    // What the ledger saw when it refused, not what is there by now.
    let available = format::money(cents.saturating_sub(short));
    Ok(match operation {
        MoneyOperation::StartWithdrawal => Refusal::beside(
            AMOUNT,
            Problem {
                message: format!(
                    "There is not enough money on the account: {available} is available."
                ),
                link: None,
            },
        ),
        _ => Refusal::above(format!(
            "The money is spent or reserved already: {available} is available on the account."
        )),
    })
}

/// A deposit of so much is asked for twice.
pub fn twice(amount: Amount, above: Amount) -> Performed {
    let cents = amount.cents();
    let words = format!(
        "Is it really {}, {}? This is more than {}: look at the amount once more, and confirm it a second time.",
        format::money(cents),
        in_words(amount),
        format::money(above.cents()),
    );
    Performed::AskedAgain(words, ("twice", cents.to_string()))
}
