//! The domain's words under the names of the API.

use async_graphql::Enum;

/// Where a prospect stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::Stage")]
pub enum ProspectStage {
    /// Created; no verification has begun.
    New,
    /// Sumsub has an applicant: the person is filling in the verification.
    KycStarted,
    /// Sumsub is reviewing the documents.
    KycPending,
    /// A person has to look at it in Sumsub.
    KycOnHold,
    /// Sumsub declined.
    KycDeclined,
    /// It has become a customer.
    Converted,
    /// An operator closed it.
    Closed,
}

/// A prospect's stage, coarsely.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::ProspectStatus")]
pub enum ProspectStatus {
    /// Being onboarded.
    Open,
    /// It has become a customer.
    Converted,
    /// An operator closed it.
    Closed,
}

/// What Sumsub last said of a prospect.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::KycStatus")]
pub enum KycStatus {
    /// Nothing yet.
    NotStarted,
    /// There is an applicant.
    Started,
    /// The documents are being reviewed.
    Pending,
    /// A person has to look.
    OnHold,
    /// Approved (GREEN).
    Approved,
    /// Declined (RED).
    Declined,
}

/// How far an identity has been verified.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::KycLevel")]
pub enum KycLevel {
    /// Not verified.
    NotKyced,
    /// Verified by Sumsub's basic level.
    Basic,
    /// Verified by Sumsub's advanced level.
    Advanced,
}

/// Who is being onboarded.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::CustomerType")]
pub enum CustomerType {
    /// A natural person.
    Individual,
    /// A government entity.
    GovernmentEntity,
    /// A private company.
    PrivateCompany,
    /// A bank.
    Bank,
    /// A financial institution that is no bank.
    FinancialInstitution,
    /// A foreign agency or subsidiary.
    ForeignAgencyOrSubsidiary,
    /// A company without a domicile here.
    NonDomiciledCompany,
}

/// Whether a customer has access, under the names that clients of Lana know. `activityStatus` tells more.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerStatus {
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
pub enum ActivityStatus {
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
pub enum VerificationStatus {
    /// Converted by hand; Sumsub has not approved.
    PendingVerification,
    /// Sumsub approved.
    Verified,
    /// Sumsub rejected after conversion.
    Rejected,
}

/// What made a prospect a customer.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversionReason {
    /// Sumsub approved.
    SumsubApproved,
    /// An operator converted it, past KYC.
    ManuallyConverted,
}

/// Whether money moves on a deposit account.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::customer::AccountState")]
pub enum DepositAccountStatus {
    /// It does.
    Active,
    /// Not while the customer has no access.
    Frozen,
    /// Never again.
    Closed,
}

/// Where a deposit stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "deposit::DepositStatus")]
pub enum DepositStatus {
    /// The money is on the account.
    Confirmed,
    /// It was taken back by a counter-entry.
    Reverted,
}

/// Where a withdrawal stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "deposit::WithdrawalStatus")]
pub enum WithdrawalStatus {
    /// The money is reserved; another operator has to confirm.
    PendingConfirmation,
    /// The money left.
    Confirmed,
    /// The money is on the account again.
    Cancelled,
    /// The money had left, and was put back by a counter-entry.
    Reverted,
}

/// Where a credit facility proposal stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "credit::ProposalStatus")]
pub enum CreditFacilityProposalStatus {
    /// The customer has to accept or decline it.
    PendingCustomerApproval,
    /// The customer declined.
    CustomerDenied,
    /// The customer accepted; another operator than who proposed it has to decide.
    PendingApproval,
    /// Decided: yes.
    Approved,
    /// Decided: no.
    Denied,
    /// The customer lost the eligibility while it was open.
    Cancelled,
}

/// Why a customer can't be considered for a credit facility.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "credit::Ineligible")]
pub enum CreditFacilityIneligibility {
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

/// What a prospect waits for a person for, beyond its stage.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::list::Attention")]
pub enum ProspectAttention {
    /// Declined, and Sumsub lets the person try again.
    DeclinedWithRetry,
    /// The link ended before the person was through.
    LinkEnded,
    /// Sumsub could not be asked: it did not answer, or refused.
    Unanswered,
}

/// What became of a callback.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::kyc::Outcome")]
pub enum CallbackOutcome {
    /// Waits for its turn.
    Received,
    /// It moved something.
    Applied,
    /// Accepted, and there was nothing to move.
    NoChange,
    /// It does not count; the reason says why.
    Ignored,
    /// Older than what is known.
    Stale,
    /// Something that it must carry is missing.
    Incomplete,
    /// Processing failed.
    Failed,
    /// It has the key of another callback and another body.
    Conflicting,
}

/// How a step of provisioning stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "provisioning::StepState")]
pub enum ProvisioningStepState {
    /// For its turn, or for the step before it.
    Waiting,
    /// Being done.
    Running,
    /// It failed and is tried again.
    Retrying,
    /// No retry mends it.
    NeedsPerson,
    /// Done.
    Done,
    /// Not to be done any more.
    Cancelled,
}

/// The order of a list.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortDirection {
    /// Oldest first.
    Asc,
    /// Newest first.
    #[default]
    Desc,
}

/// What prospects are sorted by.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProspectsSortBy {
    /// The time of creation.
    #[default]
    CreatedAt,
}

/// What customers are sorted by.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CustomersSortBy {
    /// The time of conversion.
    #[default]
    CreatedAt,
}

impl From<SortDirection> for kernel::Direction {
    fn from(direction: SortDirection) -> Self {
        match direction {
            SortDirection::Asc => kernel::Direction::Ascending,
            SortDirection::Desc => kernel::Direction::Descending,
        }
    }
}
