//! What the domains answer, for the pages of both listeners: the one place that turns [`kernel::Error`] into an error page.

use access::{AccessError, OwnLoginError};
use kernel::{Error, Outside, Outsider};
use ledger::LedgerError;

use super::PageError;

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(kind) => PageError::NotFound(kind.name()),
            Error::Forbidden(permission) => PageError::Forbidden(permission),
            Error::Refused(_) | Error::NotEnough { .. } | Error::Taken { .. } => {
                PageError::Conflict(error.to_string())
            }
            Error::BadCursor(_) => PageError::BadRequest("This page of the list does not exist."),
            Error::Outside(outside) if outside.transient => silent(&outside),
            Error::Store {
                transient: true, ..
            } => {
                tracing::warn!(%error, "a page could not read or write");
                PageError::Unavailable("The record could not be read or saved just now.".to_owned())
            }
            Error::Database(error) => error.into(),
            // A page that asks for input shows what is wrong with it beside the fields.
            Error::Invalid(_) | Error::Outside(_) | Error::Store { .. } | Error::Defect(_) => {
                PageError::Internal(Box::new(error))
            }
        }
    }
}

/// Somebody outside does not answer.
fn silent(outside: &Outside) -> PageError {
    let error = &outside.log;
    let words = match outside.who {
        Outsider::Ledger => {
            tracing::error!(%error, "the ledger did not answer a page");
            "The ledger does not answer."
        }
        Outsider::Identity => {
            tracing::warn!(%error, "nobody could say what an operator may do");
            "Keycloak does not answer, so nobody can say what you may do."
        }
        Outsider::Sumsub | Outsider::Mail => {
            tracing::warn!(%error, "a page could not read or write");
            "The record could not be read or saved just now."
        }
    };
    PageError::Unavailable(words.to_owned())
}

/// Errors of a domain or a port that become a [`kernel::Error`] first.
macro_rules! by_the_kernels_error {
    ($($error:ty),+) => {
        $(impl From<$error> for PageError {
            fn from(error: $error) -> Self {
                Error::from(error).into()
            }
        })+
    };
}

by_the_kernels_error!(AccessError, OwnLoginError, LedgerError);
