//! Deposits that are asked for at the same moment: recorded together, and each is told of its own.

use customer::primitives::{Activity, Verification};
use deposit::{DepositId, rules};
use futures::future::join_all;
use kernel::Error;
use uuid::Uuid;

use crate::bank::{bank, of, officer, words};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_a_crowd_is_told_of_its_own() {
    let bank = bank().await;
    let operator = officer();
    let mut asked = Vec::new();
    for n in 0..20 {
        let customer = bank.account().await;
        asked.push((
            DepositId::new(),
            of(customer, 100 + n, &format!("wire {n}")),
            None,
        ));
    }
    // The same account again: also recorded, one after the other.
    let first = asked[0].1.customer;
    for n in 20..23 {
        asked.push((
            DepositId::new(),
            of(first, 1_000, &format!("wire {n}")),
            None,
        ));
    }
    let frozen = bank.account().await;
    bank.set(frozen, Verification::Verified, Activity::Inactive)
        .await;
    asked.push((DepositId::new(), of(frozen, 100, ""), Some(rules::FROZEN)));
    let without = bank.customer().await;
    asked.push((
        DepositId::new(),
        of(without, 100, ""),
        Some(rules::NO_ACCOUNT),
    ));
    // Its form was used for something else.
    let second = asked[1].1.customer;
    let used = bank.deposit(second, 5).await.unwrap();
    asked.push((used.id, of(second, 100, ""), Some(rules::OTHER_FORM)));
    let money = &bank.deposits;
    let all = join_all(
        asked
            .iter()
            .map(|(id, new, _)| money.record_deposit(&operator, *id, new)),
    );
    for ((id, new, refused), done) in asked.iter().zip(all.await) {
        match refused {
            None => {
                let made = done.unwrap();
                assert_eq!((made.id, made.amount), (*id, new.amount));
            }
            Some(why) => assert_eq!(words(done), *why),
        }
    }
    assert_eq!(bank.on(first).await, (3_100, 0));
    assert_eq!(bank.on(second).await, (106, 0));
    assert_eq!(bank.on(frozen).await, (0, 0));
    let (rows, moments): (i64, i64) = sqlx::query_as(
        "SELECT count(*), count(DISTINCT created_at) FROM deposits WHERE reference LIKE 'wire %'",
    )
    .fetch_one(&bank.pool)
    .await
    .unwrap();
    assert_eq!(rows, 23);
    assert!(moments < rows, "none shared a transaction");
    // An account's deposits are as old as their order says.
    let mixed: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT FROM deposits GROUP BY account_id, created_at HAVING count(*) > 1) AS same",
    )
    .fetch_one(&bank.pool)
    .await
    .unwrap();
    assert_eq!(mixed, 0);
    let decisions: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_entries WHERE action = 'deposit.record' AND subject = $1",
    )
    .bind(operator.as_text())
    .fetch_one(&bank.pool)
    .await
    .unwrap();
    assert_eq!(decisions, 26, "each is written down");
}

/// Whose own transaction fails is in nobody's way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_customer_who_is_not_there_is_in_nobodys_way() {
    let bank = bank().await;
    let customer = bank.account().await;
    let operator = officer();
    let missing = of(Uuid::now_v7().into(), 100, "");
    let there = of(customer, 100, "");
    let money = &bank.deposits;
    let all = join_all((0..10).map(|n| {
        let new = if n % 2 == 0 { &there } else { &missing };
        money.record_deposit(&operator, DepositId::new(), new)
    }));
    for (n, done) in all.await.into_iter().enumerate() {
        match done {
            Ok(_) => assert_eq!(n % 2, 0),
            Err(Error::NotFound(_)) => assert_eq!(n % 2, 1),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(bank.on(customer).await, (500, 0));
}
