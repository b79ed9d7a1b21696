//! Who did something: ids in the log, names for people.

use std::{collections::HashMap, sync::Arc};

use access::{Actor, ActorNames, OperatorId};
use async_graphql::{Object, SimpleObject, Union};
use tokio::sync::{Mutex, OnceCell};
use uuid::Uuid;

use crate::{Services, error::ApiError};

/// What people call operators and tokens, and what operators may do, as of now.
pub(crate) struct KnownActors {
    names: ActorNames,
    services: Services,
    roles: Mutex<HashMap<OperatorId, Arc<OnceCell<Option<access::Role>>>>>,
}

impl KnownActors {
    /// Two statements, however many ask.
    pub(crate) async fn read(services: &Services) -> Result<Self, ApiError> {
        Ok(Self {
            names: ActorNames::everybody(&*services.operators, &services.tokens).await?,
            services: services.clone(),
            roles: Mutex::default(),
        })
    }

    /// How people are told who did something.
    pub(crate) fn name(&self, kept: &str) -> String {
        self.names.name(kept)
    }

    /// One look for each operator, and only when somebody asks for roles.
    async fn role(&self, id: OperatorId) -> Result<Option<access::Role>, ApiError> {
        let cell = Arc::clone(self.roles.lock().await.entry(id).or_default());
        let found = cell
            .get_or_try_init(|| async {
                let operator = self.services.operators.find(id).await?;
                Ok::<_, ApiError>(
                    operator
                        .filter(|operator| operator.disabled_at.is_none())
                        .map(|operator| operator.role),
                )
            })
            .await?;
        Ok(*found)
    }
}

/// Who did something: an operator, Usher itself, a program with a token, or a customer.
#[derive(Union)]
pub(crate) enum AuditSubject {
    User(User),
    System(System),
    ApiToken(ApiToken),
    PortalCustomer(PortalCustomer),
}

/// An operator of the bank, or what asks in its place with a token (`me`).
pub(crate) struct User {
    id: Uuid,
    email: String,
    name: String,
    role: KnownRole,
}

enum KnownRole {
    Is(access::Role),
    Ask(Arc<KnownActors>),
}

impl User {
    /// One of those who are known.
    pub(crate) fn known(id: OperatorId, known: &Arc<KnownActors>) -> Self {
        let name = known.names.operator(id);
        Self {
            id: id.into(),
            email: name.clone(),
            name,
            role: KnownRole::Ask(Arc::clone(known)),
        }
    }

    /// Whose role is known.
    pub(crate) fn with_role(id: Uuid, email: String, role: access::Role) -> Self {
        Self {
            id,
            name: email.clone(),
            email,
            role: KnownRole::Is(role),
        }
    }

    /// A program. Clients take `email` for an address, so it is one, at which nobody is: `.invalid` (RFC 2606) has no mail.
    pub(crate) fn program(token: Uuid, name: String, role: access::Role) -> Self {
        Self {
            id: token,
            email: format!("{token}@api-token.invalid"),
            name,
            role: KnownRole::Is(role),
        }
    }
}

/// An operator of the bank. In `me` also a program: then with its token's id.
#[Object]
impl User {
    /// The UUID; `operator:<userId>` is how filters of the audit log name this subject.
    async fn user_id(&self) -> Uuid {
        self.id
    }

    /// The e-mail address; of a program `<token's id>@api-token.invalid`, where no mail arrives.
    async fn email(&self) -> &str {
        &self.email
    }

    /// What people call them: an operator's e-mail address, a token's name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// What they may do; null for who works here no longer.
    async fn role(&self) -> Result<Option<Role>, ApiError> {
        let role = match &self.role {
            KnownRole::Is(role) => Some(*role),
            KnownRole::Ask(known) => known.role(self.id.into()).await?,
        };
        Ok(role.map(Role::from))
    }
}

/// What somebody is at the bank, and what that allows.
#[derive(SimpleObject)]
pub(crate) struct Role {
    /// `admin`, `onboarding-officer`, `auditor` or `event-reader`.
    name: String,
    /// What it allows, for example `CUSTOMER_READ`.
    permissions: Vec<String>,
}

impl From<access::Role> for Role {
    fn from(role: access::Role) -> Self {
        Self {
            name: role.as_str().to_owned(),
            permissions: access::Permission::ALL
                .into_iter()
                .filter(|permission| role.allows(*permission))
                .map(|permission| permission.as_str().to_owned())
                .collect(),
        }
    }
}

/// Usher itself, in the background or on the command line.
#[derive(SimpleObject)]
pub(crate) struct System {
    /// Which part of it, for example `provisioning`; `sumsub` for what a callback did.
    pub(crate) actor: String,
}

/// A program with a bearer token.
#[derive(SimpleObject)]
pub(crate) struct ApiToken {
    /// The token's id; `api-token:<apiTokenId>` is how filters of the audit log name this subject.
    api_token_id: Uuid,
    /// What it was named when it was made.
    name: String,
}

/// A customer in the portal.
#[derive(SimpleObject)]
pub(crate) struct PortalCustomer {
    /// The customer's UUID.
    customer_id: Uuid,
}

impl AuditSubject {
    /// Who is meant by the form that the audit log keeps (`operator:<uuid>`, …).
    pub(crate) fn from_audit(text: &str, known: &Arc<KnownActors>) -> Self {
        match Actor::read(text) {
            Actor::Operator(id) => AuditSubject::User(User::known(id, known)),
            Actor::ApiToken(id) => AuditSubject::ApiToken(ApiToken {
                api_token_id: id.into(),
                name: known.names.token(id),
            }),
            Actor::Customer(customer_id) => {
                AuditSubject::PortalCustomer(PortalCustomer { customer_id })
            }
            Actor::System(actor) | Actor::Other(actor) => AuditSubject::System(System { actor }),
        }
    }
}
