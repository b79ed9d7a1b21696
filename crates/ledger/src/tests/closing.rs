use es_entity::DbOp;
use uuid::Uuid;

use super::support::bank;
use crate::{AccountCategory::Individual, AccountStatus, Balance, LedgerError};

#[tokio::test]
async fn a_closed_account_takes_no_posting_and_closing_again_changes_nothing() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let other = bank.open(1_000_002, Individual).await;
    for _ in 0..2 {
        let closed = bank
            .deposits
            .close_accounts(&[customer, Uuid::now_v7()])
            .await;
        assert_eq!(closed, [Ok(()), Ok(())], "and who has none needs nothing");
    }
    let account = bank.deposits.account_of(customer).await.unwrap().unwrap();
    assert_eq!(account.status, AccountStatus::Locked);
    assert!(bank.deposit(customer, 1).await.is_err());
    assert_eq!(bank.settled(customer).await, 0);
    bank.deposit(other, 1).await.unwrap();
}

#[tokio::test]
async fn an_account_with_money_on_it_stays_open_and_its_neighbours_are_closed() {
    let bank = bank().await;
    let rich = bank.open(1_000_001, Individual).await;
    let empty = bank.open(1_000_002, Individual).await;
    bank.deposit(rich, 1_050).await.unwrap();
    let closed = bank.deposits.close_accounts(&[rich, empty]).await;
    let Err(error @ LedgerError::Conflict(words)) = &closed[0] else {
        unreachable!("{closed:?}")
    };
    assert!(!error.is_retryable() && words.contains("10.50"), "{words}");
    assert_eq!(closed[1], Ok(()));

    bank.withdraw(rich, 1_050).await.unwrap();
    assert_eq!(bank.deposits.close_accounts(&[rich]).await, [Ok(())]);
}

#[tokio::test]
async fn the_balance_is_read_in_the_callers_transaction() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let mut op = DbOp::init(&bank.db.pool).await.unwrap();
    assert!(
        bank.deposits
            .is_empty_in_op(&mut op, customer)
            .await
            .unwrap()
    );
    bank.deposit(customer, 250).await.unwrap();
    let balance = bank.deposits.balance_of_in_op(&mut op, customer).await;
    assert_eq!(
        balance,
        Ok(Balance {
            settled: 250,
            ..Balance::default()
        })
    );
    assert!(
        !bank
            .deposits
            .is_empty_in_op(&mut op, customer)
            .await
            .unwrap()
    );
    assert_eq!(
        bank.deposits
            .balance_of_in_op(&mut op, Uuid::now_v7())
            .await,
        Ok(Balance::default())
    );
}

#[tokio::test]
async fn a_ledger_that_is_away_is_worth_a_retry() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    bank.set_away(true).await;
    let closed = bank.deposits.close_accounts(&[customer]).await.remove(0);
    assert!(closed.unwrap_err().is_retryable());
    bank.set_away(false).await;
    assert_eq!(bank.deposits.close_accounts(&[customer]).await, [Ok(())]);
}
