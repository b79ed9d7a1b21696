use strum::IntoEnumIterator as _;

use super::*;

const ALL: [ProspectAction; 8] = [
    ProspectAction::GenerateLink,
    ProspectAction::SendLink,
    ProspectAction::Convert,
    ProspectAction::Close,
    ProspectAction::Reopen,
    ProspectAction::ChangeType,
    ProspectAction::ChangeContact,
    ProspectAction::Refresh,
];

const OF_CUSTOMERS: [CustomerAction; 7] = [
    CustomerAction::GenerateLink,
    CustomerAction::Deactivate,
    CustomerAction::Reactivate,
    CustomerAction::Restore,
    CustomerAction::Close,
    CustomerAction::ChangeContact,
    CustomerAction::Refresh,
];

fn at(stage: Stage) -> ProspectFacts {
    ProspectFacts {
        stage,
        converted_by_hand: false,
        erased: false,
        declined_for_good: false,
        by_hand_allowed: true,
    }
}

fn customer(verification: Verification) -> CustomerFacts {
    CustomerFacts {
        verification,
        deactivated: false,
        closed: false,
        green_after_red: false,
        declined_for_good: false,
        restored: false,
    }
}

fn sign(may: Decision) -> &'static str {
    match may {
        Decision::Do => "+",
        Decision::IsSo => "=",
        Decision::Refused(words) => {
            assert!(words.ends_with(['.', ')']), "a sentence: {words}");
            "-"
        }
    }
}

/// The action whose name a row of `docs/RULES.md` has.
fn named<A: Copy + std::fmt::Debug>(all: &[A], row: &str) -> A {
    let name = row.replace(' ', "");
    let known = all
        .iter()
        .find(|action| format!("{action:?}").eq_ignore_ascii_case(&name));
    *known.unwrap_or_else(|| panic!("{row}"))
}

#[test]
fn what_an_operator_may_do_to_a_prospect() {
    let cells = testkit::rules_table("prospect actions");
    assert_eq!(cells.len(), ALL.len() * 7, "each action at each stage");
    for cell in cells {
        let action = named(&ALL, cell.row);
        let stage = Stage::iter().find(|stage| format!("{stage:?}") == cell.column);
        let said = match sign(prospect_may(action, at(stage.unwrap()))) {
            "+" => "do",
            "=" => "is so",
            _ => "refused",
        };
        assert_eq!(said, cell.text, "{cell:?}");
    }
}

#[test]
fn what_an_operator_may_do_to_a_customer() {
    let cells = testkit::rules_table("customer actions");
    assert_eq!(
        cells.len(),
        OF_CUSTOMERS.len() * 4,
        "each action for each verification"
    );
    for cell in cells {
        let action = named(&OF_CUSTOMERS, cell.row);
        let verification = Verification::iter().find(|known| known.label() == cell.column);
        let facts = CustomerFacts {
            closed: cell.column == "(closed)",
            ..customer(verification.unwrap_or(Verification::Verified))
        };
        let with = |deactivated, green_after_red| {
            let facts = CustomerFacts {
                deactivated,
                green_after_red,
                ..facts
            };
            sign(customer_may(action, facts))
        };
        let said = match (with(false, false), with(true, false), with(false, true)) {
            ("=", "+", _) => "if deactivated",
            ("-", _, "+") => "if approved since",
            ("+", ..) => "do",
            ("=", ..) => "is so",
            _ => "refused",
        };
        assert_eq!(said, cell.text, "{cell:?}");
    }
}

#[test]
fn converting_by_hand_can_be_switched_off_and_is_idempotent() {
    let off = ProspectFacts {
        by_hand_allowed: false,
        ..at(Stage::New)
    };
    assert_eq!(sign(prospect_may(ProspectAction::Convert, off)), "-");
    let done = ProspectFacts {
        converted_by_hand: true,
        ..at(Stage::Converted)
    };
    assert_eq!(sign(prospect_may(ProspectAction::Convert, done)), "=");
}

#[test]
fn what_was_erased_stays_closed() {
    let erased = ProspectFacts {
        erased: true,
        ..at(Stage::Closed)
    };
    assert_eq!(sign(prospect_may(ProspectAction::Reopen, erased)), "-");
}

#[test]
fn restoring_needs_a_green_newer_than_the_red() {
    let green = CustomerFacts {
        green_after_red: true,
        ..customer(Verification::Rejected)
    };
    assert_eq!(sign(customer_may(CustomerAction::Restore, green)), "+");
    let again = CustomerFacts {
        restored: true,
        ..customer(Verification::Verified)
    };
    assert_eq!(sign(customer_may(CustomerAction::Restore, again)), "=");
}

#[test]
fn deactivation_is_a_fact_apart_from_verification() {
    for verification in [
        Verification::PendingVerification,
        Verification::Verified,
        Verification::Rejected,
    ] {
        let off = CustomerFacts {
            deactivated: true,
            ..customer(verification)
        };
        assert_eq!(sign(customer_may(CustomerAction::Deactivate, off)), "=");
        assert_eq!(sign(customer_may(CustomerAction::Reactivate, off)), "+");
    }
}

#[test]
fn no_link_is_sent_to_who_was_declined_for_good() {
    let declined_for_good = ProspectFacts {
        declined_for_good: true,
        ..at(Stage::KycDeclined)
    };
    assert_eq!(
        sign(prospect_may(ProspectAction::SendLink, declined_for_good)),
        "-"
    );
    // What a reset began anew is sent again.
    let reset = ProspectFacts {
        stage: Stage::KycStarted,
        ..declined_for_good
    };
    assert_eq!(sign(prospect_may(ProspectAction::SendLink, reset)), "+");
}
