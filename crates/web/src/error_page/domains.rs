//! What money, credit and the ledger answer, for the pages of both sites.

use credit::CreditError;
use deposit::DepositError;
use ledger::{LedgerError, ReadError};

use super::PageError;

impl From<DepositError> for PageError {
    fn from(error: DepositError) -> Self {
        match error {
            DepositError::NotFound => PageError::NotFound("record"),
            DepositError::Access(error) => error.into(),
            DepositError::Refused(_)
            | DepositError::Overdraft { .. }
            | DepositError::ReferenceTaken { .. } => PageError::Conflict(error.to_string()),
            DepositError::Database(error) => error.into(),
            DepositError::Ledger(error) => error.into(),
            error if error.is_transient() => away(&error),
            other => PageError::Internal(Box::new(other)),
        }
    }
}

impl From<CreditError> for PageError {
    fn from(error: CreditError) -> Self {
        match error {
            CreditError::NotFound => PageError::NotFound("record"),
            CreditError::Access(error) => error.into(),
            CreditError::Refused(_) => PageError::Conflict(error.to_string()),
            CreditError::Database(error) => error.into(),
            CreditError::Ledger(error) => error.into(),
            error if error.is_transient() => away(&error),
            other => PageError::Internal(Box::new(other)),
        }
    }
}

impl From<LedgerError> for PageError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Unavailable(_) => {
                tracing::error!(%error, "the ledger did not answer a page");
                PageError::Unavailable("The ledger does not answer.".to_owned())
            }
            other => PageError::Internal(Box::new(other)),
        }
    }
}

impl From<ReadError> for PageError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Access(error) => error.into(),
            ReadError::Deposit(error) => error.into(),
        }
    }
}

fn away(error: &dyn std::error::Error) -> PageError {
    tracing::warn!(%error, "a page could not read or write");
    PageError::Unavailable("The record could not be read or saved just now.".to_owned())
}
