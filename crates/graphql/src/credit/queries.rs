//! Looking credit facility proposals up.

use async_graphql::{Context, Object};
use uuid::Uuid;

use super::CreditFacilityProposal;
use crate::{
    connection::{Connection, cost},
    error::ApiError,
    money_filter::CreditFacilityProposalsFilter,
};

/// The queries of credit facility proposals.
#[derive(Default)]
pub(crate) struct CreditQueries;

#[Object]
impl CreditQueries {
    /// One credit facility proposal.
    async fn credit_facility_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<CreditFacilityProposal>, ApiError> {
        CreditFacilityProposal::by_id(ctx, id).await
    }

    /// Credit facility proposals to all customers, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn credit_facility_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<
            CreditFacilityProposalsFilter,
        >,
    ) -> Result<Connection<CreditFacilityProposal>, ApiError> {
        let filter = filter.unwrap_or_default().into_domain(ctx).await?;
        CreditFacilityProposal::filtered(ctx, &filter, first, after.as_deref()).await
    }

    /// The credit facility proposals of all customers that wait for a decision, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn credit_facility_proposals_pending_approval(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<CreditFacilityProposal>, ApiError> {
        CreditFacilityProposal::pending_approval(ctx, first, after.as_deref()).await
    }
}
