//! What provisioning asks of whoever keeps the customers' logins.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::TemporaryPassword;

/// The login's id at whoever keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LoginId(Uuid);

impl From<Uuid> for LoginId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<LoginId> for Uuid {
    fn from(id: LoginId) -> Self {
        id.0
    }
}

impl fmt::Display for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A customer who is to have a login.
#[derive(Clone)]
pub struct NewLogin {
    /// Whose login it is.
    pub customer_id: Uuid,
    /// What the customer signs in with.
    pub email: String,
}

// The e-mail address is personal: it never gets into a log through `{:?}`.
impl fmt::Debug for NewLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLogin")
            .field("customer_id", &self.customer_id)
            .finish_non_exhaustive()
    }
}

/// How a login is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginState {
    /// The customer is let in.
    Enabled,
    /// The customer is locked out, and every session is over.
    Disabled,
    /// ExistingLogin is none any more: nothing of the person stays at whoever keeps the logins.
    Deleted,
}

/// What a customer's login is to be now.
#[derive(Clone, PartialEq, Eq)]
pub struct DesiredLogin {
    /// Whose login it is.
    pub customer_id: Uuid,
    /// What the customer signs in with; counts for nothing when the login is to go.
    pub email: String,
    /// How it is to stand.
    pub state: LoginState,
}

// As with `NewLogin`.
impl fmt::Debug for DesiredLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WantedLogin")
            .field("customer_id", &self.customer_id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What became of a temporary password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordOutcome {
    /// The one that counts from now on, and that nobody was told yet; every earlier one ended.
    Set(TemporaryPassword),
    /// The person has chosen a password already, which stays.
    AlreadyChosen,
}

/// Why an identity step did not work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Worth trying again later.
    #[error("{0}")]
    Unavailable(String),
    /// No retry mends it; the words say what a person has to look at.
    #[error("{0}")]
    NeedsPerson(String),
    /// It isn't the caller's any more to change this login ([`Ownership`]): it was left as it is.
    #[error("somebody else sees to this login now")]
    Lost,
}

/// Whether it is still the caller's to change logins. Asked just before each change, since whoever was cut off or stopped for a
/// while may have been replaced: a change that comes late would overtake the other's.
#[async_trait]
pub trait Ownership: Send + Sync {
    /// One answer for each of these customers: [`IdentityError::Lost`] when the login isn't the caller's to change any more, or
    /// nobody can tell.
    async fn held(&self, customers: &[Uuid]) -> Vec<Result<(), IdentityError>>;

    /// The login was changed, or may have been.
    fn effect_ended(&self, _customer: Uuid) {}
}

/// Nobody else changes logins.
#[derive(Clone, Copy, Debug)]
pub struct SoleOwner;

#[async_trait]
impl Ownership for SoleOwner {
    async fn held(&self, customers: &[Uuid]) -> Vec<Result<(), IdentityError>> {
        vec![Ok(()); customers.len()]
    }
}

/// [`Ownership::held`] of one.
pub(crate) async fn still(ownership: &dyn Ownership, customer: Uuid) -> Result<(), IdentityError> {
    let mut held = ownership.held(&[customer]).await;
    held.pop().unwrap_or(Err(IdentityError::Lost))
}

/// Does it in one call for those who are still the caller's, and puts the answers back into their places.
pub(crate) async fn while_owned<I: Clone, T>(
    ownership: &dyn Ownership,
    items: &[I],
    customer: impl Fn(&I) -> Uuid,
    act: impl AsyncFnOnce(&[I]) -> Vec<Result<T, IdentityError>>,
) -> Vec<Result<T, IdentityError>> {
    let ids: Vec<Uuid> = items.iter().map(customer).collect();
    let held = ownership.held(&ids).await;
    let (mut ours, mut effect_ended) = (Vec::new(), Vec::new());
    for ((item, id), held) in items.iter().zip(&ids).zip(&held) {
        if held.is_ok() {
            ours.push(item.clone());
            effect_ended.push(*id);
        }
    }
    let mut results = if ours.is_empty() {
        Vec::new()
    } else {
        act(&ours).await
    }
    .into_iter();
    for id in effect_ended {
        ownership.effect_ended(id);
    }
    held.into_iter()
        .map(|held| held.and_then(|()| results.next().unwrap_or(Err(IdentityError::Lost))))
        .collect()
}

