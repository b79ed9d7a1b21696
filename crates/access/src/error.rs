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
    /// An operator with this e-mail exists already (whatever its case).
    #[error("an operator with this e-mail exists already")]
    EmailTaken,
    /// Not usable as an operator's e-mail.
    #[error(
        "this is not an e-mail address: it needs something before and after one @, and no spaces"
    )]
    InvalidEmail,
    /// Too short for somebody who sees personal data.
    #[error("the password is too short: use {min} characters or more")]
    PasswordTooShort {
        /// The fewest characters that are accepted.
        min: usize,
    },
    /// No such operator.
    #[error("there is no operator with this e-mail; check how it is written")]
    NoSuchOperator,
    /// The password hash could not be computed or read.
    #[error(transparent)]
    Password(#[from] password::PasswordError),
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
