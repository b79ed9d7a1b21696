//! What `docs/events.md` says of the outbox's events is what others get.

use customer::{
    event::{
        CreditFacilityProposed, DepositMoved, OnboardingEvent, SHAPES_VERSION, WithdrawalMoved,
    },
    primitives::{Activity, CustomerId, KycLevel, KycStatus, ProspectId, Stage, Verification},
};
use serde_json::Value;
use uuid::{Uuid, uuid};

const DOCS: &str = include_str!("../../../../docs/events.md");

/// The event that the documentation has an example of.
fn told(kind: &str) -> Option<OnboardingEvent> {
    use OnboardingEvent::*;
    let id = uuid!("01900000-0000-7000-8000-000000000001");
    let (prospect_id, customer_id) = (ProspectId::from(id), CustomerId::from(id));
    let account_id = uuid!("42d9b996-7c69-51fe-b72c-47d0834e4ea2");
    let deposit = DepositMoved {
        deposit_id: uuid!("01900000-0000-7000-8000-000000000002"),
        customer_id,
        account_id,
        amount: 125_000,
    };
    let withdrawal = WithdrawalMoved {
        withdrawal_id: uuid!("01900000-0000-7000-8000-000000000003"),
        customer_id,
        account_id,
        amount: 25_000,
    };
    let proposal = CreditFacilityProposed {
        credit_facility_proposal_id: uuid!("01900000-0000-7000-8000-000000000004"),
        customer_id,
        amount: 5_000_000,
    };
    Some(match kind {
        "ProspectCreated" => ProspectCreated { prospect_id },
        "ProspectLinkCreated" => ProspectLinkCreated { prospect_id },
        "ProspectLinkSent" => ProspectLinkSent { prospect_id },
        "ProspectLinkOpened" => ProspectLinkOpened { prospect_id },
        "ProspectKycUpdated" => ProspectKycUpdated {
            prospect_id,
            stage: Stage::KycPending,
            kyc_status: KycStatus::Pending,
        },
        "ProspectDetailsChanged" => ProspectDetailsChanged { prospect_id },
        "ProspectClosed" => ProspectClosed { prospect_id },
        "ProspectReopened" => ProspectReopened { prospect_id },
        "ProspectConverted" => ProspectConverted { prospect_id },
        "PersonalDataErased" => PersonalDataErased { prospect_id },
        "CustomerKycUpdated" => CustomerKycUpdated {
            customer_id,
            level: KycLevel::Basic,
            verification: Verification::Verified,
        },
        "CustomerActivityChanged" => CustomerActivityChanged {
            customer_id,
            activity: Activity::Inactive,
        },
        "CustomerEmailChanged" => CustomerEmailChanged { customer_id },
        "CustomerProvisioningProgressed" => CustomerProvisioningProgressed {
            customer_id,
            activity: Activity::Active,
        },
        "DepositRecorded" => DepositRecorded(deposit),
        "DepositReverted" => DepositReverted(deposit),
        "WithdrawalInitiated" => WithdrawalInitiated(withdrawal),
        "WithdrawalConfirmed" => WithdrawalConfirmed(withdrawal),
        "WithdrawalCancelled" => WithdrawalCancelled(withdrawal),
        "WithdrawalReverted" => WithdrawalReverted(withdrawal),
        "CreditFacilityProposalCreated" => CreditFacilityProposalCreated(proposal),
        "CreditFacilityProposalAccepted" => CreditFacilityProposalAccepted(proposal),
        "CreditFacilityProposalDeclinedByCustomer" => {
            CreditFacilityProposalDeclinedByCustomer(proposal)
        }
        "CreditFacilityProposalApproved" => CreditFacilityProposalApproved(proposal),
        "CreditFacilityProposalDenied" => CreditFacilityProposalDenied(proposal),
        "CreditFacilityProposalCancelled" => CreditFacilityProposalCancelled(proposal),
        _ => return None,
    })
}

/// Every event type; the compiler asks for a new one's name here.
fn name(event: &OnboardingEvent) -> &'static str {
    use OnboardingEvent::*;
    macro_rules! names {
        ($($variant:ident),+ $(,)?) => {
            match event { $($variant { .. } => stringify!($variant)),+ }
        };
    }
    names!(
        ProspectCreated,
        ProspectLinkCreated,
        ProspectLinkSent,
        ProspectLinkOpened,
        ProspectKycUpdated,
        ProspectDetailsChanged,
        ProspectClosed,
        ProspectReopened,
        PersonalDataErased,
        ProspectConverted,
        CustomerKycUpdated,
        CustomerActivityChanged,
        CustomerEmailChanged,
        CustomerProvisioningProgressed,
        DepositRecorded,
        DepositReverted,
        WithdrawalInitiated,
        WithdrawalConfirmed,
        WithdrawalCancelled,
        WithdrawalReverted,
        CreditFacilityProposalCreated,
        CreditFacilityProposalAccepted,
        CreditFacilityProposalDeclinedByCustomer,
        CreditFacilityProposalApproved,
        CreditFacilityProposalDenied,
        CreditFacilityProposalCancelled,
    )
}

/// How many event types [`name`] knows.
const KINDS: usize = 24;

#[test]
fn every_event_is_as_its_example() {
    let examples: Vec<Value> = DOCS
        .lines()
        .filter(|line| line.starts_with("{\"type\""))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    for example in &examples {
        let kind = example["type"].as_str().unwrap();
        let event = told(kind).unwrap_or_else(|| panic!("there is no event {kind}"));
        assert_eq!(name(&event), kind);
        assert_eq!(&serde_json::to_value(&event).unwrap(), example, "{kind}");
        // What stands around it on its way to others.
        for field in ["id", "cursor", "recorded_at", "subject"] {
            assert!(example.get(field).is_none(), "{kind}: {field}");
        }
        // And what was written down before is still read.
        let read: OnboardingEvent = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(read, event);
        assert_ne!(read.subject(), Uuid::nil());
        seen.insert(kind);
    }
    assert_eq!(seen.len(), KINDS, "an event without an example: {seen:?}");
    let version = format!("Shapes version {SHAPES_VERSION}.");
    assert!(
        DOCS.contains(&version),
        "docs/events.md has another version"
    );
}
