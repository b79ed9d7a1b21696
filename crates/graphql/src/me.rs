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
    /// The operator, or the program with its token's id.
    async fn user(&self) -> Result<User, ApiError> {
        let name = self.0.name.clone();
        match &self.0.subject {
            Subject::Operator { id, role } => Ok(User::with_role(Uuid::from(*id), name, *role)),
            Subject::ApiToken { id, role } => Ok(User::program(Uuid::from(*id), name, *role)),
            Subject::Customer { .. } | Subject::System { .. } => Err(ApiError::unauthenticated()),
        }
    }

    /// Whether you may create prospects (CUSTOMER_CREATE).
    async fn user_can_create_prospect(&self) -> bool {
        self.0.subject.may(Permission::CustomerCreate)
    }
}
