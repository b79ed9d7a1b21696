//! One user of a realm: found, made, changed, deleted.

use keycloak::{
    KeycloakRealmAdminMethod as _,
    resource::users::{RealmUsersGetArgs, RealmUsersWithUserIdGetArgs},
    types::{CredentialRepresentation, UserRepresentation},
};
use uuid::Uuid;

use super::{super::CUSTOMER_ID, CallError, Realm};

/// What has to be done before somebody is let in.
pub(in crate::keycloak) const UPDATE_PASSWORD: &str = "UPDATE_PASSWORD";

/// A user of the realm, as far as we look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::keycloak) struct User {
    pub(in crate::keycloak) id: Uuid,
    pub(in crate::keycloak) name: String,
    /// As Keycloak keeps it: in small letters.
    pub(in crate::keycloak) email: Option<String>,
    pub(in crate::keycloak) enabled: bool,
    /// Whose login it is, when it is a customer's.
    pub(in crate::keycloak) customer_id: Option<String>,
    /// A password has to be chosen at the next login: none was so far.
    pub(in crate::keycloak) must_choose_password: bool,
    /// It is a copy of one in a directory, such as LDAP.
    pub(in crate::keycloak) of_directory: bool,
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
    pub(in crate::keycloak) fn changed<T>(
        &self,
        result: Result<T, CallError>,
    ) -> Result<T, CallError> {
        match result {
            Err(CallError::Invalid(words)) if self.of_directory => Err(CallError::ReadOnly(words)),
            result => result,
        }
    }

    /// Whether it is this customer's.
    pub(in crate::keycloak) fn is_of(&self, customer: Uuid) -> bool {
        self.customer_id
            .as_ref()
            .is_some_and(|id| id.parse() == Ok(customer))
    }
}

impl Realm {
    /// The one user whose attribute names this customer.
    ///
    /// # Errors
    /// [`CallError::Invalid`] when there are several: that is for a person.
    pub(in crate::keycloak) async fn user_of(
        &self,
        customer: Uuid,
    ) -> Result<Option<User>, CallError> {
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
    pub(in crate::keycloak) async fn user_with(
        &self,
        email: &str,
    ) -> Result<Option<User>, CallError> {
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

    pub(in crate::keycloak) async fn user(&self, id: Uuid) -> Result<Option<User>, CallError> {
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
    pub(in crate::keycloak) async fn create(
        &self,
        user: &UserRepresentation,
    ) -> Result<Uuid, CallError> {
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
    pub(in crate::keycloak) async fn update(
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
    pub(in crate::keycloak) async fn set_attribute(
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

    pub(in crate::keycloak) async fn delete(&self, id: Uuid) -> Result<(), CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        gone_is_fine(
            self.call(|| admin.users_with_user_id_delete(&id))
                .await
                .map(drop),
        )
    }

    /// Ends the user's sessions.
    pub(in crate::keycloak) async fn end_sessions(&self, id: Uuid) -> Result<(), CallError> {
        let (admin, id) = (self.admin(), id.to_string());
        self.call(|| admin.users_with_user_id_logout_post(&id))
            .await
            .map(drop)
    }

    /// Takes the user's passwords away.
    pub(in crate::keycloak) async fn delete_passwords(&self, id: Uuid) -> Result<(), CallError> {
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
}

/// Makes *not found* a success: what was to go has gone.
pub(super) fn gone_is_fine(result: Result<(), CallError>) -> Result<(), CallError> {
    match result {
        Err(CallError::NotFound) => Ok(()),
        result => result,
    }
}
