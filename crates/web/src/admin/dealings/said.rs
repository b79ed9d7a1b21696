//! Why nothing was done, for the dialog that asked for it.

use ::credit::CreditError;
use ::deposit::DepositError;
use axum::http::StatusCode;

use super::{Dealing, Typed, subject::Subject};
use crate::{
    admin::dialog::{Dialog, Problem},
    error_page::PageError,
    format,
};

/// What the domain answered.
pub enum Failed {
    Deposits(DepositError),
    Credit(CreditError),
}

impl From<DepositError> for Failed {
    fn from(error: DepositError) -> Self {
        Self::Deposits(error)
    }
}

impl From<CreditError> for Failed {
    fn from(error: CreditError) -> Self {
        Self::Credit(error)
    }
}

/// A refusal in words: beside fields, or above them.
pub struct Said {
    pub status: StatusCode,
    fields: Vec<(&'static str, Problem)>,
    problem: Option<String>,
}

impl Said {
    fn above(words: String) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            fields: Vec::new(),
            problem: Some(words),
        }
    }

    fn beside(status: StatusCode, fields: Vec<(&'static str, Problem)>) -> Self {
        Self {
            status,
            fields,
            problem: None,
        }
    }

    /// Perhaps it is done, and only the answer was lost. The dialog keeps its id, so that asking again is safe.
    fn again(error: &dyn std::error::Error) -> Self {
        tracing::warn!(%error, "a dialog's act could not be done, or its answer was lost");
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            fields: Vec::new(),
            problem: Some(
                "It could not be saved just now, or the answer was lost. Confirm again: it is done once.".to_owned(),
            ),
        }
    }

    /// Puts it onto the dialog.
    pub fn on(self, mut dialog: Dialog) -> Dialog {
        dialog.problem = self.problem;
        for (name, problem) in self.fields {
            match dialog.fields.iter_mut().find(|field| field.name == name) {
                Some(field) => field.problem = Some(problem),
                None => dialog.problem = Some(problem.message),
            }
        }
        dialog
    }
}

impl Failed {
    /// In words.
    ///
    /// # Errors
    /// When it is no matter for a dialog.
    pub fn said(self, subject: &Subject, typed: &Typed) -> Result<Said, PageError> {
        match self {
            Self::Deposits(error) => of_money(error, subject, typed),
            Self::Credit(error) => of_credit(error),
        }
    }
}

fn plain(message: String) -> Problem {
    Problem {
        message,
        link: None,
    }
}

fn of_money(error: DepositError, subject: &Subject, typed: &Typed) -> Result<Said, PageError> {
    use ::deposit::Field::{Amount, Reference};
    Ok(match error {
        DepositError::Invalid(errors) => {
            let place = |error: ::deposit::FieldError| {
                let name = match error.field {
                    Amount => "amount",
                    Reference => "reference",
                };
                (name, plain(error.message))
            };
            let fields = errors.into_iter().map(place).collect();
            Said::beside(StatusCode::UNPROCESSABLE_ENTITY, fields)
        }
        DepositError::ReferenceTaken { ref public_id, .. } => {
            let kind = match subject.dealing {
                Dealing::StartWithdrawal => "withdrawals",
                _ => "deposits",
            };
            let problem = Problem {
                link: Some((
                    format!("/ledger/{kind}/{public_id}"),
                    format!("See {public_id}"),
                )),
                message: error.to_string(),
            };
            Said::beside(StatusCode::CONFLICT, vec![("reference", problem)])
        }
        DepositError::Refused(words) => Said::above(words.to_owned()),
        DepositError::Overdraft { short } => {
            // What the ledger saw when it refused, not what is there by now.
            let available = format::money(subject.cents(typed).saturating_sub(short));
            match subject.dealing {
                Dealing::StartWithdrawal => {
                    let words = format!(
                        "There is not enough money on the account: {available} is available."
                    );
                    Said::beside(StatusCode::CONFLICT, vec![("amount", plain(words))])
                }
                _ => Said::above(format!(
                    "The money is spent or reserved already: {available} is available on the account."
                )),
            }
        }
        error if error.is_transient() => Said::again(&error),
        error => return Err(error.into()),
    })
}

fn of_credit(error: CreditError) -> Result<Said, PageError> {
    use ::credit::Field::{Amount, Note, Purpose, Reason};
    Ok(match error {
        CreditError::Invalid(errors) => {
            let place = |error: ::credit::FieldError| {
                let name = match error.field {
                    Amount => "amount",
                    Purpose => "purpose",
                    Note => "note",
                    Reason => "reason",
                };
                (name, plain(error.message))
            };
            let fields = errors.into_iter().map(place).collect();
            Said::beside(StatusCode::UNPROCESSABLE_ENTITY, fields)
        }
        CreditError::Refused(refusal) => Said::above(refusal.to_string()),
        error if error.is_transient() => Said::again(&error),
        error => return Err(error.into()),
    })
}
