//! What an operator types into the form that creates a prospect, and what is made of it.

use crate::{
    contact::{Email, TelegramHandle},
    error::{Field, FieldError, OnboardingError},
    primitives::CustomerType,
};

/// What an operator typed into the form that creates a prospect.
#[derive(Clone, Default)]
pub struct ProspectInput {
    /// The e-mail address, as [`Email`] takes it.
    pub email: String,
    /// The Telegram handle, as [`TelegramHandle`] takes it; may be empty.
    pub telegram_handle: String,
    /// The name of a [`CustomerType`].
    pub customer_type: String,
}

/// A [`ProspectInput`] that is well-formed.
#[derive(Debug, Clone)]
pub struct CheckedInput {
    /// The e-mail address, in the form in which it is stored.
    pub email: Email,
    /// The Telegram handle, when there is one.
    pub telegram_handle: Option<TelegramHandle>,
    /// Who is being onboarded.
    pub customer_type: CustomerType,
}

/// Reads every field, so that all that is wrong is said at once.
pub(crate) fn parse(input: &ProspectInput) -> Result<CheckedInput, OnboardingError> {
    let mut errors = Vec::new();
    let mut refuse = |field, message: String| {
        errors.push(FieldError {
            field,
            message,
            taken_by: None,
        })
    };
    let email = input.email.parse::<Email>();
    if let Err(error) = &email {
        refuse(Field::Email, error.to_string());
    }
    let telegram_handle = TelegramHandle::optional(&input.telegram_handle);
    if let Err(error) = &telegram_handle {
        refuse(Field::TelegramHandle, error.to_string());
    }
    let customer_type = input.customer_type.parse::<CustomerType>();
    if customer_type.is_err() {
        refuse(
            Field::CustomerType,
            "Choose one of the customer types in the list.".to_owned(),
        );
    }
    match (email, telegram_handle, customer_type) {
        (Ok(email), Ok(telegram_handle), Ok(customer_type)) => Ok(CheckedInput {
            email,
            telegram_handle,
            customer_type,
        }),
        _ => Err(OnboardingError::Invalid(errors)),
    }
}
