//! Why an operator does something, as typed.

use std::{fmt, str::FromStr};

use crate::text;

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

/// Why it can't be taken; a sentence for beside the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// Nothing was typed that can be seen.
    #[error("Enter the reason: the history and the auditors ask for it.")]
    Missing,
    /// More than 1000 characters.
    #[error("This reason is too long: 1000 characters at most.")]
    TooLong,
    /// PostgreSQL stores no NUL.
    #[error("This reason has a character in it that can't be stored.")]
    Unstorable,
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = text::text(typed);
        if typed.is_empty() {
            Err(ReasonError::Missing)
        } else if typed.chars().count() > LONGEST {
            Err(ReasonError::TooLong)
        } else if typed.contains('\0') {
            Err(ReasonError::Unstorable)
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
