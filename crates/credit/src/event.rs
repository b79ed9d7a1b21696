//! What others hear of credit, the bank's credit system among them: this domain's events of the outbox. They carry ids and amounts,
//! never personal data.

use customer::primitives::CustomerId;
use kernel::DomainEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event of the outbox (table `outbox_events`, column `payload`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum CreditEvent {
    /// A credit facility was proposed; it waits for the customer.
    CreditFacilityProposalCreated(CreditFacilityProposed),
    /// The customer accepted a proposal; it waits for a decision.
    CreditFacilityProposalAccepted(CreditFacilityProposed),
    /// The customer declined a proposal.
    CreditFacilityProposalDeclinedByCustomer(CreditFacilityProposed),
    /// A second operator approved a proposal: for the bank's credit system.
    CreditFacilityProposalApproved(CreditFacilityProposed),
    /// A second operator denied a proposal.
    CreditFacilityProposalDenied(CreditFacilityProposed),
    /// The customer lost the eligibility while a proposal was open.
    CreditFacilityProposalCancelled(CreditFacilityProposed),
}

/// Which credit facility proposal, for whom, and of how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditFacilityProposed {
    /// The proposal's UUID.
    pub credit_facility_proposal_id: Uuid,
    /// The customer that it is about.
    pub customer_id: CustomerId,
    /// In whole US cents.
    pub amount: i64,
}

impl CreditEvent {
    pub(crate) fn proposed(&self) -> &CreditFacilityProposed {
        use CreditEvent::*;
        match self {
            CreditFacilityProposalCreated(proposed)
            | CreditFacilityProposalAccepted(proposed)
            | CreditFacilityProposalDeclinedByCustomer(proposed)
            | CreditFacilityProposalApproved(proposed)
            | CreditFacilityProposalDenied(proposed)
            | CreditFacilityProposalCancelled(proposed) => proposed,
        }
    }
}

impl DomainEvent for CreditEvent {
    fn subject(&self) -> Uuid {
        self.proposed().customer_id.into()
    }
}
