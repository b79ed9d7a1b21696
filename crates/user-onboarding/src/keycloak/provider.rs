use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::join_all;
use keycloak::types::UserRepresentation;
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    CUSTOMER_ID, KeycloakConfig, PROVISIONING_CLIENT,
    call::CallError,
    http,
    logins::Logins,
    realm::{Realm, UPDATE_PASSWORD, User},
    temporary,
};
use crate::{
    IdentityError, IdentityProvider, LinkError, LoginId, LoginState, NewLogin, PasswordOutcome,
    TemporaryPassword, WantedLogin, address,
};

/// A doubtful call is looked after so long after it, and again so long after that.
const LOOK_AFTER: Duration = Duration::from_secs(30);
/// Who takes unused passwords away has so long for it.
const TAKING_AWAY: Duration = Duration::from_secs(300);
/// How many logins one `partialImport` makes: in one transaction of Keycloak's, so more would get slower and slower.
const IMPORTED_AT_ONCE: usize = 25;

/// The customers' logins in Keycloak's customer realm.
///
/// A login's *username* is the customer's id: Keycloak lets it be taken once, so that a call which is carried out late, or
/// twice, makes no second login. People sign in with their e-mail.
#[derive(Clone)]
pub struct KeycloakIdentity {
    pub(super) realm: Arc<Realm>,
    pub(super) logins: Logins,
    temporary_for: Duration,
    partial_import: bool,
    look_after: Duration,
}

