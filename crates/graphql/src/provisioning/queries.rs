//! Looking up what provisioning has not done yet.

use async_graphql::{Context, Object};

use super::{ProvisioningGroup, board};
use crate::{connection::cost, error::ApiError};

/// The queries of provisioning. A customer's steps are a field of the customer.
#[derive(Default)]
pub(crate) struct ProvisioningQueries;

#[Object]
impl ProvisioningQueries {
    /// What provisioning has not done yet, by what it waits for, the group with the oldest first.
    #[graphql(complexity = "cost(5, child_complexity)")]
    async fn provisioning_board(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<ProvisioningGroup>, ApiError> {
        board(ctx).await
    }
}
