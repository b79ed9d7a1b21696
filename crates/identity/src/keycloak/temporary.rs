//! Temporary passwords: hashed by us, set as the login is made or anew, told once.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::future::join_all;
use keycloak::types::{CredentialRepresentation, UserRepresentation};
use rand::RngCore as _;
use sha2::Sha256;
use uuid::Uuid;

use super::{KeycloakIdentity, fresh::Fresh};
use crate::{IdentityError, Ownership, PasswordOutcome, TemporaryPassword, address, port::still};

/// 140 random bits need no slow hash; Keycloak's own guards the password that the person chooses.
const ITERATIONS: u32 = 1;
/// The length of the salt, in bytes.
const SALT: usize = 16;
/// The length of the key, in bytes: what Keycloak's `pbkdf2-sha256` derives.
const KEY: usize = 64;

/// The credential that lets the person in once, to choose a password.
pub(super) fn credential(password: &TemporaryPassword) -> CredentialRepresentation {
    let (mut salt, mut key) = ([0; SALT], [0; KEY]);
    rand::rng().fill_bytes(&mut salt);
    pbkdf2::pbkdf2_hmac::<Sha256>(password.expose().as_bytes(), &salt, ITERATIONS, &mut key);
    let secret = serde_json::json!({"value": STANDARD.encode(key), "salt": STANDARD.encode(salt)});
    let how = serde_json::json!({"hashIterations": ITERATIONS, "algorithm": "pbkdf2-sha256"});
    CredentialRepresentation {
        type_: Some("password".to_owned()),
        temporary: Some(true),
        secret_data: Some(secret.to_string()),
        credential_data: Some(how.to_string()),
        ..CredentialRepresentation::default()
    }
}

type Outcome = Result<PasswordOutcome, IdentityError>;

impl KeycloakIdentity {
    /// The one that came with the login while it is fresh, else another.
    pub(super) async fn set_temporary(
        &self,
        customers: &[Uuid],
        ownership: &dyn Ownership,
    ) -> Result<Vec<Outcome>, sqlx::Error> {
        let mut fresh = self.fresh.take(customers);
        let untouched: Vec<(Uuid, &Fresh)> = fresh
            .iter()
            .map(|(customer, fresh)| (*customer, fresh))
            .collect();
        let still = self
            .logins
            .still_fresh(&untouched, self.temporary_for)
            .await?;
        fresh.retain(|customer, _| still.contains(customer));
        let others: Vec<Uuid> = customers
            .iter()
            .copied()
            .filter(|customer| !fresh.contains_key(customer))
            .collect();
        let mut others = self.set_others(&others, ownership).await?;
        Ok(customers
            .iter()
            .map(|customer| match fresh.get(customer) {
                Some(fresh) => Ok(PasswordOutcome::Set(fresh.password.clone())),
                None => others
                    .remove(customer)
                    .unwrap_or_else(|| Err(address::no_login())),
            })
            .collect())
    }

    async fn set_others(
        &self,
        customers: &[Uuid],
        ownership: &dyn Ownership,
    ) -> Result<HashMap<Uuid, Outcome>, sqlx::Error> {
        if customers.is_empty() {
            return Ok(HashMap::new());
        }
        let known = self.logins.users_of(customers).await?;
        let set =
            join_all(customers.iter().map(|customer| {
                self.set_other(*customer, known.get(customer).copied(), ownership)
            }))
            .await;
        let new: Vec<(Uuid, Uuid)> = customers
            .iter()
            .zip(&set)
            .filter_map(|(customer, set)| Some((*customer, set.as_ref().ok()?.as_ref()?.0)))
            .collect();
        // Before the password goes out: one that nobody takes away could be used for ever.
        self.logins.temporary(&new, self.temporary_for).await?;
        let outcomes = set.into_iter().map(|set| {
            set.map(|set| match set {
                Some((_, password)) => PasswordOutcome::Set(password),
                None => PasswordOutcome::AlreadyChosen,
            })
        });
        Ok(customers.iter().copied().zip(outcomes).collect())
    }

    async fn set_other(
        &self,
        customer: Uuid,
        known: Option<Uuid>,
        ownership: &dyn Ownership,
    ) -> Result<Option<(Uuid, TemporaryPassword)>, IdentityError> {
        let Some(user) = self.find(customer, known).await? else {
            return Err(address::no_login());
        };
        if !user.must_choose_password {
            return Ok(None);
        }
        if !user.enabled {
            // It is about to be opened, or somebody at Keycloak has closed it.
            return Err(IdentityError::Unavailable(
                "the login is disabled in Keycloak, by somebody there or for good after too many failed sign-ins, so a temporary \
                 password would be of no use; enable it there"
                    .to_owned(),
            ));
        }
        let password = TemporaryPassword::generate();
        let change = UserRepresentation {
            credentials: Some(vec![credential(&password)]),
            ..UserRepresentation::default()
        };
        still(ownership, customer).await?;
        let result = self.realm.update(user.id, &change).await;
        ownership.effect_ended(customer);
        user.changed(result)?;
        // Nobody guesses the new one: what was guessed before it need not keep the person out.
        self.realm.unlock(user.id).await?;
        Ok(Some((user.id, password)))
    }
}