impl KeycloakIdentity {
    /// The logins of `config`'s customer realm. Asks Keycloak nothing yet. Unused temporary passwords end after
    /// `temporary_for`, when somebody calls [`KeycloakIdentity::end_unused_passwords`] now and then.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(
        config: &KeycloakConfig,
        pool: PgPool,
        temporary_for: Duration,
    ) -> Result<Self, reqwest::Error> {
        let realm = Realm::new(
            config,
            &config.customer_realm,
            PROVISIONING_CLIENT,
            &config.provisioning_secret,
            http(config.timeout)?,
        );
        Ok(Self {
            realm: Arc::new(realm),
            logins: Logins { pool },
            temporary_for,
            partial_import: config.partial_import,
            look_after: config.timeout + LOOK_AFTER,
        })
    }

    /// Takes temporary passwords away that nobody used in time; answers how many. A *Resend welcome e-mail* sets another.
    ///
    /// # Errors
    /// When our database or Keycloak doesn't answer; the next call goes on.
    pub async fn end_unused_passwords(&self) -> Result<usize, IdentityError> {
        let due = self.logins.take_over_due(TAKING_AWAY).await?;
        let ended = join_all(
            due.iter()
                .map(|(customer, user)| self.end_unused(*customer, *user)),
        )
        .await;
        let (mut done, mut problem) = (Vec::new(), None);
        for ((customer, _), ended) in due.iter().zip(ended) {
            match ended {
                Ok(()) => done.push(*customer),
                Err(error) => problem = Some(error),
            }
        }
        self.logins.no_temporary(&done, TAKING_AWAY).await?;
        problem.map_or(Ok(done.len()), |error| Err(error.into()))
    }

    async fn end_unused(&self, customer: Uuid, user: Uuid) -> Result<(), CallError> {
        match self.find(customer, Some(user)).await? {
            Some(user) if user.must_choose_password => self.realm.delete_passwords(user.id).await,
            _ => Ok(()),
        }
    }

    /// Whose login has to be looked at again, because Keycloak may have carried out late what was asked of it: bring each
    /// to what is wanted now. Nobody while Keycloak is away.
    ///
    /// # Errors
    /// When our database or Keycloak doesn't answer; nobody is forgotten.
    pub async fn doubtful(&self) -> Result<Vec<Uuid>, IdentityError> {
        self.realm.probe().await?;
        Ok(self.logins.due_doubts(LOOK_AFTER).await?)
    }

    /// The customer's login: where it was last, else wherever it carries the customer's id.
    pub(super) async fn find(
        &self,
        customer: Uuid,
        known: Option<Uuid>,
    ) -> Result<Option<User>, CallError> {
        if let Some(id) = known
            && let Some(user) = self.realm.user(id).await?
            && user.is_of(customer)
        {
            return Ok(Some(user));
        }
        self.realm.user_of(customer).await
    }

    async fn create(&self, new: &NewLogin) -> Result<Uuid, IdentityError> {
        match self.realm.create(&representation(new)).await {
            Ok(id) => Ok(id),
            Err(CallError::Conflict) => self.whose(new).await,
            Err(error) => Err(self.doubted(new.customer_id, error).await),
        }
    }

    /// The name or the address is taken: by another call for the same customer, or by somebody else.
    async fn whose(&self, new: &NewLogin) -> Result<Uuid, IdentityError> {
        if let Some(own) = self.realm.user_of(new.customer_id).await? {
            return Ok(own.id);
        }
        match self.realm.user_with(&new.email).await? {
            Some(other) => Err(taken_by(&other)),
            None => Err(CallError::Conflict.into()),
        }
    }

    async fn set_temporary(
        &self,
        customer: Uuid,
        password: &TemporaryPassword,
        known: Option<Uuid>,
    ) -> Result<Option<Uuid>, IdentityError> {
        let Some(user) = self.find(customer, known).await? else {
            return Err(address::no_login());
        };
        if !user.must_choose_password {
            return Ok(None);
        }
        let change = UserRepresentation {
            credentials: Some(vec![temporary::credential(password)]),
            ..UserRepresentation::default()
        };
        self.realm.update(user.id, &change).await?;
        Ok(Some(user.id))
    }

    async fn bring(&self, wanted: &WantedLogin, known: Option<Uuid>) -> Result<(), IdentityError> {
        let came = self.bring_once(wanted, known).await;
        match came {
            Err(CallError::Conflict) => match self.realm.user_with(&wanted.email).await? {
                Some(other) if !other.is_of(wanted.customer_id) => Err(taken_by(&other)),
                _ => Err(CallError::Conflict.into()),
            },
            Err(error) => Err(self.doubted(wanted.customer_id, error).await),
            Ok(()) => Ok(()),
        }
    }

    async fn bring_once(&self, wanted: &WantedLogin, known: Option<Uuid>) -> Result<(), CallError> {
        let Some(user) = self.find(wanted.customer_id, known).await? else {
            return Ok(());
        };
        let enabled = match wanted.state {
            LoginState::Deleted => {
                self.realm.end_sessions(user.id).await?;
                return self.realm.delete(user.id).await;
            }
            LoginState::Enabled => true,
            LoginState::Disabled => false,
        };
        let email = wanted.email.trim().to_lowercase();
        let moved = user.email.as_ref() != Some(&email);
        if moved {
            // Before the address changes: who fails after this does all of it again.
            if user.must_choose_password {
                self.realm.delete_passwords(user.id).await?;
            }
            self.realm.end_sessions(user.id).await?;
        }
        if moved || user.enabled != enabled {
            let change = UserRepresentation {
                email: moved.then_some(email),
                email_verified: moved.then_some(false),
                enabled: Some(enabled),
                ..UserRepresentation::default()
            };
            self.realm.update(user.id, &change).await?;
        }
        if !enabled {
            self.realm.end_sessions(user.id).await?;
        }
        Ok(())
    }

    /// Takes note when Keycloak may do all the same what was asked of it.
    async fn doubted(&self, customer: Uuid, error: CallError) -> IdentityError {
        if error.is_doubtful()
            && let Err(problem) = self.logins.doubt(&[customer], self.look_after).await
        {
            tracing::error!(%customer, %problem, "could not note that a login has to be looked at again");
        }
        error.into()
    }

    /// Makes those that are missing, many at a time. Who was skipped is seen to one by one.
    async fn import(&self, missing: &[&NewLogin]) -> HashMap<Uuid, Result<Uuid, IdentityError>> {
        let chunks = missing.chunks(IMPORTED_AT_ONCE);
        let imported = join_all(chunks.map(|chunk| self.import_chunk(chunk))).await;
        imported.into_iter().flatten().collect()
    }

    async fn import_chunk(&self, chunk: &[&NewLogin]) -> Vec<(Uuid, Result<Uuid, IdentityError>)> {
        let users: Vec<UserRepresentation> = chunk
            .iter()
            .map(|new| UserRepresentation {
                id: Some(Uuid::new_v4().to_string()),
                ..representation(new)
            })
            .collect();
        let added: HashMap<String, Uuid> = match self.realm.import(&users).await {
            Ok(results) => results
                .into_iter()
                .filter(|one| one.action == "ADDED")
                .filter_map(|one| Some((one.username, one.id?.parse().ok()?)))
                .collect(),
            // One that Keycloak doesn't take fails the whole import: each is tried by itself.
            Err(CallError::Invalid(_) | CallError::Conflict | CallError::NotFound) => {
                HashMap::new()
            }
            Err(error) => {
                let customers: Vec<Uuid> = chunk.iter().map(|new| new.customer_id).collect();
                if error.is_doubtful()
                    && let Err(problem) = self.logins.doubt(&customers, self.look_after).await
                {
                    tracing::error!(%problem, "could not note that logins have to be looked at again");
                }
                let error = IdentityError::from(error);
                return customers
                    .into_iter()
                    .map(|id| (id, Err(error.clone())))
                    .collect();
            }
        };
        join_all(chunk.iter().map(async |new| {
            let made = match added.get(&new.customer_id.to_string()) {
                Some(id) => Ok(*id),
                None => self.create(new).await,
            };
            (new.customer_id, made)
        }))
        .await
    }

    async fn ensure(
        &self,
        customers: &[NewLogin],
    ) -> Result<Vec<Result<LoginId, IdentityError>>, sqlx::Error> {
        let ids: Vec<Uuid> = customers.iter().map(|new| new.customer_id).collect();
        let known = self.logins.users_of(&ids).await?;
        let found = join_all(
            customers
                .iter()
                .map(|new| self.find(new.customer_id, known.get(&new.customer_id).copied())),
        )
        .await;
        let missing: Vec<&NewLogin> = customers
            .iter()
            .zip(&found)
            .filter(|(new, found)| matches!(found, Ok(None)) && address::is_address(&new.email))
            .map(|(new, _)| new)
            .collect();
        let mut made = if self.partial_import {
            self.import(&missing).await
        } else {
            let made = join_all(missing.iter().map(|new| self.create(new))).await;
            missing
                .iter()
                .map(|new| new.customer_id)
                .zip(made)
                .collect()
        };
        let results: Vec<Result<Uuid, IdentityError>> = customers
            .iter()
            .zip(found)
            .map(|(new, found)| match found {
                Ok(Some(user)) => Ok(user.id),
                Ok(None) => made
                    .remove(&new.customer_id)
                    .unwrap_or_else(|| Err(address::no_address())),
                Err(error) => Err(error.into()),
            })
            .collect();
        let new: Vec<(Uuid, Uuid)> = ids
            .iter()
            .zip(&results)
            .filter_map(|(customer, user)| Some((*customer, *user.as_ref().ok()?)))
            .collect();
        self.logins.remember(&new).await?;
        Ok(results
            .into_iter()
            .map(|user| user.map(LoginId::from))
            .collect())
    }
}

