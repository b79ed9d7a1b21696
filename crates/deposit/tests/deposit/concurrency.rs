use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use customer::primitives::{Activity, Verification};
use deposit::{DepositId, WithdrawalId, rules};
use futures::future::join_all;
use kernel::Error;
use uuid::Uuid;

use crate::bank::{Bank, admin, bank, of, officer, words};

/// Looks at the balances until it is told to stop; answers how often.
fn watch(bank: &Arc<Bank>, stop: &Arc<AtomicBool>, total: i64) -> tokio::task::JoinHandle<usize> {
    let (bank, stop) = (Arc::clone(bank), Arc::clone(stop));
    let looked = AtomicUsize::new(0);
    tokio::spawn(async move {
        let customer = sqlx::query_scalar::<_, Uuid>("SELECT id FROM customers")
            .fetch_one(&bank.pool)
            .await
            .unwrap()
            .into();
        while !stop.load(Ordering::SeqCst) {
            let (settled, pending) = bank.on(customer).await;
            assert!(settled >= 0 && pending >= 0, "{settled} {pending}");
            assert_eq!(settled + pending, total, "money came or went");
            looked.fetch_add(1, Ordering::SeqCst);
        }
        looked.into_inner()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_withdrawals_at_once_against_money_for_ten_give_ten() {
    let bank = Arc::new(bank().await);
    let customer = bank.account().await;
    bank.deposit(customer, 1_000).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let watching = watch(&bank, &stop, 1_000);
    let all = join_all((0..100).map(|_| {
        let bank = Arc::clone(&bank);
        tokio::spawn(async move { bank.withdrawal(customer, 100).await })
    }))
    .await;
    stop.store(true, Ordering::SeqCst);
    let looked = watching.await.unwrap();
    let (mut given, mut refused) = (0, 0);
    for one in all {
        match one.unwrap() {
            Ok(_) => given += 1,
            Err(Error::NotEnough { short: 100 }) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    println!("given {given}, refused {refused}; looked at the balance {looked} times meanwhile");
    assert_eq!((given, refused), (10, 90));
    assert!(looked > 0);
    assert_eq!(bank.on(customer).await, (0, 1_000));
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM withdrawals")
        .fetch_one(&bank.pool)
        .await
        .unwrap();
    assert_eq!(rows, 10, "what was refused left nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_form_sent_twenty_times_at_once_is_one_deposit_and_one_withdrawal() {
    let bank = Arc::new(bank().await);
    let customer = bank.account().await;
    let (id, new) = (DepositId::new(), of(customer, 700, "WIRE-7"));
    let operator = officer();
    let all = join_all((0..20).map(|_| bank.deposits.record_deposit(&operator, id, &new))).await;
    let numbers: Vec<_> = all.into_iter().map(|one| one.unwrap().public_id).collect();
    assert!(numbers.iter().all(|number| *number == numbers[0]));
    assert_eq!(bank.on(customer).await, (700, 0));

    let (id, new) = (WithdrawalId::new(), of(customer, 500, "OUT-1"));
    let all =
        join_all((0..20).map(|_| bank.deposits.initiate_withdrawal(&operator, id, &new))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(bank.on(customer).await, (200, 500));
    // Confirmed and cancelled at once: one of them, once.
    let admin = admin();
    let (confirmed, cancelled) = tokio::join!(
        join_all((0..10).map(|_| bank.deposits.confirm_withdrawal(&admin, id))),
        join_all((0..10).map(|_| bank.deposits.cancel_withdrawal(&operator, id))),
    );
    let won = [confirmed, cancelled].map(|all| all.iter().all(Result::is_ok));
    let expected = match won {
        [true, false] => (200, 0),
        [false, true] => (700, 0),
        both => panic!("{both:?}"),
    };
    assert_eq!(bank.on(customer).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_reference_in_twenty_spellings_at_once_is_one_deposit() {
    let bank = bank().await;
    let customer = bank.account().await;
    let spelled = |n: usize| match n % 3 {
        0 => format!("wire-1{}", "\u{a0}".repeat(n)),
        1 => format!("WIRE-{}1", "\u{200b}".repeat(n)),
        _ => format!("{}Ｗire‑1", " ".repeat(n)),
    };
    let (money, operator) = (&bank.deposits, officer());
    let all = join_all((0..20).map(|n| {
        let (new, operator) = (of(customer, 100, &spelled(n)), &operator);
        async move { money.record_deposit(operator, DepositId::new(), &new).await }
    }))
    .await;
    assert_eq!(all.iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!(bank.on(customer).await, (100, 0));
}

/// A browser that goes away takes nothing with it, and leaves no connection in the middle of something.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_goes_away_leaves_nothing_half_done() {
    let bank = Arc::new(bank().await);
    let customer = bank.account().await;
    for n in 0..40_u64 {
        let (leaving, id) = (Arc::clone(&bank), DepositId::new());
        let new = of(customer, 10, "");
        let asked = new.clone();
        let operator = officer();
        let asks = operator.clone();
        let visitor = tokio::spawn(async move {
            let _ = leaving.deposits.record_deposit(&asks, id, &asked).await;
        });
        // Later each time: so many round trips to the database.
        for _ in 0..n {
            sqlx::query("SELECT 1").execute(&bank.pool).await.unwrap();
        }
        visitor.abort();
        let _ = visitor.await;
        bank.deposits
            .record_deposit(&operator, id, &new)
            .await
            .unwrap();
        assert_eq!(bank.on(customer).await, ((n as i64 + 1) * 10, 0));
    }
    assert_eq!(bank.published().await.len(), 40);
}

/// The RED has the row first: the money waits for it, sees it, and stays where it is.
#[tokio::test]
async fn a_red_that_was_first_is_not_overtaken() {
    let bank = Arc::new(bank().await);
    let customer = bank.account().await;
    bank.deposit(customer, 1_000).await.unwrap();
    let pending = bank.withdrawal(customer, 400).await.unwrap();
    let mut red = bank.pool.begin().await.unwrap();
    sqlx::query("SELECT id FROM customers WHERE id = $1 FOR UPDATE")
        .bind(Uuid::from(customer))
        .execute(&mut *red)
        .await
        .unwrap();
    let racing = {
        let bank = Arc::clone(&bank);
        tokio::spawn(async move {
            let admin = admin();
            let confirming = bank.deposits.confirm_withdrawal(&admin, pending.id);
            tokio::join!(
                bank.deposit(customer, 1),
                bank.withdrawal(customer, 1),
                confirming
            )
        })
    };
    while bank.waiting_for_locks().await < 3 {
        assert!(!racing.is_finished(), "it waits for the row");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    sqlx::query(
        "UPDATE customers SET verification = 'rejected', activity = 'inactive' WHERE id = $1",
    )
    .bind(Uuid::from(customer))
    .execute(&mut *red)
    .await
    .unwrap();
    red.commit().await.unwrap();
    let (deposit, withdrawal, confirmed) = racing.await.unwrap();
    assert_eq!(words(deposit), deposit::rules::FROZEN);
    assert_eq!(words(withdrawal), deposit::rules::FROZEN);
    assert_eq!(words(confirmed), deposit::rules::FROZEN);
    assert_eq!(bank.on(customer).await, (600, 400));
    // And what was reserved comes back.
    bank.deposits
        .cancel_withdrawal(&officer(), pending.id)
        .await
        .unwrap();
    assert_eq!(bank.on(customer).await, (1_000, 0));
    bank.set(customer, Verification::Verified, Activity::Active)
        .await;
    bank.deposit(customer, 1).await.unwrap();
}

/// One id for two accounts: the row lock orders only one customer's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_id_for_two_accounts_at_once_is_one_of_them() {
    let bank = Arc::new(bank().await);
    let (one, two) = (bank.account().await, bank.account().await);
    for customer in [one, two] {
        bank.deposit(customer, 1_000).await.unwrap();
    }
    let mut collided = 0;
    for _ in 0..10 {
        let deposit = DepositId::new();
        let withdrawal = WithdrawalId::new();
        let made = join_all([one, two].map(|customer| {
            let bank = Arc::clone(&bank);
            tokio::spawn(async move {
                let new = of(customer, 1, "");
                let deposit = bank
                    .deposits
                    .record_deposit(&officer(), deposit, &new)
                    .await;
                let withdrawal = bank
                    .deposits
                    .initiate_withdrawal(&officer(), withdrawal, &new)
                    .await;
                (deposit.map(drop), withdrawal.map(drop))
            })
        }))
        .await;
        let (deposits, withdrawals): (Vec<_>, Vec<_>) =
            made.into_iter().map(|one| one.unwrap()).unzip();
        for made in [deposits, withdrawals] {
            let refused: Vec<_> = made.into_iter().filter_map(Result::err).collect();
            assert!(
                matches!(&refused[..], [Error::Refused(words)] if words == rules::OTHER_FORM),
                "{refused:?}"
            );
            collided += 1;
        }
    }
    println!("{collided} times two accounts wanted one id at once");
}
