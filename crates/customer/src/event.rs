//! What Usher tells itself and others: the events of the outbox. They carry ids and words of the domain,
//! never personal data.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::primitives::{
    Activity, CustomerId, KycLevel, KycStatus, ProspectId, Stage, Verification,
};

/// The version of the shapes in `docs/events.md`: raised when one of them changes, not when one comes to them.
pub const SHAPES_VERSION: u32 = 1;

/// An event of the outbox (table `outbox_events`, column `payload`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum OnboardingEvent {
    /// A prospect was created.
    ProspectCreated {
        /// The prospect that it is about.
        prospect_id: ProspectId,
    },
    /// A prospect got a verification link.
    ProspectLinkCreated {
        /// The prospect that it is about.
        prospect_id: ProspectId,
    },
    /// A prospect was mailed the verification link.
    ProspectLinkSent {
        /// The prospect that it is about.
        prospect_id: ProspectId,
    },
    /// Somebody began the verification from such a mail.
    ProspectLinkOpened {
        /// The prospect that it is about.
        prospect_id: ProspectId,
    },
    /// Sumsub told something about a prospect's verification.
    ProspectKycUpdated {
        /// The prospect that it is about.
        prospect_id: ProspectId,
        /// Where it stands now.
        stage: Stage,
        /// What Sumsub last said.
        kyc_status: KycStatus,
    },
    /// What a prospect is reached by, its type or its personal data changed.
    ProspectDetailsChanged {
        /// The prospect that it is about.
        prospect_id: ProspectId,
    },
    /// An operator closed a prospect.
    ProspectClosed {
        /// The prospect that it is about.
        prospect_id: ProspectId,
    },
    /// An operator opened a closed prospect again.
    ProspectReopened {
        /// The prospect that it is about.
        prospect_id: ProspectId,
    },
    /// The personal data of a closed prospect or customer (they share the UUID) was erased.
    PersonalDataErased {
        /// The prospect that it is about.
        prospect_id: ProspectId,
    },
    /// A prospect became a customer.
    ProspectConverted {
        /// The prospect that it is about; the customer has the same UUID.
        prospect_id: ProspectId,
    },
    /// A customer's identity was verified or rejected. Provisioning starts on it.
    CustomerKycUpdated {
        /// The customer that it is about.
        customer_id: CustomerId,
        /// How far it is verified.
        level: KycLevel,
        /// Whether it stands.
        verification: Verification,
    },
    /// An operator deactivated, reactivated, restored or closed a customer. Provisioning and access follow.
    CustomerActivityChanged {
        /// The customer that it is about.
        customer_id: CustomerId,
        /// What it is now.
        activity: Activity,
    },
    /// A customer's e-mail address was changed: the login follows, and mails are sent.
    CustomerEmailChanged {
        /// The customer that it is about.
        customer_id: CustomerId,
    },
    /// A step of a customer's provisioning was done.
    CustomerProvisioningProgressed {
        /// The customer that it is about.
        customer_id: CustomerId,
        /// Active once all of it is done.
        activity: Activity,
    },
    /// Money came onto a customer's account.
    DepositRecorded(DepositMoved),
    /// A deposit was taken back by a counter-entry.
    DepositReverted(DepositMoved),
    /// Money was reserved for a withdrawal, which waits for somebody to confirm or cancel it.
    WithdrawalInitiated(WithdrawalMoved),
    /// The reserved money left.
    WithdrawalConfirmed(WithdrawalMoved),
    /// The reserved money is on the account again.
    WithdrawalCancelled(WithdrawalMoved),
    /// A confirmed withdrawal was taken back by a counter-entry.
    WithdrawalReverted(WithdrawalMoved),
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

/// Which deposit, whose, and how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositMoved {
    /// The deposit's UUID.
    pub deposit_id: Uuid,
    /// The customer that it is about.
    pub customer_id: CustomerId,
    /// The customer's account in the ledger.
    pub account_id: Uuid,
    /// In whole US cents.
    pub amount: i64,
}

