//! What can go wrong with operators, tokens and permissions, each with what to do about it.

use kernel::{Error, FieldError, Interrupted, Kind, Outside, Outsider};

use crate::{Permission, UnknownRole, password};

/// Why something about access did not work; each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The subject's role lacks the permission. The refusal is in the audit log.
    #[error(
        "this needs the permission {permission}, which your role does not have; ask an administrator"
    )]
    Forbidden {
        /// What was missing.
        permission: Permission,
    },
    /// Something that was typed can't be used.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// Allowed, but not as things stand.
    #[error("{0}")]
    Refused(&'static str),
    /// An operator with this e-mail exists already (whatever its case).
    #[error("an operator with this e-mail exists already")]
    EmailTaken,
    /// Not usable as an operator's e-mail.
    #[error(
        "this is not an e-mail address: it needs something before and after one @, and no spaces"
    )]
    InvalidEmail,
    /// Not a password to choose.
    #[error(transparent)]
    WeakPassword(#[from] password::WeakPassword),
    /// No such operator.
    #[error("there is no operator with this e-mail; check how it is written")]
    NoSuchOperator,
    /// No such API token.
    #[error("there is no such API token")]
    NoSuchToken,
    /// The password hash could not be computed or read.
    #[error(transparent)]
    Password(#[from] password::PasswordError),
    /// The library would not take what a second factor is made of.
    #[error("the second factor could not be worked out; remove it and set it up again")]
    SecondFactor,
    /// A role in the database that this version does not know.
    #[error("the database holds an access role that this version does not know: {0}")]
    Role(#[from] UnknownRole),
    /// Whoever keeps the operators outside our database did not answer.
    #[error("the operators could not be looked up just now; try again in a moment ({0})")]
    DirectoryAway(String),
    /// The database did not answer, or refused.
    #[error("the database did not answer; try again in a moment ({0})")]
    Database(#[from] sqlx::Error),
}

impl From<FieldError> for AccessError {
    fn from(field: FieldError) -> Self {
        Self::Invalid(vec![field])
    }
}

impl From<Interrupted> for AccessError {
    fn from(interrupted: Interrupted) -> Self {
        Self::Database(match interrupted {
            Interrupted::Silent => sqlx::Error::PoolTimedOut,
            Interrupted::Failed(error) => sqlx::Error::Protocol(error.to_string()),
        })
    }
}

/// For whoever asked another domain for something, or a page.
impl From<AccessError> for Error {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Forbidden { permission } => Self::Forbidden(permission.as_str()),
            AccessError::Invalid(fields) => Self::Invalid(fields),
            AccessError::Refused(words) => Self::refused(words),
            AccessError::NoSuchOperator => Self::NotFound(Kind::new("operator")),
            AccessError::NoSuchToken => Self::NotFound(Kind::new("API token")),
            AccessError::DirectoryAway(ref words) => Self::Outside(Outside {
                who: Outsider::Identity,
                answered: false,
                transient: true,
                log: words.clone(),
                cause: Box::new(error),
            }),
            AccessError::Database(error) => Self::Database(error),
            AccessError::EmailTaken
            | AccessError::InvalidEmail
            | AccessError::WeakPassword(_)
            | AccessError::Password(_)
            | AccessError::SecondFactor
            | AccessError::Role(_) => Self::defect(error),
        }
    }
}
