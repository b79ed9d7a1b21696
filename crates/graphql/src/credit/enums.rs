//! Where proposals stand, and why there can be none: the domain's values under the names of the API.

use async_graphql::Enum;

/// Where a credit facility proposal stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "credit::ProposalStatus")]
pub(crate) enum CreditFacilityProposalStatus {
    /// The customer has to accept or decline it.
    PendingCustomerApproval,
    /// The customer declined.
    CustomerDenied,
    /// The customer accepted; another operator than who proposed it has to decide.
    PendingApproval,
    /// An operator decided for it.
    Approved,
    /// An operator decided against it.
    Denied,
    /// The customer lost the eligibility while it was open.
    Cancelled,
}

/// Why a customer can't be considered for a credit facility.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "::credit::Ineligible")]
pub(crate) enum CreditFacilityIneligibility {
    /// Closed for good.
    Closed,
    /// Not verified (yet).
    NotVerified,
    /// Rejected, also after conversion.
    Rejected,
    /// An operator took the access away.
    Deactivated,
    /// Provisioning isn't done.
    Provisioning,
    /// There is no account that takes postings.
    NoAccount,
}
