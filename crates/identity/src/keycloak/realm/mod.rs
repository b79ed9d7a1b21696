//! The calls to one realm's admin API that we use, by the service account of one client.

mod brute_force;
mod import;
mod users;

use std::future::Future;

use keycloak::{
    KeycloakAdmin, KeycloakError, KeycloakRealmAdmin, KeycloakRealmAdminMethod as _,
    KeycloakTokenSupplier as _,
    resource::{
        role_mapper::RealmUsersWithUserIdRoleMappingsRealmCompositeGetArgs,
        users::RealmUsersGetArgs,
    },
    types::RoleRepresentation,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    KeycloakConfig,
    call::{Breaker, CallError, is_answer},
    token::ServiceToken,
};

pub(super) use users::{UPDATE_PASSWORD, User};

/// How many calls are on their way to Keycloak at once: measured, more don't make it quicker.
pub(super) const AT_ONCE: usize = 16;

/// One realm, as one client may see and change it.
pub(super) struct Realm {
    admin: KeycloakAdmin<ServiceToken>,
    http: reqwest::Client,
    base: String,
    name: String,
    client: &'static str,
    token: ServiceToken,
    permits: Semaphore,
    breaker: Breaker,
}

impl Realm {
    pub(super) fn new(
        config: &KeycloakConfig,
        realm: &str,
        client: &'static str,
        secret: &str,
        http: reqwest::Client,
    ) -> Self {
        let token = ServiceToken::new(realm, client, secret, http.clone());
        Self {
            admin: KeycloakAdmin::new(config.base(), token.clone(), http.clone()),
            http,
            base: config.base().to_owned(),
            name: realm.to_owned(),
            client,
            token,
            permits: Semaphore::new(AT_ONCE),
            breaker: Breaker::default(),
        }
    }

    pub(super) fn admin(&self) -> KeycloakRealmAdmin<'_, ServiceToken> {
        self.admin.realm(&self.name)
    }

    /// Does a call; once more with a new token when Keycloak takes ours no longer.
    pub(super) async fn call<T, F>(&self, call: impl Fn() -> F + Send) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, KeycloakError>> + Send,
    {
        let _permit = self.permits.acquire().await;
        if let Some(closed) = self.breaker.open() {
            return Err(closed);
        }
        let mut renewed = false;
        let asked = vitals::IDENTITY.ask();
        loop {
            let result = match self.token.get(&self.base).await {
                Ok(token) => match call().await {
                    Err(KeycloakError::HttpFailure { status: 401, .. }) if !renewed => {
                        renewed = true;
                        self.token.forget(&token).await;
                        continue;
                    }
                    result => result,
                },
                Err(error) => Err(error),
            };
            let answered = result.as_ref().err().is_none_or(is_answer);
            self.breaker.note(answered);
            let result = result.map_err(|error| CallError::of(&error, self.client));
            match &result {
                Err(CallError::Away { words, .. }) if !answered => asked.failed(words),
                _ => asked.answered(),
            }
            return result;
        }
    }

    /// The realm's roles that the user has, also through others.
    pub(super) async fn roles(&self, id: Uuid) -> Result<Vec<String>, CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        let roles = self
            .call(|| {
                admin
                    .users_with_user_id_role_mappings_realm_composite_get(&id)
                    .opts(RealmUsersWithUserIdRoleMappingsRealmCompositeGetArgs::default())
            })
            .await?;
        Ok(names(roles))
    }

    /// A cheap look whether the service account is served.
    pub(super) async fn probe(&self) -> Result<(), CallError> {
        let admin = self.admin();
        // The break is for those who would wait: the look is what ends it.
        self.breaker.note(true);
        self.call(|| {
            admin.users_get().opts(RealmUsersGetArgs {
                max: Some(1),
                brief_representation: Some(true),
                ..RealmUsersGetArgs::default()
            })
        })
        .await
        .map(drop)
    }
}

fn names(roles: Vec<RoleRepresentation>) -> Vec<String> {
    roles.into_iter().filter_map(|role| role.name).collect()
}
