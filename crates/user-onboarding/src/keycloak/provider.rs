use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::join_all;
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    KeycloakConfig, PROVISIONING_CLIENT,
    call::CallError,
    http,
    logins::Logins,
    realm::{Realm, User},
};
use crate::{
    IdentityError, IdentityProvider, LinkError, LoginId, LoginState, NewLogin, PasswordOutcome,
    TemporaryPassword, WantedLogin,
};

/// A doubtful call is looked after so long after it, and again so long after that.
const LOOK_AFTER: Duration = Duration::from_secs(30);
/// Who takes unused passwords away has so long for it.
const TAKING_AWAY: Duration = Duration::from_secs(300);

/// The customers' logins in Keycloak's customer realm.
///
/// A login's *username* is the customer's id: Keycloak lets it be taken once, so that a call which is carried out late, or
/// twice, makes no second login. People sign in with their e-mail.
#[derive(Clone)]
pub struct KeycloakIdentity {
    pub(super) realm: Arc<Realm>,
    pub(super) logins: Logins,
    temporary_for: Duration,
    pub(super) partial_import: bool,
    pub(super) look_after: Duration,
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
