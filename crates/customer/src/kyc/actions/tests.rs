use super::*;

/// `design.md`, *How a prospect moves*, the operators' rows: New … KycDeclined, Converted, Closed.
/// `+` can be done, `=` is so already, `-` refused.
const PROSPECTS: &str = "
    GenerateLink  | + | + | + | + | + | - | -
    Convert       | + | + | + | + | - | - | -
    Close         | + | + | + | + | + | - | =
    Reopen        | = | = | = | = | = | - | +
    ChangeType    | + | - | - | - | - | - | -
    ChangeContact | + | + | + | + | + | - | -
    Refresh       | + | + | + | + | + | - | -
";

/// `design.md`, *What happens to a customer*, the operators' rows: Pending Verification, Verified, Rejected, closed.
const CUSTOMERS: &str = "
    GenerateLink  | + | - | + | -
    Deactivate    | + | + | + | -
    Reactivate    | = | = | = | -
    Restore       | - | - | - | -
    Close         | + | + | + | =
    ChangeContact | + | + | + | -
    Refresh       | + | + | + | -
";

const ALL: [ProspectAction; 7] = [
    ProspectAction::GenerateLink,
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

fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    table.lines().filter(|l| !l.trim().is_empty()).map(|line| {
        let mut cells = line.split('|').map(str::trim);
        (cells.next().unwrap_or_default(), cells.collect())
    })
}

#[test]
fn what_an_operator_may_do_to_a_prospect() {
    use Stage::*;
    let mut seen = 0;
    for (name, cells) in rows(PROSPECTS) {
        let action = ALL.into_iter().find(|a| format!("{a:?}") == name).unwrap();
        for (stage, cell) in [
            New,
            KycStarted,
            KycPending,
            KycOnHold,
            KycDeclined,
            Converted,
            Closed,
        ]
        .into_iter()
        .zip(cells)
        {
            assert_eq!(
                sign(prospect_may(action, at(stage))),
                cell,
                "{name} at {stage:?}"
            );
        }
        seen += 1;
    }
    assert_eq!(seen, ALL.len());
}

#[test]
fn what_an_operator_may_do_to_a_customer() {
    use Verification::*;
    let states = [
        customer(PendingVerification),
        customer(Verified),
        customer(Rejected),
        CustomerFacts {
            closed: true,
            ..customer(Verified)
        },
    ];
    let mut seen = 0;
    for (name, cells) in rows(CUSTOMERS) {
        let action = OF_CUSTOMERS
            .into_iter()
            .find(|a| format!("{a:?}") == name)
            .unwrap();
        for (facts, cell) in states.into_iter().zip(cells) {
            assert_eq!(
                sign(customer_may(action, facts)),
                cell,
                "{name} with {facts:?}"
            );
        }
        seen += 1;
    }
    assert_eq!(seen, OF_CUSTOMERS.len());
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
