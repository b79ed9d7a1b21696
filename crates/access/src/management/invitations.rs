//! How a password for one time gets to an operator without anybody else seeing it.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::AccessManagement;
use crate::{AccessError, GivenPassword, OperatorId, Role, Subject};

/// Whoever brings operators the passwords that nobody else sees: a mail server.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// How long such a password works.
    fn valid_for(&self) -> Duration;

    /// Brings it to the operator's address.
    ///
    /// # Errors
    /// Why it did not go out, and what to mend.
    async fn send(&self, invitation: Invitation) -> Result<(), String>;
}

/// A password for one time, on its way to the operator.
#[derive(Clone)]
pub struct Invitation {
    /// The operator whose password it is.
    pub operator: OperatorId,
    /// Their address, and what they sign in with.
    pub email: String,
    /// The password itself; only this message carries it.
    pub password: String,
    /// How long it works.
    pub valid_for: Duration,
    /// Whether they worked here before: it takes the place of another password.
    pub again: bool,
}

// Neither the address nor the password gets into a log.
impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("operator", &self.operator)
            .finish_non_exhaustive()
    }
}

/// An operator who has a password for one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Where it went.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Why it did not go out, if it didn't: resetting the password sends another.
    pub not_sent: Option<String>,
}

/// The way to the operators' addresses.
pub(super) struct Post(Arc<dyn Invitations>);

impl AccessManagement {
    pub(super) fn post(&self) -> Result<Post, AccessError> {
        self.invitations
            .clone()
            .map(Post)
            .ok_or(AccessError::Refused(
                "There is no mail server to send the password with: use `usher operator add` or `usher operator reset`.",
            ))
    }
}

impl Post {
    /// This password for one time, given by somebody who never sees it.
    pub(super) fn unseen<'a>(&self, password: &'a str, by: &'a Subject) -> GivenPassword<'a> {
        GivenPassword {
            password,
            by,
            known: false,
            temporary_for: Some(self.0.valid_for()),
        }
    }

    /// Brings the password to the operator.
    pub(super) async fn invite(
        &self,
        operator: OperatorId,
        email: String,
        role: Role,
        password: String,
        again: bool,
    ) -> Invited {
        let invitation = Invitation {
            operator,
            email: email.clone(),
            password,
            valid_for: self.0.valid_for(),
            again,
        };
        let not_sent = self.0.send(invitation).await.err();
        if let Some(error) = &not_sent {
            tracing::warn!(%operator, error, "an operator's password could not be sent");
        }
        Invited {
            email,
            role,
            not_sent,
        }
    }
}
