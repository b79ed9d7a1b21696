use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::join_all;
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    KeycloakConfig, PROVISIONING_CLIENT,
    call::CallError,
    fresh::FreshPasswords,
    http,
    logins::Logins,
    realm::{Realm, User},
};
use crate::{
    DesiredLogin, IdentityError, IdentityProvider, LinkError, LoginId, LoginState, NewLogin,
    Ownership, PasswordOutcome, port::each,
};

/// A doubtful call is looked after so long after it, and again so long after that.
const RECHECK_AFTER: Duration = Duration::from_secs(30);
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
    pub(super) fresh: FreshPasswords,
    pub(super) temporary_for: Duration,
    pub(super) partial_import: bool,
    pub(super) recheck_after: Duration,
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
            fresh: FreshPasswords::default(),
            temporary_for,
            partial_import: config.partial_import,
            recheck_after: config.timeout + RECHECK_AFTER,
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
            // Just before: whoever was stopped for a while would take away what another has sent since.
            Some(user)
                if user.must_choose_password
                    && self.logins.is_over(customer, TAKING_AWAY).await? =>
            {
                self.realm.delete_passwords(user.id).await
            }
            _ => Ok(()),
        }
    }

    /// Whose login has to be looked at again, because Keycloak may have carried out late what was asked of it: bring each
    /// to what is wanted now. Nobody while Keycloak is away.
    ///
    /// # Errors
    /// When our database or Keycloak doesn't answer; nobody is forgotten.
    pub async fn in_doubt(&self) -> Result<Vec<Uuid>, IdentityError> {
        self.realm.probe().await?;
        Ok(self.logins.due_in_doubt(RECHECK_AFTER).await?)
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

impl KeycloakIdentity {
    async fn sync_all(
        &self,
        wanted: &[DesiredLogin],
        ownership: &dyn Ownership,
    ) -> Result<Vec<Result<(), IdentityError>>, sqlx::Error> {
        let customers: Vec<Uuid> = wanted.iter().map(|login| login.customer_id).collect();
        let known = self.logins.users_of(&customers).await?;
        let brought = join_all(
            wanted
                .iter()
                .map(|login| self.sync(login, known.get(&login.customer_id).copied(), ownership)),
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
        Ok(brought)
    }

    async fn chosen(
        &self,
        customers: &[Uuid],
    ) -> Result<Vec<Result<bool, IdentityError>>, sqlx::Error> {
        let known = self.logins.users_of(customers).await?;
        let chosen = customers.iter().map(async |customer| {
            let user = self.find(*customer, known.get(customer).copied()).await?;
            Ok(user.is_some_and(|user| !user.must_choose_password))
        });
        Ok(join_all(chosen).await)
    }
}

#[async_trait]
impl IdentityProvider for KeycloakIdentity {
    async fn ensure_logins(
        &self,
        customers: &[NewLogin],
        ownership: &dyn Ownership,
    ) -> Vec<Result<LoginId, IdentityError>> {
        each(customers.len(), self.ensure(customers, ownership).await)
    }

    async fn set_temporary_passwords(
        &self,
        customers: &[Uuid],
        ownership: &dyn Ownership,
    ) -> Vec<Result<PasswordOutcome, IdentityError>> {
        each(
            customers.len(),
            self.set_temporary(customers, ownership).await,
        )
    }

    async fn sync_logins(
        &self,
        wanted: &[DesiredLogin],
        ownership: &dyn Ownership,
    ) -> Vec<Result<(), IdentityError>> {
        each(wanted.len(), self.sync_all(wanted, ownership).await)
    }

    async fn passwords_chosen(&self, customers: &[Uuid]) -> Vec<Result<bool, IdentityError>> {
        each(customers.len(), self.chosen(customers).await)
    }

    async fn is_locked(&self, customer: Uuid) -> Result<bool, IdentityError> {
        let known = self.logins.users_of(&[customer]).await?;
        match self.find(customer, known.get(&customer).copied()).await? {
            Some(user) => Ok(self.realm.is_locked(user.id).await?),
            None => Ok(false),
        }
    }

    fn keeps_logins_of_others(&self) -> bool {
        true
    }

    async fn end_sessions(&self, customer: Uuid) -> Result<(), IdentityError> {
        let known = self.logins.users_of(&[customer]).await?;
        if let Some(user) = self.find(customer, known.get(&customer).copied()).await? {
            self.realm.end_sessions(user.id).await?;
        }
        Ok(())
    }

    async fn link_existing(&self, customer: &NewLogin) -> Result<LoginId, LinkError> {
        self.link(customer).await
    }

    async fn probe(&self) -> Result<(), IdentityError> {
        Ok(self.realm.probe().await?)
    }
}
