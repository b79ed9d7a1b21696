//! Makes the logins that are missing, and never a second one.

use std::collections::HashMap;

use futures::future::join_all;
use keycloak::types::UserRepresentation;
use uuid::Uuid;

use super::{
    CUSTOMER_ID, KeycloakIdentity,
    call::CallError,
    realm::{UPDATE_PASSWORD, User},
    temporary::credential,
};
use crate::{IdentityError, LoginId, NewLogin, Ownership, TemporaryPassword, address};

/// How many logins one `partialImport` makes: in one transaction of Keycloak's, so more would get slower and slower.
const IMPORTED_AT_ONCE: usize = 25;

/// A login that is there.
struct ExistingLogin {
    user: Uuid,
    /// The one that it was just made with.
    password: Option<TemporaryPassword>,
}

impl From<Uuid> for ExistingLogin {
    fn from(user: Uuid) -> Self {
        Self {
            user,
            password: None,
        }
    }
}

type Made = Result<ExistingLogin, IdentityError>;

impl KeycloakIdentity {
    async fn create(&self, new: &NewLogin) -> Made {
        let password = TemporaryPassword::generate();
        match self.realm.create(&representation(new, &password)).await {
            Ok(user) => Ok(ExistingLogin {
                user,
                password: Some(password),
            }),
            Err(CallError::Conflict) => self.whose(new).await.map(ExistingLogin::from),
            Err(error) => Err(self.note_in_doubt(&[new.customer_id], error).await),
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

    /// Makes those that are missing, many at a time. Who was skipped is seen to one by one.
    async fn import(&self, missing: &[&NewLogin]) -> HashMap<Uuid, Made> {
        let chunks = missing.chunks(IMPORTED_AT_ONCE);
        let imported = join_all(chunks.map(|chunk| self.import_chunk(chunk))).await;
        imported.into_iter().flatten().collect()
    }

    async fn import_chunk(&self, chunk: &[&NewLogin]) -> Vec<(Uuid, Made)> {
        let passwords: Vec<TemporaryPassword> = chunk
            .iter()
            .map(|_| TemporaryPassword::generate())
            .collect();
        let users: Vec<UserRepresentation> = chunk
            .iter()
            .zip(&passwords)
            .map(|(new, password)| UserRepresentation {
                id: Some(Uuid::new_v4().to_string()),
                ..representation(new, password)
            })
            .collect();
        let added: HashMap<String, Uuid> = match self.realm.import(&users).await {
            Ok(results) => results
                .into_iter()
                .filter(|one| one.action == "ADDED")
                .filter_map(|one| Some((one.username, one.id?.parse().ok()?)))
                .collect(),
            // One that Keycloak doesn't take fails the whole import: each is tried by itself.
            Err(
                CallError::Invalid(_)
                | CallError::ReadOnly(_)
                | CallError::Conflict
                | CallError::NotFound,
            ) => HashMap::new(),
            Err(error) => {
                let customers: Vec<Uuid> = chunk.iter().map(|new| new.customer_id).collect();
                let error = self.note_in_doubt(&customers, error).await;
                return customers
                    .into_iter()
                    .map(|id| (id, Err(error.clone())))
                    .collect();
            }
        };
        join_all(chunk.iter().zip(passwords).map(async |(new, password)| {
            let made = match added.get(&new.customer_id.to_string()) {
                Some(user) => Ok(ExistingLogin {
                    user: *user,
                    password: Some(password),
                }),
                None => self.create(new).await,
            };
            (new.customer_id, made)
        }))
        .await
    }

    pub(super) async fn ensure(
        &self,
        customers: &[NewLogin],
        ownership: &dyn Ownership,
    ) -> Result<Vec<Result<LoginId, IdentityError>>, sqlx::Error> {
        let ids: Vec<Uuid> = customers.iter().map(|new| new.customer_id).collect();
        let known = self.logins.users_of(&ids).await?;
        let found = join_all(
            customers
                .iter()
                .map(|new| self.look_for(new.customer_id, known.get(&new.customer_id).copied())),
        )
        .await;
        let missing: Vec<&NewLogin> = customers
            .iter()
            .zip(&found)
            .filter(|(new, found)| matches!(found, Ok(None)) && address::is_address(&new.email))
            .map(|(new, _)| new)
            .collect();
        let missing_ids: Vec<Uuid> = missing.iter().map(|new| new.customer_id).collect();
        let held = ownership.held(&missing_ids).await;
        let lost: HashMap<Uuid, IdentityError> = missing_ids
            .into_iter()
            .zip(held)
            .filter_map(|(id, held)| Some((id, held.err()?)))
            .collect();
        let missing: Vec<&NewLogin> = missing
            .into_iter()
            .filter(|new| !lost.contains_key(&new.customer_id))
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
        missing
            .iter()
            .for_each(|new| ownership.effect_ended(new.customer_id));
        made.extend(lost.into_iter().map(|(id, lost)| (id, Err(lost))));
        let there: Vec<Made> = customers
            .iter()
            .zip(found)
            .map(|(new, found)| match found {
                Ok(Some(user)) => Ok(user.id.into()),
                Ok(None) => made
                    .remove(&new.customer_id)
                    .unwrap_or_else(|| Err(address::no_address())),
                Err(error) => Err(error.into()),
            })
            .collect();
        self.note(&ids, &there).await?;
        Ok(there
            .into_iter()
            .map(|there| there.map(|there| there.user.into()))
            .collect())
    }

    /// A `partialImport` skips a name or an address that is taken: who is not known by id is looked for only then.
    async fn look_for(
        &self,
        customer: Uuid,
        known: Option<Uuid>,
    ) -> Result<Option<User>, CallError> {
        if self.partial_import && known.is_none() {
            return Ok(None);
        }
        self.find(customer, known).await
    }

    async fn note(&self, customers: &[Uuid], there: &[Made]) -> Result<(), sqlx::Error> {
        let there = customers.iter().zip(there);
        let there = there.filter_map(|(customer, there)| Some((*customer, there.as_ref().ok()?)));
        let (new, old): (Vec<_>, Vec<_>) = there.partition(|(_, there)| there.password.is_some());
        let pairs = |logins: &[(Uuid, &ExistingLogin)]| -> Vec<(Uuid, Uuid)> {
            logins
                .iter()
                .map(|(customer, there)| (*customer, there.user))
                .collect()
        };
        self.logins.remember(&pairs(&old)).await?;
        let until = self
            .logins
            .temporary(&pairs(&new), self.temporary_for)
            .await?;
        self.fresh
            .keep(new.into_iter().filter_map(|(customer, there)| {
                let password = there.password.clone()?;
                Some((customer, there.user, password, *until.get(&customer)?))
            }));
        Ok(())
    }
}

/// A login as it is made: open to who has the password that the welcome e-mail brings, and then chooses another.
fn representation(new: &NewLogin, password: &TemporaryPassword) -> UserRepresentation {
    let customer = new.customer_id.to_string();
    UserRepresentation {
        username: Some(customer.clone()),
        email: Some(new.email.trim().to_owned()),
        email_verified: Some(false),
        enabled: Some(true),
        attributes: Some(HashMap::from([(CUSTOMER_ID.to_owned(), vec![customer])])),
        required_actions: Some(vec![UPDATE_PASSWORD.to_owned()]),
        credentials: Some(vec![credential(password)]),
        ..UserRepresentation::default()
    }
}

/// For the operator: whose the address is.
pub(super) fn taken_by(other: &User) -> IdentityError {
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
