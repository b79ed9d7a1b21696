//! `me`: who asks, and what they may do.

use access::{Permission, Subject};
use async_graphql::{Context, Object};
use uuid::Uuid;

use crate::{Caller, audit::User, error::ApiError, request::caller};

/// The queries about the caller and the server.
#[derive(Default)]
pub(crate) struct MeQueries;

#[Object]
impl MeQueries {
    /// The version of Usher.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Who you are, and what you may do.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me, ApiError> {
        Ok(Me(caller(ctx)?.clone()))
    }
}

/// The GraphQL type `Me`.
struct Me(Caller);

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
