//! What is known of a prospect, and for whom it is: the domain's values under the names of the API.

use async_graphql::Enum;

/// Where a prospect stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::Stage")]
pub(crate) enum ProspectStage {
    /// Created; no verification has begun.
    New,
    /// Sumsub has an applicant: the person is filling in the verification.
    KycStarted,
    /// Sumsub is reviewing the documents.
    KycPending,
    /// A person has to look at it in Sumsub.
    KycOnHold,
    /// Sumsub declined the prospect.
    KycDeclined,
    /// It has become a customer.
    Converted,
    /// An operator closed it.
    Closed,
}

/// A prospect's stage, coarsely.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::ProspectStatus")]
pub(crate) enum ProspectStatus {
    /// The onboarding is under way.
    Open,
    /// It has become a customer.
    Converted,
    /// An operator closed it.
    Closed,
}

/// What Sumsub last said of a prospect.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::KycStatus")]
pub(crate) enum KycStatus {
    /// Sumsub has said nothing yet.
    NotStarted,
    /// There is an applicant.
    Started,
    /// The documents are being reviewed.
    Pending,
    /// A person has to look.
    OnHold,
    /// Sumsub approved, which it calls GREEN.
    Approved,
    /// Sumsub declined, which it calls RED.
    Declined,
}

/// How far an identity has been verified.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::KycLevel")]
pub(crate) enum KycLevel {
    /// Nobody has verified who it is.
    NotKyced,
    /// Verified by Sumsub's basic level.
    Basic,
    /// Verified by Sumsub's advanced level.
    Advanced,
}

/// Who is being onboarded.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::primitives::CustomerType")]
pub(crate) enum CustomerType {
    /// A natural person.
    Individual,
    /// A government entity.
    GovernmentEntity,
    /// A private company.
    PrivateCompany,
    /// A company that is a bank.
    Bank,
    /// A financial institution that is no bank.
    FinancialInstitution,
    /// A foreign agency or subsidiary.
    ForeignAgencyOrSubsidiary,
    /// A company without a domicile here.
    NonDomiciledCompany,
}

/// What a prospect waits for a person for, beyond its stage.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::list::Attention")]
pub(crate) enum ProspectAttention {
    /// Declined, and Sumsub lets the person try again.
    DeclinedWithRetry,
    /// The link ended before the person was through.
    LinkEnded,
    /// Sumsub could not be asked: it did not answer, or refused.
    Unanswered,
}
