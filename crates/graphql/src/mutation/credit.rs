//! Credit facility proposals.

use async_graphql::{Context, Object};
use kernel::Amount;
use uuid::Uuid;

use super::operations;
use crate::{
    credit::CreditFacilityProposal,
    error::ApiError,
    request::{caller, services},
    scalars::UsdCents,
};

operations! {
    /// A proposal to a customer.
    CreditFacilityProposalCreateInput {
        /// To whom.
        customer_id: Uuid,
        /// How much, more than 0.
        facility_amount: UsdCents,
        /// What for, as the customer reads it.
        purpose: String,
        /// What the bank's people should know; the customer doesn't see it.
        note: Option<String>,
        /// The proposal's UUID, made by you (v7): then the same mutation again answers the same proposal.
        credit_facility_proposal_id: Option<Uuid>,
    } => CreditFacilityProposalCreatePayload {
        /// The proposal; it waits for the customer.
        credit_facility_proposal: CreditFacilityProposal
    }

    /// The bank's yes.
    CreditFacilityProposalApproveInput {
        /// Which.
        credit_facility_proposal_id: Uuid,
        /// Why; may be left out.
        reason: Option<String>,
    } => CreditFacilityProposalApprovePayload {
        /// The proposal as it is now.
        credit_facility_proposal: CreditFacilityProposal
    }

    /// The bank's no.
    CreditFacilityProposalDenyInput {
        /// Which.
        credit_facility_proposal_id: Uuid,
        /// Why; may be left out.
        reason: Option<String>,
    } => CreditFacilityProposalDenyPayload {
        /// The proposal as it is now.
        credit_facility_proposal: CreditFacilityProposal
    }
}

/// See [`super::Mutation`].
#[derive(Default)]
pub(super) struct CreditMutation;

#[Object]
impl CreditMutation {
    /// Proposes a credit facility to a customer (CREDIT_PROPOSE). Who can't be considered is a `CONFLICT`, with every reason.
    async fn credit_facility_proposal_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom, how much, what for.")] input: CreditFacilityProposalCreateInput,
    ) -> Result<CreditFacilityProposalCreatePayload, ApiError> {
        let (credit, subject) = (&services(ctx)?.credit, &caller(ctx)?.subject);
        let (customer, note) = (input.customer_id.into(), input.note.unwrap_or_default());
        let amount = Amount::from_cents(input.facility_amount.0);
        let new = credit
            .check_proposal(subject, customer, amount, &input.purpose, &note)
            .await?;
        let id = input
            .credit_facility_proposal_id
            .unwrap_or_else(Uuid::now_v7);
        let made = credit.propose(subject, id.into(), &new).await?;
        Ok(CreditFacilityProposalCreatePayload {
            credit_facility_proposal: CreditFacilityProposal::alone(ctx, made)?,
        })
    }

    /// Approves what the customer accepted (CREDIT_DECIDE), by another than who proposed it.
    async fn credit_facility_proposal_approve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: CreditFacilityProposalApproveInput,
    ) -> Result<CreditFacilityProposalApprovePayload, ApiError> {
        let id = input.credit_facility_proposal_id.into();
        let done = services(ctx)?
            .credit
            .approve(&caller(ctx)?.subject, id, input.reason.as_deref())
            .await?;
        Ok(CreditFacilityProposalApprovePayload {
            credit_facility_proposal: CreditFacilityProposal::alone(ctx, done)?,
        })
    }

    /// Denies what the customer accepted (CREDIT_DECIDE), by another than who proposed it.
    async fn credit_facility_proposal_deny(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: CreditFacilityProposalDenyInput,
    ) -> Result<CreditFacilityProposalDenyPayload, ApiError> {
        let id = input.credit_facility_proposal_id.into();
        let done = services(ctx)?
            .credit
            .deny(&caller(ctx)?.subject, id, input.reason.as_deref())
            .await?;
        Ok(CreditFacilityProposalDenyPayload {
            credit_facility_proposal: CreditFacilityProposal::alone(ctx, done)?,
        })
    }
}
