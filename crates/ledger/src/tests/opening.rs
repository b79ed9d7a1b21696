use futures::future::join_all;
use uuid::Uuid;

use super::support::{Bank, account, bank};
use crate::{
    AccountCategory::{self, Bank as BankType, Individual, PrivateCompany},
    AccountStatus, DepositAccount, LedgerError, NewDepositAccount, account_id, ids,
};

/// The sets that an account is a direct member of, and how often the overdraft control hangs on it.
async fn attached(bank: &Bank, customer: Uuid) -> (Vec<Uuid>, i64) {
    let sets = sqlx::query_scalar!(
        "SELECT account_set_id FROM cala_account_set_member_accounts WHERE member_account_id = $1",
        account_id(customer),
    )
    .fetch_all(&bank.db.pool)
    .await
    .unwrap();
    let controls = sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM cala_velocity_account_controls
           WHERE account_id = $1 AND velocity_control_id = $2"#,
        account_id(customer),
        Uuid::from(ids::overdraft_control()),
    )
    .fetch_one(&bank.db.pool)
    .await
    .unwrap();
    (sets, controls)
}

async fn deposit_accounts(bank: &Bank) -> i64 {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM cala_accounts WHERE code LIKE 'DEP-%' AND normal_balance_type = 'credit'"#
    )
    .fetch_one(&bank.db.pool)
    .await
    .unwrap()
}

fn expected(new: &NewDepositAccount) -> DepositAccount {
    DepositAccount {
        id: account_id(new.customer_id),
        code: format!("DEP-{}", new.public_id),
        settled: 0,
        pending: 0,
        status: AccountStatus::Active,
    }
}

fn is_conflict(result: &Result<DepositAccount, LedgerError>) -> bool {
    matches!(result, Err(error @ LedgerError::Conflict(_)) if !error.is_retryable())
}

#[tokio::test]
async fn an_account_of_each_type_joins_its_set_with_its_control() {
    let bank = bank().await;
    let batch: Vec<_> = (1_000_001..)
        .zip(AccountCategory::ALL)
        .map(|(public_id, category)| account(public_id, category))
        .collect();
    let opened = bank.deposits.open_accounts(&batch).await;
    for (new, opened) in batch.iter().zip(opened) {
        assert_eq!(opened, Ok(expected(new)));
        assert_eq!(
            attached(&bank, new.customer_id).await,
            (vec![ids::category_set(new.customer_type_key).into()], 1)
        );
        let seen = bank.deposits.account_of(new.customer_id).await.unwrap();
        assert_eq!(seen, Some(expected(new)));
    }
}

#[tokio::test]
async fn twenty_at_once_for_one_customer_make_one_account() {
    let bank = bank().await;
    let new = account(1_000_023, PrivateCompany);
    let all = join_all((0..20).map(|_| {
        let (deposits, new) = (bank.deposits.clone(), new.clone());
        tokio::spawn(async move {
            deposits.probe().await.unwrap();
            let opened = deposits.open_accounts(std::slice::from_ref(&new)).await;
            let seen = deposits.account_of(new.customer_id).await.unwrap();
            (opened, seen)
        })
    }))
    .await;
    for done in all {
        let (opened, seen) = done.unwrap();
        assert_eq!(opened, [Ok(expected(&new))]);
        assert_eq!(seen, Some(expected(&new)));
    }
    assert_eq!(deposit_accounts(&bank).await, 1);
    assert_eq!(
        attached(&bank, new.customer_id).await,
        (vec![ids::category_set(PrivateCompany).into()], 1)
    );
}

#[tokio::test]
async fn batches_that_overlap_in_any_order_make_one_account_each() {
    let bank = bank().await;
    let batch: Vec<_> = (0..50)
        .map(|n| account(2_000_000 + n, Individual))
        .collect();
    let all = join_all((0..8).map(|turn| {
        let mut batch = batch.clone();
        batch.rotate_left(turn * 7);
        if turn % 2 == 1 {
            batch.reverse();
        }
        let deposits = bank.deposits.clone();
        async move {
            let opened = deposits.open_accounts(&batch).await;
            assert_eq!(
                opened,
                batch.iter().map(|n| Ok(expected(n))).collect::<Vec<_>>()
            );
        }
    }));
    all.await;
    assert_eq!(deposit_accounts(&bank).await, 50);
}

