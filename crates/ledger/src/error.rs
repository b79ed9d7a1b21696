//! What can go wrong with a deposit account.

use std::error::Error;

use cala_ledger::CalaFault;
use es_entity::errlanes::{Fail, Fatal, FatalKind, Fault, LaneRef, Rejection, lanes};

/// Why the ledger did not do what was asked. The words carry ids and account numbers only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The ledger's database is away, busy or starting. Nothing was done, or it was done and the answer
    /// was lost; trying again is safe.
    #[error("the ledger does not answer ({0}); it is tried again")]
    Unavailable(String),
    /// The ledger answered, but not as it should: a mistake in the set-up or in the program. Trying again
    /// is safe, and helps once that is mended.
    #[error("the ledger failed ({0}); look at usher's log and run `usher doctor`")]
    Ledger(String),
    /// The account number, or the customer's account, is taken by something else.
    #[error("{0}")]
    Conflict(String),
    /// What was asked for makes no account.
    #[error("{0}")]
    Invalid(String),
}

impl LedgerError {
    /// Whether the same call may succeed later. What is not retryable needs a person.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Ledger(_) => true,
            Self::Conflict(_) | Self::Invalid(_) => false,
        }
    }
}

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        CalaFault::from(error).into()
    }
}

impl From<CalaFault> for LedgerError {
    fn from(fault: CalaFault) -> Self {
        let words = fault.message();
        match fault {
            Fault::Transient(_) => Self::Unavailable(words),
            Fault::Fatal(fatal) => fatal_error(&fatal, words),
        }
    }
}

impl<R: Rejection> From<Fail<R, lanes!(Transient, Fatal)>> for LedgerError {
    fn from(fail: Fail<R, lanes!(Transient, Fatal)>) -> Self {
        match fail.lanes() {
            LaneRef::Transient(_) => Self::Unavailable(fail.message()),
            LaneRef::Fatal(fatal) => fatal_error(fatal, fail.message()),
            LaneRef::Rejected(_) | LaneRef::Denied(_) => Self::Ledger(fail.message()),
        }
    }
}

/// For whoever asked for something that is on the ledger.
impl From<LedgerError> for kernel::Error {
    fn from(error: LedgerError) -> Self {
        let away = matches!(error, LedgerError::Unavailable(_));
        Self::Outside(kernel::Outside {
            who: kernel::Outsider::Ledger,
            answered: !away,
            transient: away,
            log: error.to_string(),
            cause: Box::new(error),
        })
    }
}

/// The ledger's lanes count a full disk, a server in recovery or a cancelled statement as fatal; for
/// us they are outages. `Exhausted` means that its own retries of a deadlock ran out.
fn fatal_error(fatal: &Fatal, words: String) -> LedgerError {
    if fatal.kind == FatalKind::Exhausted || is_outage(fatal) {
        LedgerError::Unavailable(words)
    } else {
        LedgerError::Ledger(words)
    }
}

fn is_outage(fatal: &Fatal) -> bool {
    fatal
        .source()
        .is_some_and(kernel::transient::has_transient_cause)
}

/// The constraint that was violated, if that is what failed.
pub(crate) fn violates(fatal: &Fatal) -> Option<&str> {
    database_error(fatal)?.constraint()
}

fn database_error(fatal: &Fatal) -> Option<&dyn sqlx::error::DatabaseError> {
    let mut source = fatal.source();
    while let Some(error) = source {
        if let Some(sqlx::Error::Database(database)) = error.downcast_ref::<sqlx::Error>() {
            return Some(database.as_ref());
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_from_a_mistake() {
        assert!(matches!(
            LedgerError::from(sqlx::Error::PoolTimedOut),
            LedgerError::Unavailable(_)
        ));
        assert!(matches!(
            LedgerError::from(sqlx::Error::RowNotFound),
            LedgerError::Ledger(_)
        ));
    }

    #[test]
    fn only_what_a_person_must_mend_is_not_retried() {
        assert!(LedgerError::Unavailable(String::new()).is_retryable());
        assert!(LedgerError::Ledger(String::new()).is_retryable());
        assert!(!LedgerError::Conflict(String::new()).is_retryable());
        assert!(!LedgerError::Invalid(String::new()).is_retryable());
    }
}
