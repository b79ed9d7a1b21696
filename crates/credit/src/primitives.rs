//! The words of the domain, as types.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

#[expect(
    missing_docs,
    reason = "the macro takes no comments: a proposal's id, a UUID"
)]
mod ids {
    es_entity::entity_id! { CreditFacilityProposalId; }
}
pub use ids::CreditFacilityProposalId;

/// Where a proposal stands, in order of its life.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProposalStatus {
    /// The customer has to accept or decline.
    PendingCustomerApproval,
    /// The customer declined.
    CustomerDenied,
    /// The customer accepted; another operator than who made it has to decide.
    PendingApproval,
    /// Decided: yes. It stands whatever becomes of the customer.
    Approved,
    /// An operator decided against it.
    Denied,
    /// The customer lost the eligibility while it was open.
    Cancelled,
}

impl ProposalStatus {
    /// The name it is stored under.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::PendingCustomerApproval => "Waiting for the customer",
            Self::CustomerDenied => "Declined by the customer",
            Self::PendingApproval => "Waiting for a decision",
            Self::Approved => "Approved",
            Self::Denied => "Denied",
            Self::Cancelled => "Cancelled",
        }
    }

    /// Whether somebody still has to say something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::PendingCustomerApproval | Self::PendingApproval)
    }
}
