use customer::primitives::Activity::{Active, Closed, Inactive, Pending};
use ledger::AccountStatus::{Active as Open, Locked};
use strum::IntoEnumIterator as _;

use super::{Action::*, *};
use crate::primitives::{DepositStatus as D, WithdrawalStatus as W};

/// Every action on what is in the state that it is for.
const ALL: [Action; 6] = [
    RecordDeposit,
    RevertDeposit(D::Confirmed),
    InitiateWithdrawal,
    ConfirmWithdrawal(W::PendingConfirmation),
    CancelWithdrawal(W::PendingConfirmation),
    RevertWithdrawal(W::Confirmed),
];

const FINE: Facts = Facts {
    account: Some(Open),
    activity: Active,
    verification: Verification::Verified,
    allow_unverified: false,
    own: false,
    perhaps_own: false,
};

/// What a row and a column of `docs/RULES.md` name; none where there is no such thing.
fn named(row: &str, column: &str) -> Option<Action> {
    let deposit = D::iter().find(|status| status.label() == column);
    let withdrawal = W::iter().find(|status| status.label() == column);
    match row {
        "record a deposit" => (column == "(none)").then_some(RecordDeposit),
        "start a withdrawal" => (column == "(none)").then_some(InitiateWithdrawal),
        "revert a deposit" => deposit.map(RevertDeposit),
        "confirm a withdrawal" => withdrawal.map(ConfirmWithdrawal),
        "cancel a withdrawal" => withdrawal.map(CancelWithdrawal),
        "revert a withdrawal" => withdrawal.map(RevertWithdrawal),
        _ => panic!("{row}"),
    }
}

#[test]
fn the_table_of_the_rules_is_this_one() {
    let own = Facts { own: true, ..FINE };
    let inactive = Facts {
        activity: Inactive,
        ..FINE
    };
    for cell in testkit::rules_table("deposit actions") {
        let said = match named(cell.row, cell.column) {
            None => "–",
            Some(action) => match (may(action, FINE), may(action, own), may(action, inactive)) {
                (IsSo, ..) => "is so",
                (Refused(_), ..) => "refused",
                (Do, Refused(_), _) => "by another",
                (Do, _, Do) => "even frozen",
                (Do, ..) => "moving",
            },
        };
        assert_eq!(said, cell.text, "{cell:?}");
    }
}

fn only_cancelling(facts: Facts, words: &'static str) {
    for action in ALL {
        let expected = match action {
            CancelWithdrawal(_) => Do,
            _ => Refused(words),
        };
        assert_eq!(may(action, facts), expected, "{action:?}");
    }
}

#[test]
fn an_account_that_is_open_takes_everything() {
    for activity in [Active, Pending] {
        for action in ALL {
            assert_eq!(may(action, Facts { activity, ..FINE }), Do, "{action:?}");
        }
    }
}

#[test]
fn an_account_that_is_missing_or_closed_takes_nothing() {
    let missing = Facts {
        account: None,
        ..FINE
    };
    let locked = Facts {
        account: Some(Locked),
        ..FINE
    };
    let closed = Facts {
        activity: Closed,
        ..FINE
    };
    for action in ALL {
        assert_eq!(may(action, missing), Refused(NO_ACCOUNT), "{action:?}");
        assert_eq!(may(action, locked), Refused(CLOSED), "{action:?}");
        assert_eq!(may(action, closed), Refused(CLOSED), "{action:?}");
    }
}

#[test]
fn a_frozen_account_takes_cancelling_only() {
    let inactive = Facts {
        activity: Inactive,
        ..FINE
    };
    only_cancelling(inactive, FROZEN);
    let rejected = Facts {
        verification: Verification::Rejected,
        ..inactive
    };
    only_cancelling(rejected, FROZEN);
    // A setting for those who wait for their verification opens nothing to those who failed it.
    let allowed = Facts {
        allow_unverified: true,
        ..rejected
    };
    only_cancelling(allowed, FROZEN);
}

#[test]
fn the_unverified_wait_unless_the_bank_says_so() {
    let unverified = Facts {
        verification: Verification::PendingVerification,
        ..FINE
    };
    only_cancelling(unverified, UNVERIFIED);
    for action in ALL {
        let allowed = Facts {
            allow_unverified: true,
            ..unverified
        };
        assert_eq!(may(action, allowed), Do, "{action:?}");
    }
}

#[test]
fn one_s_own_is_confirmed_and_reverted_by_another() {
    let own = Facts { own: true, ..FINE };
    let perhaps = Facts {
        perhaps_own: true,
        ..FINE
    };
    for (facts, words) in [(own, OWN), (perhaps, PERHAPS_OWN)] {
        for action in ALL {
            let expected = match action {
                RecordDeposit | InitiateWithdrawal | CancelWithdrawal(_) => Do,
                _ => Refused(words),
            };
            assert_eq!(may(action, facts), expected, "{action:?}");
        }
    }
}

#[test]
fn what_is_so_already_is_so_whatever_became_of_the_account() {
    let facts = [
        FINE,
        Facts { own: true, ..FINE },
        Facts {
            activity: Closed,
            account: Some(Locked),
            ..FINE
        },
    ];
    for facts in facts {
        for action in [
            RevertDeposit(D::Reverted),
            ConfirmWithdrawal(W::Confirmed),
            CancelWithdrawal(W::Cancelled),
            RevertWithdrawal(W::Reverted),
        ] {
            assert_eq!(may(action, facts), IsSo, "{action:?}");
        }
    }
}

/// From each state a withdrawal goes on in just these ways.
#[test]
fn a_withdrawal_goes_its_way() {
    for status in W::iter() {
        let to: Vec<Action> = [
            ConfirmWithdrawal(status),
            CancelWithdrawal(status),
            RevertWithdrawal(status),
        ]
        .into_iter()
        .filter(|action| may(*action, FINE) == Do)
        .collect();
        let expected = match status {
            W::PendingConfirmation => vec![ConfirmWithdrawal(status), CancelWithdrawal(status)],
            W::Confirmed => vec![RevertWithdrawal(status)],
            W::Cancelled | W::Reverted => vec![],
        };
        assert_eq!(to, expected, "{status}");
    }
}
