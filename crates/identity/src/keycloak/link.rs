//! A login that exists becomes a customer's: only when a person says so.

use uuid::Uuid;

use super::{CUSTOMER_ID, KeycloakIdentity, call::CallError};
use crate::{LinkError, LoginId, NewLogin, address};

impl KeycloakIdentity {
    /// Links the login that has the customer's e-mail. Its password stays the person's own.
    pub(super) async fn link(&self, customer: &NewLogin) -> Result<LoginId, LinkError> {
        if !address::is_address(&customer.email) {
            return Err(LinkError::NoSuchLogin);
        }
        let own = self
            .realm
            .user_of(customer.customer_id)
            .await
            .map_err(away)?;
        let other = self.realm.user_with(&customer.email).await.map_err(away)?;
        let Some(other) = other else {
            return Err(LinkError::NoSuchLogin);
        };
        match own {
            Some(own) if own.id == other.id => {
                return self.linked(customer.customer_id, own.id).await;
            }
            Some(_) => return Err(LinkError::HasLogin),
            None => {}
        }
        if other.customer_id.is_some() {
            return Err(LinkError::OfAnotherCustomer);
        }
        let set = self
            .realm
            .set_attribute(other.id, CUSTOMER_ID, &customer.customer_id.to_string())
            .await;
        other.changed(set).map_err(away)?;
        self.linked(customer.customer_id, other.id).await
    }

    async fn linked(&self, customer: Uuid, user: Uuid) -> Result<LoginId, LinkError> {
        self.logins
            .remember(&[(customer, user)])
            .await
            .map_err(|error| LinkError::Unavailable(error.into()))?;
        Ok(user.into())
    }
}

fn away(error: CallError) -> LinkError {
    LinkError::Unavailable(error.into())
}