#[tokio::test]
async fn a_bad_item_never_fails_its_neighbours() {
    let bank = bank().await;
    let taken = account(1_000_001, Individual);
    bank.deposits
        .open_accounts(std::slice::from_ref(&taken))
        .await
        .remove(0)
        .unwrap();

    let mut batch: Vec<_> = (0..10).map(|n| account(1_000_100 + n, BankType)).collect();
    batch[2].public_id = taken.public_id.clone(); // another customer's number
    batch[3].public_id = "12 or 1=1".to_owned();
    batch[4].public_id = String::new();
    batch[5] = batch[0].clone(); // the same again
    batch[6] = NewDepositAccount {
        customer_type_key: Individual, // the same customer, of another type
        ..batch[1].clone()
    };
    batch[7] = NewDepositAccount {
        public_id: "1000999".to_owned(), // has an account under another number
        ..taken.clone()
    };

    let opened = bank.deposits.open_accounts(&batch).await;
    for good in [0, 1, 5, 8, 9] {
        assert_eq!(opened[good], Ok(expected(&batch[good])), "item {good}");
        let set = ids::category_set(BankType).into();
        assert_eq!(
            attached(&bank, batch[good].customer_id).await,
            (vec![set], 1)
        );
    }
    for conflict in [2, 6, 7] {
        assert!(is_conflict(&opened[conflict]), "{:?}", opened[conflict]);
    }
    for invalid in [3, 4] {
        assert!(
            matches!(&opened[invalid], Err(LedgerError::Invalid(_))),
            "{:?}",
            opened[invalid]
        );
        assert_eq!(
            bank.deposits.account_of(batch[invalid].customer_id).await,
            Ok(None)
        );
    }
    assert_eq!(deposit_accounts(&bank).await, 1 + 4);
}

/// Nothing stands in the ledger yet that a look could find: the transaction itself has to sort it out.
#[tokio::test]
async fn one_number_for_two_customers_of_a_batch_goes_to_one_of_them() {
    let bank = bank().await;
    let mut batch: Vec<_> = (0..9).map(|n| account(3_000_000 + n, Individual)).collect();
    batch[7].public_id = batch[1].public_id.clone();

    let opened = bank.deposits.open_accounts(&batch).await;
    let (won, lost) = if opened[1].is_ok() { (1, 7) } else { (7, 1) };
    assert!(is_conflict(&opened[lost]), "{:?}", opened[lost]);
    for good in [0, won, 2, 3, 4, 5, 6, 8] {
        assert_eq!(opened[good], Ok(expected(&batch[good])), "item {good}");
        let set = ids::category_set(Individual).into();
        assert_eq!(
            attached(&bank, batch[good].customer_id).await,
            (vec![set], 1)
        );
    }
    assert_eq!(attached(&bank, batch[lost].customer_id).await, (vec![], 0));
    assert_eq!(deposit_accounts(&bank).await, 8);
}

#[tokio::test]
async fn opening_again_answers_the_account_as_it_stands() {
    let bank = bank().await;
    let new = account(1_000_001, Individual);
    let open = || bank.deposits.open_accounts(std::slice::from_ref(&new));
    open().await.remove(0).unwrap();
    bank.deposit(new.customer_id, 12_345).await.unwrap();
    let again = open().await.remove(0).unwrap();
    assert_eq!(
        again,
        DepositAccount {
            settled: 12_345,
            ..expected(&new)
        }
    );
}

#[tokio::test]
async fn a_ledger_that_is_away_is_worth_a_retry() {
    let bank = bank().await;
    bank.set_away(true).await;
    let batch = [
        account(1, Individual),
        account(2, Individual),
        NewDepositAccount {
            public_id: "x".to_owned(),
            ..account(3, Individual)
        },
    ];
    let opened = bank.deposits.open_accounts(&batch).await;
    for away in &opened[..2] {
        assert!(
            matches!(away, Err(e @ LedgerError::Unavailable(_)) if e.is_retryable()),
            "{away:?}"
        );
    }
    assert!(matches!(&opened[2], Err(LedgerError::Invalid(_))));
    assert!(
        bank.deposits
            .account_of(batch[0].customer_id)
            .await
            .unwrap_err()
            .is_retryable()
    );

    bank.set_away(false).await;
    let opened = bank.deposits.open_accounts(&batch[..2]).await;
    assert_eq!(opened, [Ok(expected(&batch[0])), Ok(expected(&batch[1]))]);
}

#[tokio::test]
async fn nothing_asked_nothing_done() {
    let bank = bank().await;
    assert_eq!(bank.deposits.open_accounts(&[]).await, vec![]);
    assert!(bank.deposits.accounts_of(&[]).await.unwrap().is_empty());
    assert_eq!(deposit_accounts(&bank).await, 0);
}
