//! Why money or credit did not move, for the dialog that asked for it.

use ::deposit::field::AMOUNT;
use axum::http::StatusCode;
use kernel::Error;

use super::{Dealing, Typed, subject::Subject};
use crate::{
    admin::{dialog::Problem, refusal::Refusal},
    error_page::PageError,
    format,
};

/// In words for the dialog.
///
/// # Errors
/// An error page, when it is no matter for a dialog.
pub fn refusal(error: Error, subject: &Subject, typed: &Typed) -> Result<Refusal, PageError> {
    match error {
        Error::NotEnough { short } => {
            // What the ledger saw when it refused, not what is there by now.
            let available = format::money(subject.cents(typed).saturating_sub(short));
            Ok(match subject.dealing {
                Dealing::StartWithdrawal => Refusal::beside(
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
        // Perhaps it is done, and only the answer was lost. The dialog keeps its id, so that asking again is safe.
        error if error.is_transient() => {
            tracing::warn!(%error, "a dialog's act could not be done, or its answer was lost");
            Ok(Refusal {
                status: StatusCode::SERVICE_UNAVAILABLE,
                ..Refusal::above(
                    "It could not be saved just now, or the answer was lost. Confirm again: it is done once."
                        .to_owned(),
                )
            })
        }
        error => Refusal::of(error),
    }
}
