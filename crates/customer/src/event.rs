//! What others hear of prospects and customers: this domain's events of the outbox. They carry ids and words of the domain, never
//! personal data.

use chrono::{DateTime, Utc};
use kernel::DomainEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::primitives::{
    Activity, CustomerId, KycLevel, KycStatus, ProspectId, Stage, Verification,
};

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
    /// A prospect or customer (they share the UUID) became the task of another operator, or nobody's.
    ProspectAssigned {
        /// The prospect that it is about.
        prospect_id: ProspectId,
        /// The operator's UUID.
        assignee: Option<Uuid>,
    },
    /// A note about a prospect or customer (they share the UUID) was added; what it says isn't told.
    ProspectNoteAdded {
        /// The prospect that it is about.
        prospect_id: ProspectId,
        /// The note's id.
        note_id: Uuid,
    },
    /// Nobody is to be asked about a prospect or customer (they share the UUID) for a while, or is again.
    ProspectSnoozed {
        /// The prospect that it is about.
        prospect_id: ProspectId,
        /// Until when; none once an operator has ended it before its time.
        until: Option<DateTime<Utc>>,
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
}

/// The listener that sees to the steps of provisioning.
pub const PROVISIONING_STARTER: &str = "provisioning-starter";
/// The listener that cancels credit facility proposals.
pub const CREDIT_CANCELLER: &str = "credit-canceller";

impl DomainEvent for OnboardingEvent {
    /// The prospect or customer it is about (they share the UUID).
    fn subject(&self) -> Uuid {
        use OnboardingEvent::*;
        match self {
            ProspectCreated { prospect_id }
            | ProspectLinkCreated { prospect_id }
            | ProspectLinkSent { prospect_id }
            | ProspectLinkOpened { prospect_id }
            | ProspectKycUpdated { prospect_id, .. }
            | ProspectDetailsChanged { prospect_id }
            | ProspectClosed { prospect_id }
            | ProspectAssigned { prospect_id, .. }
            | ProspectSnoozed { prospect_id, .. }
            | ProspectNoteAdded { prospect_id, .. }
            | ProspectReopened { prospect_id }
            | PersonalDataErased { prospect_id }
            | ProspectConverted { prospect_id } => (*prospect_id).into(),
            CustomerKycUpdated { customer_id, .. }
            | CustomerActivityChanged { customer_id, .. }
            | CustomerEmailChanged { customer_id }
            | CustomerProvisioningProgressed { customer_id, .. } => (*customer_id).into(),
        }
    }

    fn heard_by(&self) -> &'static [&'static str] {
        use OnboardingEvent::*;
        match self {
            CustomerKycUpdated {
                verification: Verification::Verified,
                ..
            } => &[PROVISIONING_STARTER],
            CustomerActivityChanged { activity, .. }
                if !matches!(activity, Activity::Inactive | Activity::Closed) =>
            {
                &[PROVISIONING_STARTER]
            }
            CustomerKycUpdated { .. } | CustomerActivityChanged { .. } => {
                &[PROVISIONING_STARTER, CREDIT_CANCELLER]
            }
            CustomerEmailChanged { .. } => &[PROVISIONING_STARTER],
            _ => &[],
        }
    }
}