/// Why a login that exists was not made a customer's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nobody has a login with the customer's e-mail.
    #[error(
        "no login has this customer's e-mail: correct the address, or retry the step, which makes a login"
    )]
    NoSuchLogin,
    /// It is somebody else's.
    #[error(
        "the login with this e-mail belongs to another customer: change one of the two addresses"
    )]
    OfAnotherCustomer,
    /// The customer has a login under another address.
    #[error("this customer has a login already: retry the step")]
    HasLogin,
    /// Worth trying again later.
    #[error(transparent)]
    Unavailable(IdentityError),
}

impl From<sqlx::Error> for IdentityError {
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(%error, "the database of the logins did not answer");
        IdentityError::Unavailable(
            "the database of the logins does not answer; it is tried again".to_owned(),
        )
    }
}

/// One result for each of `count`, also when our database failed them all.
pub(crate) fn each<T: Clone>(
    count: usize,
    results: Result<Vec<Result<T, IdentityError>>, sqlx::Error>,
) -> Vec<Result<T, IdentityError>> {
    results.unwrap_or_else(|error| vec![Err(error.into()); count])
}

/// Whoever keeps the customers' logins.
///
/// Calls take many customers at once and answer one result for each, in the same order: a bad item never fails its
/// neighbours. Each is safe to repeat. What changes a login asks [`Ownership`] just before it does, and says when it has.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Sees to it that each customer has a login, looking before it creates: one login per customer, and an e-mail
    /// that is someone else's login is never taken over ([`IdentityError::NeedsPerson`]). A login that exists keeps
    /// its e-mail and its state: [`IdentityProvider::sync_logins`] changes these.
    async fn ensure_logins(
        &self,
        customers: &[NewLogin],
        ownership: &dyn Ownership,
    ) -> Vec<Result<LoginId, IdentityError>>;

    /// Gives each customer (by customer id) a temporary password that was never answered before, unless the person has
    /// chosen one already.
    async fn set_temporary_passwords(
        &self,
        customers: &[Uuid],
        ownership: &dyn Ownership,
    ) -> Vec<Result<PasswordOutcome, IdentityError>>;

    /// Brings each login to what is wanted now. Who has no login needs nothing. A login that gets another e-mail loses an
    /// unused temporary password and its sessions, one that is disabled or deleted loses its sessions; sessions that
    /// ended stay over. An e-mail that is someone else's login is never taken over ([`IdentityError::NeedsPerson`]).
    async fn sync_logins(
        &self,
        wanted: &[DesiredLogin],
        ownership: &dyn Ownership,
    ) -> Vec<Result<(), IdentityError>>;

    /// Whether each of these customers has a password of their own by now; not so without a login.
    async fn passwords_chosen(&self, customers: &[Uuid]) -> Vec<Result<bool, IdentityError>>;

    /// Whether the customer is kept out for a while after failed sign-ins, by whoever keeps the login: a new temporary
    /// password lifts that.
    async fn is_locked(&self, _customer: Uuid) -> Result<bool, IdentityError> {
        Ok(false)
    }

    /// Ends the customer's sessions, all of them; the login stays open. Who has no login needs nothing.
    async fn end_sessions(&self, customer: Uuid) -> Result<(), IdentityError>;

    /// Whether logins may exist there that were not made for a customer.
    fn keeps_logins_of_others(&self) -> bool {
        false
    }

    /// Makes the login that has the customer's e-mail the customer's, when a person has decided that it is theirs; the
    /// password stays. Never one that is another customer's.
    async fn link_existing(&self, customer: &NewLogin) -> Result<LoginId, LinkError>;

    /// Whether the dependency answers at all; cheap.
    async fn probe(&self) -> Result<(), IdentityError>;
}
