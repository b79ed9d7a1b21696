//! The calls to one realm's admin API that we use, by the service account of one client.

use std::future::Future;

use keycloak::{
    KeycloakAdmin, KeycloakError, KeycloakRealmAdmin, KeycloakRealmAdminMethod as _,
    KeycloakTokenSupplier as _,
    resource::{
        role_mapper::RealmUsersWithUserIdRoleMappingsRealmCompositeGetArgs,
        users::{RealmUsersGetArgs, RealmUsersWithUserIdGetArgs},
    },
    types::{CredentialRepresentation, RoleRepresentation, UserRepresentation},
};
use serde::Deserialize;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    CUSTOMER_ID, KeycloakConfig,
    call::{Breaker, CallError, is_answer},
    token::ServiceToken,
};

/// How many calls are on their way to Keycloak at once: measured, more don't make it quicker.
pub(super) const AT_ONCE: usize = 16;

/// What has to be done before somebody is let in.
pub(super) const UPDATE_PASSWORD: &str = "UPDATE_PASSWORD";

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

/// A user of the realm, as far as we look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: Uuid,
    pub(super) name: String,
    /// As Keycloak keeps it: in small letters.
    pub(super) email: Option<String>,
    pub(super) enabled: bool,
    /// Whose login it is, when it is a customer's.
    pub(super) customer_id: Option<String>,
    /// A password has to be chosen at the next login: none was so far.
    pub(super) must_choose_password: bool,
    /// It is a copy of one in a directory, such as LDAP.
    pub(super) of_directory: bool,
}

impl User {
    fn of(user: UserRepresentation) -> Option<Self> {
        Some(Self {
            id: user.id?.parse().ok()?,
            name: user.username.unwrap_or_default(),
            email: user.email,
            enabled: user.enabled.unwrap_or(false),
            of_directory: user.federation_link.is_some(),
            customer_id: user
                .attributes
                .and_then(|mut attributes| attributes.remove(CUSTOMER_ID))
                .and_then(|values| values.into_iter().next()),
            must_choose_password: user
                .required_actions
                .is_some_and(|actions| actions.iter().any(|action| action == UPDATE_PASSWORD)),
        })
    }

    /// What became of changing it: what a directory doesn't let Keycloak change, it refuses in various words.
    pub(super) fn changed<T>(&self, came: Result<T, CallError>) -> Result<T, CallError> {
        match came {
            Err(CallError::Invalid(words)) if self.of_directory => Err(CallError::ReadOnly(words)),
            came => came,
        }
    }

    /// Whether it is this customer's.
    pub(super) fn is_of(&self, customer: Uuid) -> bool {
        self.customer_id
            .as_ref()
            .is_some_and(|id| id.parse() == Ok(customer))
    }
}

/// What became of one user of a `partialImport`.
#[derive(Debug, Deserialize)]
pub(super) struct Imported {
    pub(super) action: String,
    #[serde(rename = "resourceName")]
    pub(super) username: String,
    pub(super) id: Option<String>,
}

