//! `me`: who asks.

use access::{Permission, Subject};
use async_graphql::Object;
use uuid::Uuid;

use crate::{Caller, error::ApiError, subject::User};

/// See its description.
pub(crate) struct Me(pub(crate) Caller);

/// Who asks, and what they may do.
#[Object]
impl Me {
    /// The operator, or the program with its token's id and name.
    async fn user(&self) -> Result<User, ApiError> {
        let (id, role) = match &self.0.subject {
            Subject::Operator { id, role } => (Uuid::from(*id), *role),
            Subject::ApiToken { id, role } => (Uuid::from(*id), *role),
            Subject::Customer { .. } | Subject::System { .. } => {
                return Err(ApiError::unauthenticated());
            }
        };
        Ok(User::with_role(id, self.0.name.clone(), role))
    }

    /// Whether you may create prospects (CUSTOMER_CREATE).
    async fn user_can_create_prospect(&self) -> bool {
        self.0.subject.may(Permission::CustomerCreate)
    }
}
