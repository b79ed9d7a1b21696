//! Managing who may do what: operators and API tokens, for who has ACCESS_MANAGE.

mod invitations;
mod operators;
mod tokens;

pub use invitations::{Invitation, Invitations, Invited};
pub use operators::{CheckedOperator, OperatorInput};
pub use tokens::{CheckedToken, TokenInput};

use std::sync::Arc;

use kernel::{Database, FieldError};

use crate::{
    Access, AccessError, ApiTokens, AuditAction, AuditObject, OperatorDirectory, Operators,
    Permission, Role, Subject, field,
};

/// What can be done about operators and tokens. Everything asks for ACCESS_MANAGE, and is written down.
#[derive(Clone)]
pub struct AccessManagement {
    pool: Database,
    access: Access,
    operators: Operators,
    tokens: ApiTokens,
    invitations: Option<Arc<dyn Invitations>>,
}

impl AccessManagement {
    /// On this database, with built-in operators and nobody who brings them their passwords.
    #[must_use]
    pub fn new(pool: impl Into<Database>) -> Self {
        let pool = pool.into();
        Self {
            invitations: None,
            access: Access::new(pool.clone()),
            operators: Operators::new(pool.clone()),
            tokens: ApiTokens::new(pool.clone()),
            pool,
        }
    }

    /// Whoever knows the operators who make tokens.
    #[must_use]
    pub fn kept_by(self, directory: Arc<dyn OperatorDirectory>) -> Self {
        Self {
            tokens: self.tokens.made_by(directory),
            ..self
        }
    }

    /// Whoever brings operators their passwords.
    #[must_use]
    pub fn inviting_by(self, invitations: Arc<dyn Invitations>) -> Self {
        Self {
            invitations: Some(invitations),
            ..self
        }
    }

    /// For what only looks: a refusal is written down, a look isn't.
    async fn may_look(
        &self,
        subject: &Subject,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), AccessError> {
        self.access
            .permit(subject, Permission::AccessManage, action, object)
            .await
    }

    async fn authorize(
        &self,
        subject: &Subject,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), AccessError> {
        self.access
            .authorize(subject, Permission::AccessManage, action, object)
            .await
    }

    /// As [`Self::authorize`], for what hands on a role: none above one's own. A refusal of that is written down too. What is
    /// no role's name is refused by whoever reads the rest of the form: then nothing is handed on, and nothing written down.
    async fn authorize_handing_on(
        &self,
        subject: &Subject,
        role: &str,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), AccessError> {
        let Ok(role) = role.parse() else {
            return self.may_look(subject, action, object).await;
        };
        if subject.may(Permission::AccessManage) && !may_hand_on(subject, role) {
            self.access.record(subject, action, object, false).await?;
            return Err(AccessError::Invalid(vec![above_ones_own()]));
        }
        self.authorize(subject, action, object).await
    }
}

fn may_hand_on(subject: &Subject, role: Role) -> bool {
    match subject {
        Subject::System { .. } => true,
        _ => subject.role().is_some_and(|own| role.is_within(own)),
    }
}

impl Role {
    /// Refuses what only programs can be.
    pub(crate) fn of_a_person(self) -> Result<Self, FieldError> {
        if Role::PEOPLE.contains(&self) {
            Ok(self)
        } else {
            Err(field::ROLE.wrong(
                "This role is for programs, which have an API token: choose another for a person.",
            ))
        }
    }
}

impl Subject {
    /// The roles that this subject may hand on, to a token or (those of [`Role::PEOPLE`]) an operator: none that allows more
    /// than its own.
    pub fn may_hand_on(&self) -> impl Iterator<Item = Role> {
        Role::ALL
            .into_iter()
            .filter(|role| may_hand_on(self, *role))
    }
}

fn above_ones_own() -> FieldError {
    field::ROLE.wrong("This role allows more than yours does: choose another.")
}

/// The role that was typed, if the subject may hand it on.
fn role_of(subject: &Subject, typed: &str) -> Result<Role, FieldError> {
    let role = typed
        .parse::<Role>()
        .map_err(|_| field::ROLE.wrong("Choose a role."))?;
    if may_hand_on(subject, role) {
        Ok(role)
    } else {
        Err(above_ones_own())
    }
}
