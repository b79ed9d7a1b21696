//! What can go wrong with proposals, for whoever called.

use access::AccessError;
use customer::OnboardingError;
use ledger::LedgerError;

use crate::rules::Refusal;

/// Why nothing was done, or shown. The message tells people what to do.
#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    /// There is no such customer or proposal; or it is none of the customer's who asks.
    #[error("There is no such record. It may have been mistyped.")]
    NotFound,
    /// The subject may not do it.
    #[error(transparent)]
    Access(#[from] access::AccessError),
    /// Fields of the input are wrong; nothing was done.
    #[error("Some fields need another value.")]
    Invalid(Vec<FieldError>),
    /// It can't be done as things stand (now).
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ledger did not answer, or not as it should.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
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
    /// What for.
    Purpose,
    /// What colleagues should know.
    Note,
    /// Why it was decided so.
    Reason,
}

impl FieldError {
    pub(crate) fn new(field: Field, message: impl ToString) -> Self {
        Self {
            field,
            message: message.to_string(),
        }
    }
}

impl CreditError {
    /// What the store of an entity answered.
    pub(crate) fn entity(error: impl std::error::Error + 'static) -> Self {
        OnboardingError::entity(error).into()
    }

    /// What it answered to a new one. The row lock orders one customer's; under the same id somebody made another customer's.
    pub(crate) fn new_entity(error: impl std::error::Error + 'static) -> Self {
        if customer::error::is_made_already(&error) {
            Refusal::Words(crate::rules::OTHER_FORM).into()
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

/// What reading a customer, or a typed reason, answered.
impl From<OnboardingError> for CreditError {
    fn from(error: OnboardingError) -> Self {
        match error {
            OnboardingError::NotFound => Self::NotFound,
            OnboardingError::Access(error) => Self::Access(error),
            OnboardingError::Database(error) => Self::Database(error),
            OnboardingError::Entity { message, transient } => Self::Entity { message, transient },
            OnboardingError::Invalid(fields) => Self::Invalid(
                fields
                    .into_iter()
                    .map(|field| FieldError::new(Field::Reason, field.message))
                    .collect(),
            ),
            other => Self::Entity {
                message: other.to_string(),
                transient: other.is_transient(),
            },
        }
    }
}

impl From<kernel::Interrupted> for CreditError {
    fn from(error: kernel::Interrupted) -> Self {
        Self::Entity {
            message: error.to_string(),
            transient: error.was_cut_off(),
        }
    }
}

impl From<kernel::ReasonError> for CreditError {
    fn from(error: kernel::ReasonError) -> Self {
        OnboardingError::from(error).into()
    }
}
