use proptest::prelude::*;
use strum::IntoEnumIterator as _;

use super::{Action::*, Ineligible, *};
use crate::ProposalStatus::{self, *};

fn facts(reasons: &[Ineligible], lost: Option<Ineligible>, own: bool) -> Facts {
    Facts {
        eligibility: Eligibility {
            reasons: reasons.to_vec(),
        },
        lost,
        own,
        perhaps_own: false,
    }
}

fn fine() -> Facts {
    facts(&[], None, false)
}

const ON: [fn(ProposalStatus) -> Action; 4] = [Accept, Decline, Approve, Deny];

#[test]
fn the_table_of_the_rules_is_this_one() {
    let ineligible = facts(&[Ineligible::NotVerified], None, false);
    for cell in testkit::rules_table("credit actions") {
        let status = ProposalStatus::iter().find(|status| status.label() == cell.column);
        let action = match (cell.row, status) {
            ("propose", None) => Some(Propose),
            ("accept (customer)", status) => status.map(Accept),
            ("decline (customer)", status) => status.map(Decline),
            ("approve (another operator)", status) => status.map(Approve),
            ("deny (another operator)", status) => status.map(Deny),
            _ => None,
        };
        let said = match action.map(|action| (may(action, &fine()), may(action, &ineligible))) {
            None => "–",
            Some((IsSo, _)) => "is so",
            Some((Decision::Refused(_), _)) => "refused",
            Some((Do, Do)) => "standing",
            Some((Do, _)) => "eligible",
        };
        assert_eq!(said, cell.text, "{cell:?}");
    }
}

/// From each state a proposal goes on in just these ways.
#[test]
fn a_proposal_goes_its_way() {
    for status in ProposalStatus::iter() {
        let to: Vec<Action> = ON
            .into_iter()
            .map(|action| action(status))
            .filter(|action| may(*action, &fine()) == Do)
            .collect();
        let expected = match status {
            PendingCustomerApproval => vec![Accept(status), Decline(status)],
            PendingApproval => vec![Approve(status), Deny(status)],
            CustomerDenied | Approved | Denied | Cancelled => vec![],
        };
        assert_eq!(to, expected, "{status}");
        assert_eq!(status.is_open(), !expected.is_empty(), "{status}");
    }
}

#[test]
fn each_reason_refuses_a_new_one_an_acceptance_and_an_approval() {
    for reason in Ineligible::iter() {
        let facts = facts(&[reason], None, false);
        let ineligible = Decision::Refused(Refusal::Ineligible(facts.eligibility.clone()));
        for action in [
            Propose,
            Accept(PendingCustomerApproval),
            Approve(PendingApproval),
        ] {
            assert_eq!(may(action, &facts), ineligible, "{action:?}");
        }
        for action in [Decline(PendingCustomerApproval), Deny(PendingApproval)] {
            assert_eq!(may(action, &facts), Do, "{action:?}");
        }
    }
}

#[test]
fn what_was_lost_in_between_stays_lost() {
    let lost = facts(&[], Some(Ineligible::Deactivated), false);
    for action in [
        Accept(PendingCustomerApproval),
        Decline(PendingCustomerApproval),
        Approve(PendingApproval),
        Deny(PendingApproval),
    ] {
        let Decision::Refused(refusal) = may(action, &lost) else {
            unreachable!("{action:?}");
        };
        assert_eq!(
            refusal.to_string(),
            "The customer was deactivated. This proposal doesn't stand any more: make a new one."
        );
    }
    for status in ProposalStatus::iter() {
        let cause = status.is_open().then_some(Ineligible::Deactivated);
        assert_eq!(cancels(status, &lost), cause);
        assert_eq!(cancels(status, &fine()), None);
    }
}

#[test]
fn one_s_own_is_decided_by_another() {
    let own = facts(&[], None, true);
    let perhaps = Facts {
        perhaps_own: true,
        ..fine()
    };
    assert_eq!(
        may(Approve(PendingApproval), &perhaps),
        refused(PERHAPS_OWN)
    );
    assert_eq!(may(Approve(PendingApproval), &own), refused(OWN));
    assert_eq!(may(Deny(PendingApproval), &own), refused(OWN));
    assert_eq!(may(Propose, &own), Do);
    assert_eq!(may(Approve(Approved), &own), IsSo);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Act(usize, bool),
    Lose(Ineligible),
    WinBack,
    Cancel,
}

fn step() -> impl Strategy<Value = Step> {
    let reasons: Vec<Ineligible> = Ineligible::iter().collect();
    prop_oneof![
        4 => (0..ON.len(), any::<bool>()).prop_map(|(action, own)| Step::Act(action, own)),
        1 => prop::sample::select(reasons).prop_map(Step::Lose),
        1 => Just(Step::WinBack),
        1 => Just(Step::Cancel),
    ]
}

proptest! {
    /// In any order of commands and events: one yes or no of each side at most, in order; approved only when another
    /// approved what the customer accepted and nothing came in between; what is over stays as it is.
    #[test]
    fn any_order_keeps_the_order_of_life(steps in prop::collection::vec(step(), 0..40)) {
        let mut status = PendingCustomerApproval;
        let (mut now, mut lost) = (Vec::new(), None);
        let mut path = vec![status];
        for step in steps {
            let before = status;
            match step {
                Step::Lose(reason) => {
                    now = vec![reason];
                    lost = lost.or(Some(reason));
                }
                Step::WinBack => now = Vec::new(),
                Step::Cancel => {
                    if let Some(cause) = cancels(status, &facts(&now, lost, false)) {
                        prop_assert_eq!(Some(cause), lost);
                        status = Cancelled;
                    }
                }
                Step::Act(at, own) => {
                    let action = ON[at](status);
                    if may(action, &facts(&now, lost, own)) == Do {
                        prop_assert!(lost.is_none(), "{:?} after a loss", action);
                        prop_assert!(!own || matches!(action, Accept(_) | Decline(_)));
                        status = match action {
                            Accept(_) => PendingApproval,
                            Decline(_) => CustomerDenied,
                            Approve(_) => Approved,
                            Deny(_) => Denied,
                            Propose => unreachable!(),
                        };
                    }
                }
            }
            if status != before {
                prop_assert!(before.is_open(), "{} was over", before);
                path.push(status);
            }
        }
        prop_assert!(matches!(
            path.as_slice(),
            [PendingCustomerApproval]
                | [PendingCustomerApproval, CustomerDenied | Cancelled | PendingApproval]
                | [PendingCustomerApproval, PendingApproval, Approved | Denied | Cancelled]
        ), "{:?}", path);
    }
}
