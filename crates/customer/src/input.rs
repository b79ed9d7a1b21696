//! What an operator types into the form that creates a prospect, and what is made of it.

use kernel::{Error, FieldError};

use crate::{
    contact::{Email, TelegramHandle},
    field,
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
pub(crate) fn parse(input: &ProspectInput) -> Result<CheckedInput, Error> {
    let mut errors = Vec::new();
    let email = input.email.parse::<Email>();
    if let Err(error) = &email {
        errors.push(field::EMAIL.wrong(error));
    }
    let telegram_handle = TelegramHandle::optional(&input.telegram_handle);
    if let Err(error) = &telegram_handle {
        errors.push(field::TELEGRAM_HANDLE.wrong(error));
    }
    let customer_type = input.customer_type.parse::<CustomerType>();
    if customer_type.is_err() {
        errors.push(unknown_type());
    }
    match (email, telegram_handle, customer_type) {
        (Ok(email), Ok(telegram_handle), Ok(customer_type)) => Ok(CheckedInput {
            email,
            telegram_handle,
            customer_type,
        }),
        _ => Err(Error::Invalid(errors)),
    }
}

/// What is wrong with a customer type that isn't one.
pub(crate) fn unknown_type() -> FieldError {
    field::CUSTOMER_TYPE.wrong("Choose one of the customer types in the list.")
}