#[async_trait]
impl IdentityProvider for KeycloakIdentity {
    async fn ensure_logins(&self, customers: &[NewLogin]) -> Vec<Result<LoginId, IdentityError>> {
        match self.ensure(customers).await {
            Ok(results) => results,
            Err(error) => vec![Err(error.into()); customers.len()],
        }
    }

    async fn set_temporary_passwords(
        &self,
        items: &[(Uuid, TemporaryPassword)],
    ) -> Vec<Result<PasswordOutcome, IdentityError>> {
        let customers: Vec<Uuid> = items.iter().map(|(customer, _)| *customer).collect();
        let known = match self.logins.users_of(&customers).await {
            Ok(known) => known,
            Err(error) => return vec![Err(error.into()); items.len()],
        };
        let set = join_all(items.iter().map(|(customer, password)| {
            self.set_temporary(*customer, password, known.get(customer).copied())
        }))
        .await;
        let new: Vec<(Uuid, Uuid)> = customers
            .iter()
            .zip(&set)
            .filter_map(|(customer, set)| Some((*customer, (*set.as_ref().ok()?)?)))
            .collect();
        // Before the password goes out: one that nobody takes away would open the door for ever.
        if let Err(error) = self.logins.temporary(&new, self.temporary_for).await {
            return vec![Err(error.into()); items.len()];
        }
        set.into_iter()
            .map(|set| {
                set.map(|user| match user {
                    Some(_) => PasswordOutcome::Set,
                    None => PasswordOutcome::AlreadyChosen,
                })
            })
            .collect()
    }

