use futures::future::join_all;
use uuid::Uuid;

use super::support::{Bank, bank, movement, overdrawn};
use crate::{
    AccountCategory::{Individual, PrivateCompany},
    LedgerError, Posting, PostingError,
};

/// What is on the account, settled and pending.
async fn on(bank: &Bank, customer: Uuid) -> (i64, i64) {
    let account = bank.deposits.account_of(customer).await.unwrap().unwrap();
    (account.settled, account.pending)
}

#[tokio::test]
async fn each_posting_moves_what_its_row_of_the_table_says() {
    use Posting::*;
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let (deposit, mistake) = (movement(customer, 1_000), movement(customer, 25));
    let (paid, dropped) = (movement(customer, 300), movement(customer, 400));
    for (posting, movement, after) in [
        (Deposit, deposit, (1_000, 0)),
        (Deposit, mistake, (1_025, 0)),
        (DepositRevert, mistake, (1_000, 0)),
        (WithdrawalReserve, paid, (700, 300)),
        (WithdrawalReserve, dropped, (300, 700)),
        (WithdrawalCancel, dropped, (700, 300)),
        (WithdrawalConfirm, paid, (700, 0)),
        (WithdrawalRevert, paid, (1_000, 0)),
    ] {
        bank.post(&[posting], movement).await.unwrap();
        assert_eq!(on(&bank, customer).await, after, "{posting:?}");
    }
}

#[tokio::test]
async fn one_document_is_posted_once() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let deposit = movement(customer, 100);
    let all = join_all((0..8).map(|_| bank.post(&[Posting::Deposit], deposit))).await;
    let posted = all.iter().filter(|posted| posted.is_ok()).count();
    assert_eq!(posted, 1, "{all:?}");
    for refused in all.into_iter().filter_map(Result::err) {
        assert_eq!(refused, PostingError::Posted);
    }
    assert_eq!(on(&bank, customer).await, (100, 0));
}

/// By the ledger alone: nobody locks the customer here.
#[tokio::test]
async fn a_hundred_reservations_at_once_against_money_for_ten_give_ten() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    bank.deposit(customer, 1_000).await.unwrap();
    let all = join_all((0..100).map(|_| {
        let movement = movement(customer, 100);
        let bank = &bank;
        async move { bank.post(&[Posting::WithdrawalReserve], movement).await }
    }))
    .await;
    let reserved = all.iter().filter(|posted| posted.is_ok()).count();
    let refused = all.iter().filter(|posted| overdrawn(posted)).count();
    assert_eq!((reserved, refused), (10, 90), "{all:?}");
    assert_eq!(on(&bank, customer).await, (0, 1_000));
}

#[tokio::test]
async fn what_is_spent_or_reserved_is_not_reverted() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let neighbour = bank.open(1_000_002, Individual).await;
    bank.deposit(neighbour, 5_000).await.unwrap();
    let deposit = movement(customer, 500);
    bank.post(&[Posting::Deposit], deposit).await.unwrap();
    let reserved = movement(customer, 200);
    bank.post(&[Posting::WithdrawalReserve], reserved)
        .await
        .unwrap();
    let refused = bank.post(&[Posting::DepositRevert], deposit).await;
    assert_eq!(refused, Err(PostingError::Overdraft { short: 200 }));
    bank.post(&[Posting::WithdrawalCancel], reserved)
        .await
        .unwrap();
    bank.post(&[Posting::DepositRevert], deposit).await.unwrap();
    assert_eq!(on(&bank, customer).await, (0, 0));
}

#[tokio::test]
async fn a_closed_account_a_missing_one_and_nothing_to_move_say_so() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, PrivateCompany).await;
    bank.deposits.close_accounts(&[customer]).await;
    assert_eq!(bank.deposit(customer, 1).await, Err(PostingError::Locked));
    assert_eq!(
        bank.deposit(Uuid::now_v7(), 1).await,
        Err(PostingError::NoAccount)
    );
    for cents in [0, -1, i64::MIN] {
        let refused = bank.deposit(customer, cents).await;
        assert!(
            matches!(refused, Err(PostingError::Ledger(LedgerError::Invalid(_)))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn what_the_caller_gives_up_was_never_posted() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let deposit = movement(customer, 100);
    let mut op = es_entity::DbOp::init(&bank.db.pool).await.unwrap();
    bank.deposits
        .post_in_op(&mut op, Posting::Deposit, deposit)
        .await
        .unwrap();
    drop(op);
    assert_eq!(on(&bank, customer).await, (0, 0));
    bank.post(&[Posting::Deposit], deposit).await.unwrap();
    assert_eq!(on(&bank, customer).await, (100, 0));
}
