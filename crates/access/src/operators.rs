//! Operators, whoever keeps them.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AccessError, AuditObject, ObjectKind, Role, Subject};

/// The longest e-mail address (RFC 5321, 4.5.3.1.3: a path of 256 octets with its angle brackets).
const LONGEST_EMAIL: usize = 254;

/// The id of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperatorId(Uuid);

impl From<Uuid> for OperatorId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<OperatorId> for Uuid {
    fn from(id: OperatorId) -> Self {
        id.0
    }
}

impl fmt::Display for OperatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A person of the bank who works with the panel.
#[derive(Clone, PartialEq, Eq)]
pub struct Operator {
    /// The id that events and the audit log name.
    pub id: OperatorId,
    /// What they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Since when they may no longer sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// How they sign in, where that is kept here; nothing of who signs in at an identity provider.
    pub login: Option<OperatorLogin>,
}

impl Operator {
    /// As the domain services and the audit log know them.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::Operator {
            id: self.id,
            role: self.role,
        }
    }

    /// What the audit log's entries about them name.
    #[must_use]
    pub fn object(&self) -> AuditObject {
        ObjectKind::Operator.id(self.id)
    }
}

/// What there is to know of a built-in operator's login without the secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorLogin {
    /// Whose the password is.
    pub password: PasswordState,
    /// Whether a code is asked for beside it.
    pub second_factor: bool,
    /// Changes whenever all sessions end: one that was begun with another value is over. Compared only with itself, so
    /// that no two clocks have to agree.
    pub sessions_valid_from: DateTime<Utc>,
}

/// Whose a password is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordState {
    /// The operator's own.
    Own,
    /// For one time: they may do nothing but choose their own.
    Temporary,
    /// It was for one time, and that time is over.
    Ended,
}

// The e-mail address is personal: it never gets into a log through `{:?}`.
impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("disabled_at", &self.disabled_at)
            .finish_non_exhaustive()
    }
}

/// Whoever keeps the operators: [`crate::Operators`] in our own database, or an identity provider.
#[async_trait]
pub trait OperatorDirectory: Send + Sync {
    /// The operator as of now, also when disabled: the panel asks at each request, so that a role that was taken away
    /// stops working. `None` for who is unknown or has no role.
    ///
    /// # Errors
    /// When whoever keeps them does not answer.
    async fn find(&self, id: OperatorId) -> Result<Option<Operator>, AccessError>;

    /// Everybody who may have done something here, by id and name; who works here no longer comes last. Never asks
    /// anybody outside.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn everybody(&self) -> Result<Vec<(OperatorId, String)>, AccessError>;

    /// Those who work here by what is known of them, by name. Never asks anybody outside.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn at_work(&self) -> Result<Vec<Operator>, AccessError>;
}

/// The address without surrounding blanks, if it can be one at all. Also keeps away what PostgreSQL would refuse.
pub(crate) fn usable(email: &str) -> Option<&str> {
    let email = email.trim();
    let (local, domain) = email.split_once('@')?;
    let fine = !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && email.len() <= LONGEST_EMAIL
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    fine.then_some(email)
}