/// Which withdrawal, whose, and how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalMoved {
    /// The withdrawal's UUID.
    pub withdrawal_id: Uuid,
    /// The customer that it is about.
    pub customer_id: CustomerId,
    /// The customer's account in the ledger.
    pub account_id: Uuid,
    /// In whole US cents.
    pub amount: i64,
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

impl OnboardingEvent {
    /// The prospect or customer it is about (they share the UUID).
    #[must_use]
    pub fn subject(&self) -> Uuid {
        match self {
            OnboardingEvent::ProspectCreated { prospect_id }
            | OnboardingEvent::ProspectLinkCreated { prospect_id }
            | OnboardingEvent::ProspectLinkSent { prospect_id }
            | OnboardingEvent::ProspectLinkOpened { prospect_id }
            | OnboardingEvent::ProspectKycUpdated { prospect_id, .. }
            | OnboardingEvent::ProspectDetailsChanged { prospect_id }
            | OnboardingEvent::ProspectClosed { prospect_id }
            | OnboardingEvent::ProspectReopened { prospect_id }
            | OnboardingEvent::PersonalDataErased { prospect_id }
            | OnboardingEvent::ProspectConverted { prospect_id } => (*prospect_id).into(),
            OnboardingEvent::CustomerKycUpdated { customer_id, .. }
            | OnboardingEvent::CustomerActivityChanged { customer_id, .. }
            | OnboardingEvent::CustomerEmailChanged { customer_id }
            | OnboardingEvent::CustomerProvisioningProgressed { customer_id, .. } => {
                (*customer_id).into()
            }
            OnboardingEvent::DepositRecorded(moved) | OnboardingEvent::DepositReverted(moved) => {
                moved.customer_id.into()
            }
            OnboardingEvent::WithdrawalInitiated(moved)
            | OnboardingEvent::WithdrawalConfirmed(moved)
            | OnboardingEvent::WithdrawalCancelled(moved)
            | OnboardingEvent::WithdrawalReverted(moved) => moved.customer_id.into(),
            OnboardingEvent::CreditFacilityProposalCreated(proposed)
            | OnboardingEvent::CreditFacilityProposalAccepted(proposed)
            | OnboardingEvent::CreditFacilityProposalDeclinedByCustomer(proposed)
            | OnboardingEvent::CreditFacilityProposalApproved(proposed)
            | OnboardingEvent::CreditFacilityProposalDenied(proposed)
            | OnboardingEvent::CreditFacilityProposalCancelled(proposed) => {
                proposed.customer_id.into()
            }
        }
    }
}

/// The outbox that all domains publish to.
pub type Outbox = outbox::Outbox<OnboardingEvent>;

/// The listener that sees to the steps of provisioning.
pub const PROVISIONING_STARTER: &str = "provisioning-starter";
/// The listener that cancels credit facility proposals.
pub const CREDIT_CANCELLER: &str = "credit-canceller";

impl outbox::OutboxEvent for OnboardingEvent {
    fn subject(&self) -> Uuid {
        self.subject()
    }

    fn heard_by(&self) -> &'static [&'static str] {
        match self {
            OnboardingEvent::CustomerKycUpdated { verification, .. }
                if *verification == Verification::Verified =>
            {
                &[PROVISIONING_STARTER]
            }
            OnboardingEvent::CustomerActivityChanged { activity, .. }
                if !matches!(activity, Activity::Inactive | Activity::Closed) =>
            {
                &[PROVISIONING_STARTER]
            }
            OnboardingEvent::CustomerKycUpdated { .. }
            | OnboardingEvent::CustomerActivityChanged { .. } => {
                &[PROVISIONING_STARTER, CREDIT_CANCELLER]
            }
            OnboardingEvent::CustomerEmailChanged { .. } => &[PROVISIONING_STARTER],
            _ => &[],
        }
    }
}
