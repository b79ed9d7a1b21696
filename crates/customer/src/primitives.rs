//! The words of the domain, as types; `docs/GLOSSARY.md` explains them.

use kernel::{Kind, vocabulary};
use serde::{Deserialize, Serialize};

/// Whoever is, or was, to become a customer. A customer keeps its prospect's number.
pub const PROSPECT: Kind = Kind::new("prospect");

#[expect(
    missing_docs,
    reason = "the macro takes no comments: the ids of prospects and customers, UUIDs"
)]
mod ids {
    es_entity::entity_id! {
        ProspectId,
        CustomerId;

        // A customer keeps the UUID of the prospect that it was.
        ProspectId => CustomerId
    }
}
pub use ids::{CustomerId, ProspectId};

/// The number of a callback in the callback log.
pub type CallbackId = i64;

vocabulary! {
    /// Who is being onboarded; decides the Sumsub level and the ledger's account set.
    CustomerType {
        Individual => "Individual",
        GovernmentEntity => "Government Entity",
        PrivateCompany => "Private Company",
        Bank => "Bank",
        FinancialInstitution => "Financial Institution",
        ForeignAgencyOrSubsidiary => "Foreign Agency or Subsidiary",
        NonDomiciledCompany => "Non-Domiciled Company",
    }
}

vocabulary! {
    /// Where a prospect stands.
    Stage {
        New => "New",
        KycStarted => "Started",
        KycPending => "In review",
        KycOnHold => "Review needed",
        KycDeclined => "Declined",
        Converted => "Approved",
        Closed => "Closed",
    }
}

vocabulary! {
    /// What Sumsub last said of a prospect.
    KycStatus {
        NotStarted => "Not started",
        Started => "Started",
        Pending => "In review",
        OnHold => "Review needed",
        Approved => "Approved",
        Declined => "Declined",
    }
}

vocabulary! {
    /// A prospect's stage, coarsely.
    ProspectStatus {
        Open => "Open",
        Converted => "Converted",
        Closed => "Closed",
    }
}

vocabulary! {
    /// How far a customer's identity has been verified.
    KycLevel {
        NotKyced => "Not KYCed",
        Basic => "Basic",
        Advanced => "Advanced",
    }
}

vocabulary! {
    /// Whether a customer's identity stands.
    Verification {
        PendingVerification => "Pending Verification",
        Verified => "Verified",
        Rejected => "Rejected",
    }
}

vocabulary! {
    /// Whether a customer can act; derived from the facts, never set.
    Activity {
        Pending => "Pending",
        Active => "Active",
        Inactive => "Inactive",
        Closed => "Closed",
    }
}

impl Activity {
    /// Whether such a customer has a login that works and an account that is not frozen.
    #[must_use]
    pub fn has_access(self) -> bool {
        matches!(self, Activity::Pending | Activity::Active)
    }
}

impl Stage {
    /// The coarse status of a prospect at this stage.
    #[must_use]
    pub fn status(self) -> ProspectStatus {
        match self {
            Stage::Converted => ProspectStatus::Converted,
            Stage::Closed => ProspectStatus::Closed,
            _ => ProspectStatus::Open,
        }
    }
}

/// A short number that people quote: one space for prospects, customers and whatever follows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicId(pub String);

impl std::fmt::Display for PublicId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_come_back() {
        for stage in Stage::ALL {
            assert_eq!(stage.name().parse::<Stage>().ok(), Some(*stage));
        }
        assert_eq!(
            CustomerType::ForeignAgencyOrSubsidiary.name(),
            "foreign_agency_or_subsidiary"
        );
        assert_eq!(Stage::KycOnHold.name(), "kyc_on_hold");
    }
}
