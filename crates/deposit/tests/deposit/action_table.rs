//! Every state of a customer and an account, times every action: as the table says, and nothing moved where it refuses.

use customer::primitives::{Activity, CustomerId, Verification};
use deposit::{
    DepositId, DepositStatus, Settings, WithdrawalId, WithdrawalStatus,
    rules::{self, Action},
};
use kernel::{Decision, Error};

use crate::bank::{Bank, admin, bank, of, officer};

/// An account with one of everything on it.
struct Prepared {
    customer: CustomerId,
    deposit: DepositId,
    pending: WithdrawalId,
    confirmed: WithdrawalId,
}

async fn prepare(bank: &Bank) -> Prepared {
    let customer = bank.account().await;
    let deposit = bank.deposit(customer, 1_000).await.unwrap().id;
    bank.deposit(customer, 1_000).await.unwrap();
    let pending = bank.withdrawal(customer, 100).await.unwrap().id;
    let confirmed = bank.withdrawal(customer, 100).await.unwrap().id;
    bank.deposits
        .confirm_withdrawal(&admin(), confirmed)
        .await
        .unwrap();
    Prepared {
        customer,
        deposit,
        pending,
        confirmed,
    }
}

/// What an action raises the settled balance by.
const ACTIONS: [(Action, i64); 6] = [
    (Action::RecordDeposit, 7),
    (Action::InitiateWithdrawal, -7),
    (
        Action::ConfirmWithdrawal(WithdrawalStatus::PendingConfirmation),
        0,
    ),
    (
        Action::CancelWithdrawal(WithdrawalStatus::PendingConfirmation),
        100,
    ),
    (Action::RevertWithdrawal(WithdrawalStatus::Confirmed), 100),
    (Action::RevertDeposit(DepositStatus::Confirmed), -1_000),
];

async fn act(money: &deposit::Deposits, on: &Prepared, action: Action) -> Result<(), Error> {
    let new = of(on.customer, 7, "");
    match action {
        Action::RecordDeposit => money
            .record_deposit(&officer(), DepositId::new(), &new)
            .await
            .map(drop),
        Action::InitiateWithdrawal => money
            .initiate_withdrawal(&officer(), WithdrawalId::new(), &new)
            .await
            .map(drop),
        Action::ConfirmWithdrawal(_) => money
            .confirm_withdrawal(&admin(), on.pending)
            .await
            .map(drop),
        Action::CancelWithdrawal(_) => money
            .cancel_withdrawal(&officer(), on.pending)
            .await
            .map(drop),
        Action::RevertWithdrawal(_) => money
            .revert_withdrawal(&admin(), on.confirmed)
            .await
            .map(drop),
        Action::RevertDeposit(_) => money.revert_deposit(&admin(), on.deposit).await.map(drop),
    }
}

#[tokio::test]
async fn every_state_times_every_action() {
    use {Activity::*, Verification::*};
    let bank = bank().await;
    let lenient = bank.with(Settings {
        allow_unverified: true,
        ..Settings::default()
    });
    let states = [
        (Verified, Active),
        (Verified, Pending),
        (Verified, Inactive),
        (Verified, Closed),
        (PendingVerification, Active),
        (PendingVerification, Inactive),
        (PendingVerification, Closed),
        (Rejected, Inactive),
        (Rejected, Closed),
    ];
    let mut done = 0;
    for (verification, activity) in states {
        for (action, raises) in ACTIONS {
            for money in [&bank.deposits, &lenient] {
                let on = prepare(&bank).await;
                bank.set(on.customer, verification, activity).await;
                let (before, _) = bank.on(on.customer).await;
                let expected = rules::may(action, money.account_facts(on.customer).await.unwrap());
                let what = format!("{action:?} while {verification:?}, {activity:?}");
                match (act(money, &on, action).await, expected) {
                    (Ok(()), Decision::Do) => {
                        assert_eq!(bank.on(on.customer).await.0, before + raises, "{what}");
                        done += 1;
                    }
                    (Err(Error::Refused(words)), Decision::Refused(expected)) => {
                        assert_eq!(words, expected, "{what}");
                        assert_eq!(bank.on(on.customer).await.0, before, "{what}");
                    }
                    (result, expected) => panic!("{what}: {result:?}, not {expected:?}"),
                }
            }
        }
    }
    // Counted by hand: all 6 in 2 states with 2 settings; unverified and active 1 and 6; frozen 1 each in 3 states.
    assert_eq!(done, 2 * 2 * 6 + 7 + 3 * 2);
}

#[tokio::test]
async fn without_an_account_and_with_a_locked_one_nothing_moves() {
    let bank = bank().await;
    let without = Prepared {
        customer: bank.customer().await,
        ..prepare(&bank).await
    };
    for action in [Action::RecordDeposit, Action::InitiateWithdrawal] {
        let refused = act(&bank.deposits, &without, action).await;
        assert!(
            matches!(&refused, Err(Error::Refused(words)) if words == rules::NO_ACCOUNT),
            "{refused:?}"
        );
    }
    // Locked in the ledger, whatever the customer's row says.
    let locked = bank.account().await;
    bank.ledger.close_accounts(&[locked.into()]).await;
    for result in [
        bank.deposit(locked, 1).await.map(drop),
        bank.withdrawal(locked, 1).await.map(drop),
    ] {
        assert!(
            matches!(&result, Err(Error::Refused(words)) if words == rules::CLOSED),
            "{result:?}"
        );
    }
    let nobody = Prepared {
        customer: CustomerId::new(),
        ..without
    };
    let refused = act(&bank.deposits, &nobody, Action::RecordDeposit).await;
    assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
}

#[tokio::test]
async fn an_account_with_money_reserved_is_not_empty() {
    let bank = bank().await;
    let customer = bank.account().await;
    bank.deposit(customer, 100).await.unwrap();
    let withdrawal = bank.withdrawal(customer, 100).await.unwrap();
    let empty = || async {
        let mut op = es_entity::DbOp::init(&bank.pool).await.unwrap();
        bank.ledger
            .is_empty_in_op(&mut op, customer.into())
            .await
            .unwrap()
    };
    assert_eq!(bank.on(customer).await, (0, 100));
    assert!(!empty().await, "nothing settled, but something pending");
    bank.deposits
        .confirm_withdrawal(&admin(), withdrawal.id)
        .await
        .unwrap();
    assert!(empty().await);
}
