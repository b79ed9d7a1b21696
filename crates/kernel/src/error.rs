//! What can go wrong, for whoever called: one error for every domain.
//!
//! A domain names its fields and its kinds of record as constants ([`Field::new`], [`Kind::new`]); what stands outside (a port: Sumsub,
//! the ledger, …) turns its own error into this one where it is declared (`impl From<SumsubError> for kernel::Error`). What becomes of it
//! is said once for each door: for pages in `web/src/error_page`, for dialogs in `web/src/admin/refusal.rs`, for the API in
//! `graphql/src/error`.

mod field;
mod outside;

use std::{borrow::Cow, error::Error as StdError};

pub use field::{Existing, Field, FieldError, Kind};
pub use outside::{Outside, Outsider};

use crate::{BadCursor, Interrupted, ReasonError, transient};

/// Why something was not done, or not shown. The message tells people what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such record; or it is none that whoever asks may know of.
    #[error("There is no such record. It may have been mistyped.")]
    NotFound(Kind),
    /// The subject's role lacks the permission with this name. The refusal is in the audit log.
    #[error("This needs the permission {0}, which your role does not have; ask an administrator.")]
    Forbidden(&'static str),
    /// Fields of the input are wrong; nothing was done.
    #[error("Some fields need another value.")]
    Invalid(Vec<FieldError>),
    /// It can't be done as things stand (now); a sentence for whoever asked.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// The account has less than what was to be taken from it; nothing was done.
    #[error("There is not enough money on the account: {}.{:02} US dollars are missing.", short / 100, short % 100)]
    NotEnough {
        /// So many US cents are missing.
        short: i64,
    },
    /// What has to be unique is another record's: perhaps the same was done before. Nothing was done now.
    #[error("{message}")]
    Taken {
        /// The field with the value that is taken.
        field: Field,
        /// Says so, and what to do; a sentence for beside the field.
        message: String,
        /// Which record has it.
        existing: Existing,
    },
    /// No page gave out this cursor.
    #[error(transparent)]
    BadCursor(#[from] BadCursor),
    /// Somebody outside did not answer, refused, or answered what can't be read.
    #[error(transparent)]
    Outside(Outside),
    /// Another writer was faster, or what is stored does not make sense.
    #[error("The record could not be read or saved: {message}")]
    Store {
        /// What the entity's store said; names constraints, never values.
        message: String,
        /// Whether trying again can help.
        transient: bool,
        /// Whether it was kept waiting too long by what another transaction holds.
        blocked: bool,
    },
    /// A defect of ours: it helps nobody to try again.
    #[error(transparent)]
    Defect(Box<dyn StdError + Send + Sync>),
    /// The database is away or refused.
    #[error("The database could not be reached or refused: {0}")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// There is no such record, of whatever kind.
    pub const NO_RECORD: Self = Self::NotFound(Kind::new("record"));

    /// It can't be done as things stand, which this sentence says.
    pub fn refused(words: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(words.into())
    }

    /// What the store of an entity answered.
    pub fn store(error: impl StdError + 'static) -> Self {
        Self::Store {
            message: error.to_string(),
            transient: transient::has_transient_cause(&error),
            blocked: transient::database_errors(&error).any(transient::is_blocked),
        }
    }

    /// What it answered to a new one: under this id somebody made another record at the same moment, or as [`Error::store`].
    pub fn store_new(error: impl StdError + 'static, made_already: &'static str) -> Self {
        if transient::is_made_already(&error) {
            Self::refused(made_already)
        } else {
            Self::store(error)
        }
    }

    /// A column holds what this version did not write.
    #[must_use]
    pub fn unreadable(column: &str) -> Self {
        Self::Store {
            message: format!("the column {column} holds what this version does not know"),
            transient: false,
            blocked: false,
        }
    }

    /// A defect of ours.
    pub fn defect(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Defect(error.into())
    }

    /// What somebody outside answered, when its error is of this type.
    #[must_use]
    pub fn cause<T: StdError + 'static>(&self) -> Option<&T> {
        match self {
            Self::Outside(outside) => outside.cause.downcast_ref(),
            _ => None,
        }
    }

    /// Whether trying again can help. It is safe in any case: the same again is done once.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => transient::is_transient(error),
            Self::Store { transient, .. } => *transient,
            Self::Outside(outside) => outside.transient,
            _ => false,
        }
    }

    /// Whether it waited too long for what another transaction holds: who needs something else may be served meanwhile.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        match self {
            Self::Database(error) => transient::is_blocked(error),
            Self::Store { blocked, .. } => *blocked,
            _ => false,
        }
    }

    /// Whether the database undid it because it met another operation, so that it can be done again at once. What an entity's
    /// store could not write for a passing reason was undone, too: it is nothing but a part of a transaction.
    #[must_use]
    pub fn is_undone(&self) -> bool {
        match self {
            // Serialization failure, deadlock.
            Self::Database(sqlx::Error::Database(error)) => {
                matches!(error.code().as_deref(), Some("40001" | "40P01"))
            }
            Self::Store { transient, .. } => *transient,
            _ => false,
        }
    }
}

impl From<Vec<FieldError>> for Error {
    fn from(fields: Vec<FieldError>) -> Self {
        Self::Invalid(fields)
    }
}

impl From<FieldError> for Error {
    fn from(field: FieldError) -> Self {
        Self::Invalid(vec![field])
    }
}

impl From<ReasonError> for Error {
    fn from(error: ReasonError) -> Self {
        Field::REASON.wrong(error).into()
    }
}

impl From<Interrupted> for Error {
    fn from(error: Interrupted) -> Self {
        Self::Store {
            message: error.to_string(),
            transient: error.was_cut_off(),
            blocked: false,
        }
    }
}

#[cfg(test)]
mod tests;
