//! Which field is wrong, and which record has what was to be unique: what a domain names, and what stands beside a field.

use std::fmt;

use uuid::Uuid;

/// A kind of record, as people and addresses call it, for example `prospect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(&'static str);

/// A field of an input, as the API's schema names it, for example `telegramHandle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field(&'static str);

/// A field whose value is refused, and why; shown beside the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", field.name())]
pub struct FieldError {
    /// The field whose value is refused.
    pub field: Field,
    /// A sentence for the person who typed it.
    pub message: String,
    /// The open record that has this value already, if that is what is wrong with it.
    pub taken_by: Option<Existing>,
}

/// The record that has what was to be unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// What kind of record it is.
    pub kind: Kind,
    /// The record's UUID.
    pub id: Uuid,
    /// Its short number, or what else people call it by.
    pub public_id: String,
}

impl Kind {
    /// A kind with this name, which stands in sentences.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name as it was given.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl Field {
    /// The reason why an operator does something.
    pub const REASON: Self = Self::new("reason");

    /// A field with this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name as it was given.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// What is wrong with it.
    #[must_use]
    pub fn wrong(self, message: impl ToString) -> FieldError {
        FieldError {
            field: self,
            message: message.to_string(),
            taken_by: None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}
