//! What is known of a customer: the domain's values under the names of the API.

use async_graphql::Enum;

/// Whether a customer has access, under the names that clients of Lana know. `activityStatus` tells more.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CustomerStatus {
    /// With access: Pending or Active.
    Active,
    /// Without access: Inactive.
    Frozen,
    /// Closed for good.
    Closed,
}

impl From<customer::primitives::Activity> for CustomerStatus {
    fn from(activity: customer::primitives::Activity) -> Self {
        use customer::primitives::Activity;
        match activity {
            Activity::Pending | Activity::Active => CustomerStatus::Active,
            Activity::Inactive => CustomerStatus::Frozen,
            Activity::Closed => CustomerStatus::Closed,
        }
    }
}

/// Whether a customer can act; derived from the facts, never set.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::Activity")]
pub(crate) enum ActivityStatus {
    /// Provisioning is not done yet.
    Pending,
    /// With login, account and welcome e-mail.
    Active,
    /// Deactivated or Rejected: no access.
    Inactive,
    /// Closed for good.
    Closed,
}

/// Whether a customer's identity stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::Verification")]
pub(crate) enum VerificationStatus {
    /// Converted by hand; Sumsub has not approved.
    PendingVerification,
    /// Sumsub approved the customer.
    Verified,
    /// Sumsub rejected after conversion.
    Rejected,
}

/// What made a prospect a customer.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConversionReason {
    /// Sumsub approved the customer.
    SumsubApproved,
    /// An operator converted it, past KYC.
    ManuallyConverted,
}