#[derive(Deserialize)]
struct ImportAnswer {
    #[serde(default)]
    results: Vec<Imported>,
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
            let came = match self.token.get(&self.base).await {
                Ok(token) => match call().await {
                    Err(KeycloakError::HttpFailure { status: 401, .. }) if !renewed => {
                        renewed = true;
                        self.token.forget(&token).await;
                        continue;
                    }
                    came => came,
                },
                Err(error) => Err(error),
            };
            let answered = came.as_ref().err().is_none_or(is_answer);
            self.breaker.note(answered);
            let came = came.map_err(|error| CallError::of(&error, self.client));
            match &came {
                Err(CallError::Away { words, .. }) if !answered => asked.failed(words),
                _ => asked.answered(),
            }
            return came;
        }
    }

    /// The one user whose attribute names this customer.
    ///
    /// # Errors
    /// [`CallError::Invalid`] when there are several: that is for a person.
    pub(super) async fn user_of(&self, customer: Uuid) -> Result<Option<User>, CallError> {
        let mut users = self
            .search(|| RealmUsersGetArgs {
                q: Some(format!("{CUSTOMER_ID}:{customer}")),
                ..RealmUsersGetArgs::default()
            })
            .await?;
        users.retain(|user| user.is_of(customer));
        match users.len() {
            0 | 1 => Ok(users.pop()),
            _ => Err(CallError::Invalid(format!(
                "{} users carry the {CUSTOMER_ID} {customer}: take it from all but one",
                users.len()
            ))),
        }
    }

    /// The user with this address, whatever its case.
    pub(super) async fn user_with(&self, email: &str) -> Result<Option<User>, CallError> {
        let mut users = self
            .search(|| RealmUsersGetArgs {
                email: Some(email.to_owned()),
                exact: Some(true),
                ..RealmUsersGetArgs::default()
            })
            .await?;
        Ok(users.pop())
    }

    async fn search(
        &self,
        args: impl Fn() -> RealmUsersGetArgs + Send + Sync,
    ) -> Result<Vec<User>, CallError> {
        let admin = self.admin();
        let found = self.call(|| admin.users_get().opts(args())).await?;
        Ok(found.into_iter().filter_map(User::of).collect())
    }

    pub(super) async fn user(&self, id: Uuid) -> Result<Option<User>, CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        let found = self
            .call(|| {
                admin
                    .users_with_user_id_get(&id)
                    .opts(RealmUsersWithUserIdGetArgs::default())
            })
            .await;
        match found {
            Ok(user) => Ok(User::of(user)),
            Err(CallError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a user; answers its id.
    pub(super) async fn create(&self, user: &UserRepresentation) -> Result<Uuid, CallError> {
        let admin = self.admin();
        let made = self.call(|| admin.users_post(user.clone())).await?;
        made.to_id()
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| CallError::Away {
                words: "Keycloak doesn't say which login it made".to_owned(),
                in_doubt: true,
            })
    }

    /// Changes what `user` names, and nothing else.
    pub(super) async fn update(
        &self,
        id: Uuid,
        user: &UserRepresentation,
    ) -> Result<(), CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        self.call(|| admin.users_with_user_id_put(&id, user.clone()))
            .await
            .map(drop)
    }

    /// Sets one attribute. Whoever sends Keycloak attributes has to send the address and everything else as well: what is
    /// missing then is taken away.
    pub(super) async fn set_attribute(
        &self,
        id: Uuid,
        name: &str,
        value: &str,
    ) -> Result<(), CallError> {
        let (admin, text) = (self.admin(), id.to_string());
        let mut user = self
            .call(|| {
                admin
                    .users_with_user_id_get(&text)
                    .opts(RealmUsersWithUserIdGetArgs::default())
            })
            .await?;
        user.attributes
            .get_or_insert_default()
            .insert(name.to_owned(), vec![value.to_owned()]);
        self.update(id, &user).await
    }

    pub(super) async fn delete(&self, id: Uuid) -> Result<(), CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        gone_is_fine(
            self.call(|| admin.users_with_user_id_delete(&id))
                .await
                .map(drop),
        )
    }

    /// Ends the user's sessions.
    pub(super) async fn end_sessions(&self, id: Uuid) -> Result<(), CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        self.call(|| admin.users_with_user_id_logout_post(&id))
            .await
            .map(drop)
    }

    /// Takes the user's passwords away.
    pub(super) async fn delete_passwords(&self, id: Uuid) -> Result<(), CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        let credentials = self
            .call(|| admin.users_with_user_id_credentials_get(&id))
            .await?;
        let passwords = credentials
            .into_iter()
            .filter(|credential| credential.type_.as_deref() == Some("password"));
        for password in passwords.filter_map(|password: CredentialRepresentation| password.id) {
            gone_is_fine(
                self.call(|| {
                    admin.users_with_user_id_credentials_with_credential_id_delete(&id, &password)
                })
                .await
                .map(drop),
            )?;
        }
        Ok(())
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

    /// Makes many users in one transaction; who is there already is skipped. Unlike [`Realm::create`] it keeps their ids.
    pub(super) async fn import(
        &self,
        users: &[UserRepresentation],
    ) -> Result<Vec<Imported>, CallError> {
        let url = format!("{}/admin/realms/{}/partialImport", self.base, self.name);
        let body = serde_json::json!({"ifResourceExists": "SKIP", "users": users});
        let answer: ImportAnswer = self
            .call(|| async {
                let token = self.token.get(&self.base).await?;
                let answer = self
                    .http
                    .post(&url)
                    .bearer_auth(token)
                    .json(&body)
                    .send()
                    .await?;
                let status = answer.status();
                if status.is_success() {
                    return Ok(answer.json().await?);
                }
                let text = answer.text().await?;
                Err(KeycloakError::HttpFailure {
                    status: status.as_u16(),
                    body: serde_json::from_str(&text).ok(),
                    text,
                })
            })
            .await?;
        Ok(answer.results)
    }
}

fn names(roles: Vec<RoleRepresentation>) -> Vec<String> {
    roles.into_iter().filter_map(|role| role.name).collect()
}

pub(super) fn gone_is_fine(came: Result<(), CallError>) -> Result<(), CallError> {
    match came {
        Err(CallError::NotFound) => Ok(()),
        came => came,
    }
}
