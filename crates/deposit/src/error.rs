//! What can go wrong with money, for whoever called.

use access::AccessError;
use customer::{OnboardingError, primitives::PublicId};
use ledger::{LedgerError, PostingError};
use uuid::Uuid;

/// Why money did not move, or was not shown. The message tells people what to do.
#[derive(Debug, thiserror::Error)]
pub enum DepositError {
    /// There is no such customer, deposit or withdrawal.
    #[error("There is no such record. It may have been mistyped.")]
    NotFound,
    /// The subject may not do it.
    #[error(transparent)]
    Access(#[from] access::AccessError),
    /// Fields of the input are wrong; nothing was done.
    #[error("Some fields need another value.")]
    Invalid(Vec<FieldError>),
    /// The account has a deposit, or a withdrawal, with this reference; nothing was done.
    #[error(
        "This account already has one with this reference: number {public_id}. If this is another one, give it another reference."
    )]
    ReferenceTaken {
        /// The first one.
        id: Uuid,
        /// Its short number.
        public_id: PublicId,
    },
    /// It can't be done as things stand (now).
    #[error("{0}")]
    Refused(&'static str),
    /// The ledger refused: the account would be overdrawn.
    #[error("There is not enough money on the account: {} US dollars are missing.", crate::error::dollars(*.short))]
    Overdraft {
        /// So many US cents are missing.
        short: i64,
    },
    /// The ledger did not answer, or not as it should.
    #[error(transparent)]
    Ledger(LedgerError),
    /// Another writer was faster, or what is stored does not make sense.
    #[error("The record could not be read or saved: {message}")]
    Entity {
        /// What the entity's store said; names constraints, never values.
        message: String,
        /// Whether trying again can help.
        transient: bool,
    },
    /// The database is away or refused.
    #[error("The database could not be reached or refused: {0}")]
    Database(#[from] sqlx::Error),
}

/// A field whose value is refused, and why; shown beside the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Which.
    pub field: Field,
    /// For the person who typed it.
    pub message: String,
}

/// The fields of the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// How much.
    Amount,
    /// Known by what.
    Reference,
}

impl FieldError {
    pub(crate) fn new(field: Field, message: impl ToString) -> Self {
        Self {
            field,
            message: message.to_string(),
        }
    }
}

impl DepositError {
    /// What the store of an entity answered.
    pub(crate) fn entity(error: impl std::error::Error + 'static) -> Self {
        match OnboardingError::entity(error) {
            OnboardingError::Entity { message, transient } => Self::Entity { message, transient },
            other => Self::Entity {
                message: other.to_string(),
                transient: false,
            },
        }
    }

    /// What it answered to a new one. The row lock orders one customer's; under the same id somebody made another customer's.
    pub(crate) fn new_entity(error: impl std::error::Error + 'static) -> Self {
        if customer::error::is_made_already(&error) {
            Self::Refused(crate::rules::OTHER_FORM)
        } else {
            Self::entity(error)
        }
    }

    /// Whether trying again can help. It is safe in any case: the same again is done once.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) | Self::Access(AccessError::Database(error)) => {
                kernel::transient::is_transient(error)
            }
            Self::Entity { transient, .. } => *transient,
            Self::Ledger(error) => matches!(error, LedgerError::Unavailable(_)),
            _ => false,
        }
    }
}

impl From<kernel::Interrupted> for DepositError {
    fn from(error: kernel::Interrupted) -> Self {
        Self::Entity {
            message: error.to_string(),
            transient: error.was_cut_off(),
        }
    }
}

impl From<LedgerError> for DepositError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<PostingError> for DepositError {
    fn from(error: PostingError) -> Self {
        match error {
            PostingError::Overdraft { short } => Self::Overdraft { short },
            PostingError::Locked => Self::Refused(crate::rules::CLOSED),
            PostingError::NoAccount => Self::Refused(crate::rules::NO_ACCOUNT),
            // Under the row lock the entity says what was posted: they can't differ.
            PostingError::Posted => Self::Ledger(LedgerError::Conflict(
                "the ledger has posted what the record says was not done; run `usher doctor`"
                    .to_owned(),
            )),
            PostingError::Ledger(error) => Self::Ledger(error),
        }
    }
}

/// US dollars with two decimals.
pub(crate) fn dollars(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
