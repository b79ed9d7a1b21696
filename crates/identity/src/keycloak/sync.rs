//! Brings one login to what is wanted: its address, whether it is open.

use keycloak::types::UserRepresentation;
use uuid::Uuid;

use super::{KeycloakIdentity, call::CallError, ensure::taken_by};
use crate::{DesiredLogin, IdentityError, LoginState, Ownership, port::still};

impl KeycloakIdentity {
    pub(super) async fn sync(
        &self,
        wanted: &DesiredLogin,
        known: Option<Uuid>,
        ownership: &dyn Ownership,
    ) -> Result<(), IdentityError> {
        let result = self.sync_once(wanted, known, ownership).await;
        match result {
            Err(CallError::Conflict) => match self.realm.user_with(&wanted.email).await? {
                Some(other) if !other.is_of(wanted.customer_id) => Err(taken_by(&other)),
                _ => Err(CallError::Conflict.into()),
            },
            Err(error) => Err(self.note_in_doubt(&[wanted.customer_id], error).await),
            Ok(()) => Ok(()),
        }
    }

    async fn sync_once(
        &self,
        wanted: &DesiredLogin,
        known: Option<Uuid>,
        ownership: &dyn Ownership,
    ) -> Result<(), CallError> {
        let customer = wanted.customer_id;
        let Some(user) = self.find(customer, known).await? else {
            return Ok(());
        };
        let enabled = match wanted.state {
            LoginState::Deleted => {
                still_ours(ownership, customer).await?;
                self.realm.end_sessions(user.id).await?;
                let result = self.realm.delete(user.id).await;
                ownership.effect_ended(customer);
                return user.changed(result);
            }
            LoginState::Enabled => true,
            LoginState::Disabled => false,
        };
        let email = wanted.email.trim().to_lowercase();
        let moved = user.email.as_ref() != Some(&email);
        if moved {
            still_ours(ownership, customer).await?;
            // Before the address changes: who fails after this does all of it again.
            if user.must_choose_password {
                self.logins.not_fresh(customer).await?;
                let result = self.realm.delete_passwords(user.id).await;
                ownership.effect_ended(customer);
                result?;
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
            still_ours(ownership, customer).await?;
            let result = self.realm.update(user.id, &change).await;
            ownership.effect_ended(customer);
            user.changed(result)?;
        }
        if !enabled {
            still_ours(ownership, customer).await?;
            self.realm.end_sessions(user.id).await?;
        }
        Ok(())
    }

    /// Takes note when Keycloak may do all the same what was asked of it.
    pub(super) async fn note_in_doubt(
        &self,
        customers: &[Uuid],
        error: CallError,
    ) -> IdentityError {
        if error.is_in_doubt()
            && let Err(problem) = self.logins.doubt(customers, self.recheck_after).await
        {
            tracing::error!(?customers, %problem, "could not note that logins have to be looked at again");
        }
        error.into()
    }
}

async fn still_ours(ownership: &dyn Ownership, customer: Uuid) -> Result<(), CallError> {
    still(ownership, customer)
        .await
        .map_err(|_| CallError::Lost)
}
