//! Who asks for something to be done.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ApiTokenId, OperatorId, Permission, Role};

/// Who asks for something to be done. Ids only, so that it can stand in events and logs for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    /// A person of the bank, signed in to the panel.
    Operator {
        /// The operator's id.
        id: OperatorId,
        /// The role at the time of asking.
        role: Role,
    },
    /// A program with a bearer token.
    ApiToken {
        /// The token's id.
        id: ApiTokenId,
        /// The token's role.
        role: Role,
    },
    /// A customer, signed in to the portal.
    Customer {
        /// The customer's id.
        id: Uuid,
    },
    /// Usher itself: a callback, a provisioning step, the command line.
    System {
        /// Which part of it, such as `provisioning`.
        actor: Cow<'static, str>,
    },
}

impl Subject {
    /// Usher itself, acting as the part that is named.
    #[must_use]
    pub const fn system(actor: &'static str) -> Self {
        Subject::System {
            actor: Cow::Borrowed(actor),
        }
    }

    /// The role, of those who have one.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match self {
            Subject::Operator { role, .. } | Subject::ApiToken { role, .. } => Some(*role),
            Subject::Customer { .. } | Subject::System { .. } => None,
        }
    }

    /// Whether this subject has the permission. Usher itself may do everything; a customer has no permission
    /// here, because what is a customer's own is decided by whose it is.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Subject::Operator { role, .. } | Subject::ApiToken { role, .. } => {
                role.allows(permission)
            }
            Subject::Customer { .. } => false,
            Subject::System { .. } => true,
        }
    }

    /// The form that the audit log keeps: `operator:<uuid>`, `api-token:<uuid>`, `customer:<uuid>`, `system:<part>`.
    #[must_use]
    pub fn as_text(&self) -> String {
        self.to_string()
    }
}

impl OperatorId {
    /// As events and the audit log name this operator ([`Subject::as_text`]).
    #[must_use]
    pub fn as_actor(self) -> String {
        format!("operator:{self}")
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Operator { id, .. } => f.write_str(&id.as_actor()),
            Subject::ApiToken { id, .. } => write!(f, "api-token:{id}"),
            Subject::Customer { id } => write!(f, "customer:{id}"),
            Subject::System { actor } => write!(f, "system:{actor}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_survives_json() {
        let id = Uuid::now_v7();
        for subject in [
            Subject::Operator {
                id: id.into(),
                role: Role::OnboardingOfficer,
            },
            Subject::ApiToken {
                id: id.into(),
                role: Role::Admin,
            },
            Subject::Customer { id },
            Subject::system("provisioning"),
        ] {
            let json = serde_json::to_value(&subject).unwrap();
            assert_eq!(serde_json::from_value::<Subject>(json).unwrap(), subject);
        }
    }

    #[test]
    fn only_staff_and_usher_itself_have_permissions() {
        let id = Uuid::now_v7();
        assert!(!Subject::Customer { id }.may(Permission::CustomerRead));
        assert!(Subject::system("cli").may(Permission::AccessManage));
        let officer = Subject::Operator {
            id: id.into(),
            role: Role::OnboardingOfficer,
        };
        assert!(officer.may(Permission::CustomerUpdate));
        assert!(!officer.may(Permission::CustomerConvert));
        assert_eq!(officer.as_text(), format!("operator:{id}"));
    }
}
