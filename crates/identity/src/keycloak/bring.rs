//! Brings one login to what is wanted: its address, whether it is open.

use keycloak::types::UserRepresentation;
use uuid::Uuid;

use super::{KeycloakIdentity, call::CallError, ensure::taken_by};
use crate::{Claims, IdentityError, LoginState, WantedLogin, port::still};

impl KeycloakIdentity {
    pub(super) async fn bring(
        &self,
        wanted: &WantedLogin,
        known: Option<Uuid>,
        claims: &dyn Claims,
    ) -> Result<(), IdentityError> {
        let came = self.bring_once(wanted, known, claims).await;
        match came {
            Err(CallError::Conflict) => match self.realm.user_with(&wanted.email).await? {
                Some(other) if !other.is_of(wanted.customer_id) => Err(taken_by(&other)),
                _ => Err(CallError::Conflict.into()),
            },
            Err(error) => Err(self.doubted(&[wanted.customer_id], error).await),
            Ok(()) => Ok(()),
        }
    }

    async fn bring_once(
        &self,
        wanted: &WantedLogin,
        known: Option<Uuid>,
        claims: &dyn Claims,
    ) -> Result<(), CallError> {
        let customer = wanted.customer_id;
        let Some(user) = self.find(customer, known).await? else {
            return Ok(());
        };
        let enabled = match wanted.state {
            LoginState::Deleted => {
                still_ours(claims, customer).await?;
                self.realm.end_sessions(user.id).await?;
                let came = self.realm.delete(user.id).await;
                claims.touched(customer);
                return user.changed(came);
            }
            LoginState::Enabled => true,
            LoginState::Disabled => false,
        };
        let email = wanted.email.trim().to_lowercase();
        let moved = user.email.as_ref() != Some(&email);
        if moved {
            still_ours(claims, customer).await?;
            // Before the address changes: who fails after this does all of it again.
            if user.must_choose_password {
                self.logins.not_fresh(customer).await?;
                let came = self.realm.delete_passwords(user.id).await;
                claims.touched(customer);
                came?;
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
            still_ours(claims, customer).await?;
            let came = self.realm.update(user.id, &change).await;
            claims.touched(customer);
            user.changed(came)?;
        }
        if !enabled {
            still_ours(claims, customer).await?;
            self.realm.end_sessions(user.id).await?;
        }
        Ok(())
    }

    /// Takes note when Keycloak may do all the same what was asked of it.
    pub(super) async fn doubted(&self, customers: &[Uuid], error: CallError) -> IdentityError {
        if error.is_doubtful()
            && let Err(problem) = self.logins.doubt(customers, self.look_after).await
        {
            tracing::error!(?customers, %problem, "could not note that logins have to be looked at again");
        }
        error.into()
    }
}

async fn still_ours(claims: &dyn Claims, customer: Uuid) -> Result<(), CallError> {
    still(claims, customer).await.map_err(|_| CallError::Lost)
}