    async fn bring_to(&self, wanted: &[WantedLogin]) -> Vec<Result<(), IdentityError>> {
        let customers: Vec<Uuid> = wanted.iter().map(|login| login.customer_id).collect();
        let known = match self.logins.users_of(&customers).await {
            Ok(known) => known,
            Err(error) => return vec![Err(error.into()); wanted.len()],
        };
        let brought = join_all(
            wanted
                .iter()
                .map(|login| self.bring(login, known.get(&login.customer_id).copied())),
        )
        .await;
        let deleted: Vec<Uuid> = wanted
            .iter()
            .zip(&brought)
            .filter(|(login, brought)| login.state == LoginState::Deleted && brought.is_ok())
            .map(|(login, _)| login.customer_id)
            .collect();
        if let Err(error) = self.logins.forget(&deleted).await {
            tracing::warn!(%error, "could not forget the ids of deleted logins; they lead nowhere");
        }
        brought
    }

    async fn passwords_chosen(&self, customers: &[Uuid]) -> Vec<Result<bool, IdentityError>> {
        let known = match self.logins.users_of(customers).await {
            Ok(known) => known,
            Err(error) => return vec![Err(error.into()); customers.len()],
        };
        join_all(customers.iter().map(async |customer| {
            let user = self.find(*customer, known.get(customer).copied()).await?;
            Ok(user.is_some_and(|user| !user.must_choose_password))
        }))
        .await
    }

    fn keeps_logins_of_others(&self) -> bool {
        true
    }

    async fn link_existing(&self, customer: &NewLogin) -> Result<LoginId, LinkError> {
        self.link(customer).await
    }

    async fn probe(&self) -> Result<(), IdentityError> {
        Ok(self.realm.probe().await?)
    }
}

/// A login as it is made: open, but for the password that the welcome e-mail brings.
fn representation(new: &NewLogin) -> UserRepresentation {
    let customer = new.customer_id.to_string();
    UserRepresentation {
        username: Some(customer.clone()),
        email: Some(new.email.trim().to_owned()),
        email_verified: Some(false),
        enabled: Some(true),
        attributes: Some(HashMap::from([(CUSTOMER_ID.to_owned(), vec![customer])])),
        required_actions: Some(vec![UPDATE_PASSWORD.to_owned()]),
        ..UserRepresentation::default()
    }
}

/// For the operator: whose the address is.
fn taken_by(other: &User) -> IdentityError {
    IdentityError::NeedsPerson(match &other.customer_id {
        Some(customer) => format!(
            "the e-mail is the login of another customer ({customer}) in Keycloak; change one of the two addresses, then retry"
        ),
        None => format!(
            "the e-mail belongs to a login in Keycloak that is no customer's (user {}); link it when it is this person's, \
             or change the address, then retry",
            other.id
        ),
    })
}
