//! What `docs/events.md` says of the outbox's events, whichever domain's they are, is what others get.

use std::collections::BTreeSet;

use credit::event::{CreditEvent, CreditFacilityProposed};
use customer::{
    event::OnboardingEvent,
    primitives::{Activity, CustomerId, KycLevel, KycStatus, ProspectId, Stage, Verification},
};
use deposit::event::{DepositMoved, MoneyEvent, WithdrawalMoved};
use kernel::{DomainEvent, EVENT_SHAPES_VERSION, Event};
use serde_json::Value;
use uuid::{Uuid, uuid};

const DOCS: &str = include_str!("../../../../docs/events.md");
/// Whom the documentation's examples are about.
const SUBJECT: Uuid = uuid!("01900000-0000-7000-8000-000000000001");
const ACCOUNT: Uuid = uuid!("42d9b996-7c69-51fe-b72c-47d0834e4ea2");

/// An event as its example is, and its name. Where an enum's events are listed, the compiler asks for each of them.
type Example<D> = (&'static str, D);

/// The events of an enum with their names; one that isn't listed is a variant that a `match` lacks.
macro_rules! examples {
    ($event:ident: $($variant:ident $shape:tt),+ $(,)?) => {{
        let _every_one = |event: &$event| match event { $($event::$variant { .. } => ()),+ };
        let examples: Vec<Example<$event>> =
            vec![$((stringify!($variant), $event::$variant $shape)),+];
        examples
    }};
}

fn onboarding() -> Vec<Example<OnboardingEvent>> {
    let (prospect_id, customer_id) = (ProspectId::from(SUBJECT), CustomerId::from(SUBJECT));
    examples!(OnboardingEvent:
        ProspectCreated { prospect_id },
        ProspectLinkCreated { prospect_id },
        ProspectLinkSent { prospect_id },
        ProspectLinkOpened { prospect_id },
        ProspectKycUpdated { prospect_id, stage: Stage::KycPending, kyc_status: KycStatus::Pending },
        ProspectDetailsChanged { prospect_id },
        ProspectAssigned { prospect_id, assignee: Some(uuid!("01900000-0000-7000-8000-000000000007")) },
        ProspectNoteAdded { prospect_id, note_id: uuid!("01900000-0000-7000-8000-000000000008") },
        ProspectSnoozed { prospect_id, until: Some("2026-12-24T00:00:00Z".parse().unwrap()) },
        ProspectClosed { prospect_id },
        ProspectReopened { prospect_id },
        ProspectConverted { prospect_id },
        PersonalDataErased { prospect_id },
        CustomerKycUpdated {
            customer_id,
            level: KycLevel::Basic,
            verification: Verification::Verified,
        },
        CustomerActivityChanged { customer_id, activity: Activity::Inactive },
        CustomerEmailChanged { customer_id },
        CustomerProvisioningProgressed { customer_id, activity: Activity::Active },
    )
}

fn money() -> Vec<Example<MoneyEvent>> {
    let deposit = || DepositMoved {
        deposit_id: uuid!("01900000-0000-7000-8000-000000000002"),
        customer_id: SUBJECT.into(),
        account_id: ACCOUNT,
        amount: 125_000,
    };
    let withdrawal = || WithdrawalMoved {
        withdrawal_id: uuid!("01900000-0000-7000-8000-000000000003"),
        customer_id: SUBJECT.into(),
        account_id: ACCOUNT,
        amount: 25_000,
    };
    examples!(MoneyEvent:
        DepositRecorded(deposit()),
        DepositReverted(deposit()),
        WithdrawalInitiated(withdrawal()),
        WithdrawalConfirmed(withdrawal()),
        WithdrawalCancelled(withdrawal()),
        WithdrawalReverted(withdrawal()),
    )
}

fn credit() -> Vec<Example<CreditEvent>> {
    let proposal = || CreditFacilityProposed {
        credit_facility_proposal_id: uuid!("01900000-0000-7000-8000-000000000004"),
        customer_id: SUBJECT.into(),
        amount: 5_000_000,
    };
    examples!(CreditEvent:
        CreditFacilityProposalCreated(proposal()),
        CreditFacilityProposalAccepted(proposal()),
        CreditFacilityProposalDeclinedByCustomer(proposal()),
        CreditFacilityProposalApproved(proposal()),
        CreditFacilityProposalDenied(proposal()),
        CreditFacilityProposalCancelled(proposal()),
    )
}

/// The documentation's examples.
fn documented() -> Vec<Value> {
    DOCS.lines()
        .filter(|line| line.starts_with("{\"type\""))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Looks at a domain's events, each of which has to have an example that says the same; answers their names.
fn is_as_documented<D>(events: Vec<Example<D>>) -> Vec<&'static str>
where
    D: DomainEvent + PartialEq + std::fmt::Debug,
{
    let documented = documented();
    let mut names = Vec::new();
    for (name, event) in events {
        let written = Event::write(&event).unwrap();
        assert_eq!(written.kind(), Some(name));
        assert_eq!(written.subject, SUBJECT, "{name}");
        assert!(documented.contains(&written.payload), "{written:?}");
        // And what was written down before is still read.
        assert_eq!(written.read::<D>().unwrap(), event);
        names.push(name);
    }
    names
}

#[test]
fn every_event_is_as_its_example() {
    let mut names = is_as_documented(onboarding());
    names.extend(is_as_documented(money()));
    names.extend(is_as_documented(credit()));
    let documented = documented();
    assert_eq!(names.len(), documented.len(), "an example of no event");
    let each: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), each.len(), "two domains' events share a name");
    for example in &documented {
        // What stands around it on its way to others.
        for field in ["id", "cursor", "recorded_at", "subject"] {
            assert!(example.get(field).is_none(), "{example}: {field}");
        }
    }
    let version = format!("Shapes version {EVENT_SHAPES_VERSION}.");
    assert!(DOCS.contains(&version), "docs/events.md has another one");
}

#[test]
fn a_domain_reads_its_own_events_only() {
    for (name, event) in money() {
        let event = Event::write(&event).unwrap();
        let words = event.read::<OnboardingEvent>().unwrap_err().to_string();
        assert!(
            words.starts_with(&format!("event {name} is unknown")),
            "{words}"
        );
        assert!(event.read::<CreditEvent>().is_err());
    }
}
