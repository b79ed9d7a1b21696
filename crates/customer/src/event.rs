//! What the house tells itself and others: the events of the outbox. They carry ids and words of the domain,
//! never personal data.

use serde::{Deserialize, Serialize};

use crate::primitives::{
    Activity, CustomerId, KycLevel, KycStatus, ProspectId, Stage, Verification,
};

/// An event of the outbox (table `persistent_outbox_events`, column `payload`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum OnboardingEvent {
    /// A prospect was created.
    ProspectCreated {
        /// Which.
        prospect_id: ProspectId,
    },
    /// A prospect got a verification link.
    ProspectLinkCreated {
        /// Which.
        prospect_id: ProspectId,
    },
    /// Sumsub told something about a prospect's verification.
    ProspectKycUpdated {
        /// Which.
        prospect_id: ProspectId,
        /// Where it stands now.
        stage: Stage,
        /// What Sumsub last said.
        kyc_status: KycStatus,
    },
    /// A prospect became a customer.
    ProspectConverted {
        /// Which; the customer has the same UUID.
        prospect_id: ProspectId,
    },
    /// A customer's identity was verified or rejected. Provisioning starts on it.
    CustomerKycUpdated {
        /// Which.
        customer_id: CustomerId,
        /// How far it is verified.
        level: KycLevel,
        /// Whether it stands.
        verification: Verification,
    },
    /// A step of a customer's provisioning was done.
    CustomerProvisioningProgressed {
        /// Which.
        customer_id: CustomerId,
        /// Active once all of it is done.
        activity: Activity,
    },
}

impl OnboardingEvent {
    /// The prospect or customer it is about (they share the UUID).
    #[must_use]
    pub fn subject(&self) -> uuid::Uuid {
        match self {
            OnboardingEvent::ProspectCreated { prospect_id }
            | OnboardingEvent::ProspectLinkCreated { prospect_id }
            | OnboardingEvent::ProspectKycUpdated { prospect_id, .. }
            | OnboardingEvent::ProspectConverted { prospect_id } => (*prospect_id).into(),
            OnboardingEvent::CustomerKycUpdated { customer_id, .. }
            | OnboardingEvent::CustomerProvisioningProgressed { customer_id, .. } => {
                (*customer_id).into()
            }
        }
    }
}

/// The outbox of the house.
pub type Outbox = obix::Outbox<OnboardingEvent>;
