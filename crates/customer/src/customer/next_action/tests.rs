use strum::IntoEnumIterator as _;

use super::{CustomerStep::*, *};
use crate::kyc::{CustomerAction, CustomerFacts, customer_may};

const STANDINGS: [ProvisioningStanding; 3] = [
    ProvisioningStanding::Done,
    ProvisioningStanding::Running,
    ProvisioningStanding::NeedsPerson,
];

fn fine() -> CustomerNextFacts {
    CustomerNextFacts {
        raised: false,
        activity: Activity::Active,
        verification: Verification::Verified,
        may_restore: false,
        deactivated: false,
        provisioning: ProvisioningStanding::Done,
        withdrawal_waits: false,
        proposal_waits: false,
        money_moves: true,
    }
}

/// Every combination that there is.
fn all() -> Vec<CustomerNextFacts> {
    let mut all = Vec::new();
    for activity in Activity::iter() {
        for verification in Verification::iter() {
            for provisioning in STANDINGS {
                for bits in 0..64_u32 {
                    let bit = |n: u32| bits & (1 << n) != 0;
                    all.push(CustomerNextFacts {
                        raised: bit(0),
                        activity,
                        verification,
                        may_restore: bit(1),
                        deactivated: bit(2),
                        provisioning,
                        withdrawal_waits: bit(3),
                        proposal_waits: bit(4),
                        money_moves: bit(5),
                    });
                }
            }
        }
    }
    all
}

#[test]
fn each_case_says_what_to_do_or_whom_one_waits_for() {
    for facts in all() {
        let (words, step) = next_action(facts);
        assert!(words.ends_with('.'), "{words}");
        let waits = matches!(step, WaitForProvisioning | WaitForVerification);
        assert_eq!(waits, words.starts_with("Wait for "), "{facts:?}: {words}");
        assert_eq!(
            step == Nothing,
            facts.activity == Activity::Closed,
            "{facts:?}"
        );
        // What is raised comes before all that can still be done.
        let first = facts.raised && facts.activity != Activity::Closed;
        assert_eq!(step == LookAtRaised, first, "{facts:?}");
        // No money comes in while something stands in its way.
        if step == RecordDeposit {
            assert!(facts.money_moves && !facts.deactivated, "{facts:?}");
            assert_ne!(facts.verification, Verification::Rejected, "{facts:?}");
            assert_eq!(facts.provisioning, ProvisioningStanding::Done, "{facts:?}");
        }
    }
}

#[test]
fn what_it_offers_can_be_done() {
    for facts in all() {
        let action = match next_action(facts).1 {
            Restore => CustomerAction::Restore,
            Reactivate => CustomerAction::Reactivate,
            _ => continue,
        };
        let may = CustomerFacts {
            verification: facts.verification,
            closed: facts.activity == Activity::Closed,
            deactivated: facts.deactivated,
            green_after_red: facts.may_restore,
            declined_for_good: false,
            restored: false,
        };
        assert!(customer_may(action, may).allowed().unwrap(), "{facts:?}");
    }
}

#[test]
fn what_waits_goes_before_what_comes_in() {
    let step = |facts| next_action(facts).1;
    assert_eq!(step(fine()), RecordDeposit);
    let waits = CustomerNextFacts {
        withdrawal_waits: true,
        proposal_waits: true,
        ..fine()
    };
    assert_eq!(step(waits), ConfirmWithdrawal);
    let proposal = CustomerNextFacts {
        proposal_waits: true,
        ..fine()
    };
    assert_eq!(step(proposal), DecideProposal);
    let running = ProvisioningStanding::Running;
    assert_eq!(
        step(CustomerNextFacts {
            provisioning: running,
            ..fine()
        }),
        WaitForProvisioning
    );
    let stuck = ProvisioningStanding::NeedsPerson;
    assert_eq!(
        step(CustomerNextFacts {
            provisioning: stuck,
            withdrawal_waits: true,
            ..fine()
        }),
        RetryProvisioning
    );
    let by_hand = CustomerNextFacts {
        verification: Verification::PendingVerification,
        money_moves: false,
        ..fine()
    };
    assert_eq!(step(by_hand), WaitForVerification);
}

#[test]
fn what_is_raised_is_said_in_its_words() {
    let raised = CustomerNextFacts {
        raised: true,
        ..fine()
    };
    let next = CustomerNext::of(raised, Some("Sumsub put a customer on hold"));
    assert_eq!(
        next.words,
        "A person has to look: Sumsub put a customer on hold. Act on it and resolve it."
    );
    let closed = CustomerNextFacts {
        activity: Activity::Closed,
        ..raised
    };
    assert_eq!(CustomerNext::of(closed, Some("x")).step, Nothing);
}
