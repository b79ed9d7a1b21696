//! What operators can do with credit facility proposals. The customer accepts or declines one in the portal.

use kernel::Amount;
use uuid::Uuid;

use super::CreditFacilityProposal;
use crate::{mutation::mutations, scalars::UsdCents};

mutations! {
    /// The mutations of credit facility proposals.
    CreditMutations(call):

    /// Proposes a credit facility to a customer (CREDIT_PROPOSE). Who can't be considered is a `CONFLICT`, with every reason.
    credit_facility_proposal_create("To whom, how much, what for.")
    CreditFacilityProposalCreateInput = "A proposal to a customer." {
        /// The customer to whom it is proposed.
        customer_id: Uuid,
        /// How much, more than 0.
        facility_amount: UsdCents,
        /// What for, as the customer reads it.
        purpose: String,
        /// What the bank's people should know; the customer doesn't see it.
        note: Option<String>,
        /// The proposal's UUID, made by you (v7): then the same mutation again answers the same proposal.
        credit_facility_proposal_id: Option<Uuid>,
    }
    {
        let credit = &call.services.credit;
        let (amount, note) = (Amount::from_cents(facility_amount.0), note.unwrap_or_default());
        let new = credit.check_proposal(call.subject, customer_id.into(), amount, &purpose, &note).await?;
        let id = credit_facility_proposal_id.unwrap_or_else(Uuid::now_v7).into();
        let proposed = credit.propose(call.subject, id, &new).await?;
    }
    CreditFacilityProposalCreatePayload {
        /// The proposal; it waits for the customer.
        credit_facility_proposal: CreditFacilityProposal => CreditFacilityProposal::single(call.ctx, proposed)?,
    }

    /// Approves what the customer accepted (CREDIT_DECIDE), by another than who proposed it.
    credit_facility_proposal_approve("Which, and why.")
    CreditFacilityProposalApproveInput = "The bank's yes." {
        /// The proposal's UUID.
        credit_facility_proposal_id: Uuid,
        /// Why; may be left out.
        reason: Option<String>,
    }
    {
        let id = credit_facility_proposal_id.into();
        let approved = call.services.credit.approve(call.subject, id, reason.as_deref()).await?;
    }
    CreditFacilityProposalApprovePayload {
        /// The proposal as it is now.
        credit_facility_proposal: CreditFacilityProposal => CreditFacilityProposal::single(call.ctx, approved)?,
    }

    /// Denies what the customer accepted (CREDIT_DECIDE), by another than who proposed it.
    credit_facility_proposal_deny("Which, and why.")
    CreditFacilityProposalDenyInput = "The bank's no." {
        /// The proposal's UUID.
        credit_facility_proposal_id: Uuid,
        /// Why; may be left out.
        reason: Option<String>,
    }
    {
        let id = credit_facility_proposal_id.into();
        let denied = call.services.credit.deny(call.subject, id, reason.as_deref()).await?;
    }
    CreditFacilityProposalDenyPayload {
        /// The proposal as it is now.
        credit_facility_proposal: CreditFacilityProposal => CreditFacilityProposal::single(call.ctx, denied)?,
    }
}
