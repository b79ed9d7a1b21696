//! The words of the domain, as types.

use kernel::vocabulary;

#[expect(
    missing_docs,
    reason = "the macro takes no comments: a proposal's id, a UUID"
)]
mod ids {
    es_entity::entity_id! { CreditFacilityProposalId; }
}
pub use ids::CreditFacilityProposalId;

vocabulary! {
    /// Where a proposal stands, in order of its life.
    ProposalStatus {
        /// The customer has to accept or decline.
        PendingCustomerApproval => "Waiting for the customer",
        /// The customer declined.
        CustomerDenied => "Declined by the customer",
        /// The customer accepted; another operator than who made it has to decide.
        PendingApproval => "Waiting for a decision",
        /// Decided: yes. It stands whatever becomes of the customer.
        Approved => "Approved",
        /// An operator decided against it.
        Denied => "Denied",
        /// The customer lost the eligibility while it was open.
        Cancelled => "Cancelled",
    }
}

impl ProposalStatus {
    /// Whether somebody still has to say something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::PendingCustomerApproval | Self::PendingApproval)
    }
}
