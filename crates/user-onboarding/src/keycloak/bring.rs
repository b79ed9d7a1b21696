//! Brings one login to what is wanted: its address, whether it is open.

use keycloak::types::UserRepresentation;
use uuid::Uuid;

use super::{KeycloakIdentity, call::CallError, ensure::taken_by};
use crate::{IdentityError, LoginState, WantedLogin};

impl KeycloakIdentity {
    pub(super) async fn bring(
        &self,
        wanted: &WantedLogin,
        known: Option<Uuid>,
    ) -> Result<(), IdentityError> {
        let came = self.bring_once(wanted, known).await;
        match came {
            Err(CallError::Conflict) => match self.realm.user_with(&wanted.email).await? {
                Some(other) if !other.is_of(wanted.customer_id) => Err(taken_by(&other)),
                _ => Err(CallError::Conflict.into()),
            },
            Err(error) => Err(self.doubted(&[wanted.customer_id], error).await),
            Ok(()) => Ok(()),
        }
    }

    async fn bring_once(&self, wanted: &WantedLogin, known: Option<Uuid>) -> Result<(), CallError> {
        let Some(user) = self.find(wanted.customer_id, known).await? else {
            return Ok(());
        };
        let enabled = match wanted.state {
            LoginState::Deleted => {
                self.realm.end_sessions(user.id).await?;
                return user.changed(self.realm.delete(user.id).await);
            }
            LoginState::Enabled => true,
            LoginState::Disabled => false,
        };
        let email = wanted.email.trim().to_lowercase();
        let moved = user.email.as_ref() != Some(&email);
        if moved {
            // Before the address changes: who fails after this does all of it again.
            if user.must_choose_password {
                self.logins.not_fresh(wanted.customer_id).await?;
                self.realm.delete_passwords(user.id).await?;
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
            user.changed(self.realm.update(user.id, &change).await)?;
        }
        if !enabled {
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
