//! What can go wrong in onboarding, for whoever called.

use std::borrow::Cow;

/// Why an onboarding action was not done. The message tells people what to do.
#[derive(Debug, thiserror::Error)]
pub enum OnboardingError {
    /// There is no such prospect or customer.
    #[error("There is no such record. It may have been mistyped.")]
    NotFound,
    /// The subject may not do it.
    #[error(transparent)]
    Access(#[from] access::AccessError),
    /// Fields of the input are wrong; nothing was done.
    #[error("Some fields need another value.")]
    Invalid(Vec<FieldError>),
    /// It can't be done as things stand (now); a sentence for whoever asked.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// Sumsub refused or does not answer.
    #[error(transparent)]
    Sumsub(#[from] sumsub::SumsubError),
    /// A cursor that no page gave out.
    #[error(transparent)]
    BadCursor(#[from] kernel::BadCursor),
    /// A row of the callback log is not what was stored.
    #[error("the stored body is not a JSON object")]
    UnreadableCallback,
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

impl OnboardingError {
    pub(crate) fn refused(words: impl Into<Cow<'static, str>>) -> Self {
        OnboardingError::Refused(words.into())
    }

    /// What the store of an entity answered.
    pub fn entity(error: impl std::error::Error + 'static) -> Self {
        OnboardingError::Entity {
            message: error.to_string(),
            transient: kernel::transient::has_transient_cause(&error),
        }
    }

    /// Whether the database undid it because it met another operation, so that it can be done again at once. What an entity's
    /// store could not write for a passing reason was undone, too: it is nothing but a part of a transaction.
    pub(crate) fn is_undone(&self) -> bool {
        match self {
            OnboardingError::Database(sqlx::Error::Database(error)) => {
                // Serialization failure, deadlock.
                matches!(error.code().as_deref(), Some("40001" | "40P01"))
            }
            OnboardingError::Entity { transient, .. } => *transient,
            _ => false,
        }
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            OnboardingError::Database(error)
            | OnboardingError::Access(access::AccessError::Database(error)) => {
                kernel::transient::is_transient(error)
            }
            OnboardingError::Entity { transient, .. } => *transient,
            OnboardingError::Sumsub(error) => error.is_transient(),
            _ => false,
        }
    }
}

/// Whether there is one with this id already: somebody made another record under it at the same moment.
#[must_use]
pub fn is_made_already(error: &(dyn std::error::Error + 'static)) -> bool {
    kernel::transient::database_errors(error).any(|error| match error {
        sqlx::Error::Database(error) => error.is_unique_violation(),
        _ => false,
    })
}

/// A field whose value is refused, and why; shown beside the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Which.
    pub field: Field,
    /// For the person who typed it.
    pub message: String,
    /// The public id of the open record that has this value already.
    pub taken_by: Option<String>,
}

/// The fields of the forms that operators fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The e-mail address.
    Email,
    /// The Telegram handle.
    TelegramHandle,
    /// The customer type.
    CustomerType,
    /// Why it is done.
    Reason,
}

impl From<kernel::ReasonError> for OnboardingError {
    fn from(error: kernel::ReasonError) -> Self {
        OnboardingError::Invalid(vec![FieldError {
            field: Field::Reason,
            message: error.to_string(),
            taken_by: None,
        }])
    }
}
