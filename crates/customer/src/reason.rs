//! Why an operator does something, as typed.

use std::{fmt, str::FromStr};

use crate::error::{Field, FieldError, OnboardingError};

/// Longer reasons are an essay.
const LONGEST: usize = 1000;

/// A typed reason. Erasable: whoever types one may name people.
#[derive(Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// As it was typed, without the white space around it and what nobody sees.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reason {
    type Err = OnboardingError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = spelling::text(typed);
        let refuse = |message: &str| {
            Err(OnboardingError::Invalid(vec![FieldError {
                field: Field::Reason,
                message: message.to_owned(),
                taken_by: None,
            }]))
        };
        if typed.is_empty() {
            refuse("Enter the reason: the history and the auditors ask for it.")
        } else if typed.chars().count() > LONGEST {
            refuse("This reason is too long: 1000 characters at most.")
        } else if typed.contains('\0') {
            refuse("This reason has a character in it that can't be stored.")
        } else {
            Ok(Reason(typed))
        }
    }
}

impl From<&Reason> for es_entity::Forgettable<String> {
    fn from(reason: &Reason) -> Self {
        es_entity::Forgettable::new(reason.0.clone())
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reason(…)")
    }
}
