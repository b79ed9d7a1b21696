use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::support::{Bank, bank, movement};
use crate::{
    AccountCategory::Individual, Balance, Entry, Layer, Layers, Period, Posting, Which, account_id,
};

/// Deposits of 100, 200, … cents, so many.
async fn deposits(bank: &Bank, customer: Uuid, count: i64) {
    for n in 1..=count {
        bank.deposit(customer, n * 100).await.unwrap();
    }
}

fn shown(entries: &[Entry]) -> Vec<(i64, i64)> {
    entries
        .iter()
        .map(|entry| (entry.cents, entry.after.settled))
        .collect()
}

#[tokio::test]
async fn entries_come_newest_first_with_what_was_left_and_page_by_page() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let neighbour = bank.open(1_000_002, Individual).await;
    deposits(&bank, customer, 3).await;
    deposits(&bank, neighbour, 1).await;
    let account = account_id(customer);
    let page = |before| {
        let deposits = bank.deposits.clone();
        async move {
            let which = Which::Newest { before };
            deposits
                .entries_of(account, Layers::Settled, which, 2)
                .await
                .unwrap()
        }
    };
    let first = page(None).await;
    assert_eq!(shown(&first.rows), [(300, 600), (200, 300)]);
    let second = page(first.next).await;
    assert_eq!(shown(&second.rows), [(100, 100)]);
    assert_eq!(second.next, None);
    assert_eq!(first.rows[0].posting, Some(Posting::Deposit));
    assert_eq!(first.rows[0].account_code, "DEP-1000001");
    assert!(first.rows[0].document.is_some());
}

#[tokio::test]
async fn a_reservation_is_on_both_layers_and_its_owner_reads_one() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    bank.deposit(customer, 500).await.unwrap();
    let withdrawal = movement(customer, 200);
    bank.post(&[Posting::WithdrawalReserve], withdrawal)
        .await
        .unwrap();
    bank.post(&[Posting::WithdrawalConfirm], withdrawal)
        .await
        .unwrap();
    let all = |layers| {
        let deposits = bank.deposits.clone();
        async move {
            let which = Which::Newest { before: None };
            let entries = deposits
                .entries_of(account_id(customer), layers, which, 10)
                .await
                .unwrap();
            entries.rows
        }
    };
    let settled = all(Layers::Settled).await;
    assert_eq!(shown(&settled), [(-200, 300), (500, 500)]);
    assert_eq!(settled[0].document, Some(withdrawal.document));
    let every = all(Layers::All).await;
    let pending: Vec<_> = every
        .iter()
        .filter(|entry| entry.layer == Layer::Pending)
        .map(|entry| (entry.posting, entry.cents, entry.after.pending))
        .collect();
    assert_eq!(
        pending,
        [
            (Some(Posting::WithdrawalConfirm), -200, 0),
            (Some(Posting::WithdrawalReserve), 200, 200)
        ]
    );
}

#[tokio::test]
async fn periods_that_follow_each_other_have_every_entry_once() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let account = account_id(customer);
    let start = Utc::now() - TimeDelta::hours(1);
    deposits(&bank, customer, 2).await;
    let middle = between(&bank).await;
    deposits(&bank, customer, 3).await;
    let end = Utc::now() + TimeDelta::hours(1);

    let before = bank
        .deposits
        .period_of(account, start, middle)
        .await
        .unwrap();
    let after = bank.deposits.period_of(account, middle, end).await.unwrap();
    let settled = |settled| Balance {
        settled,
        ..Balance::default()
    };
    assert_eq!((before.opening, before.closing), (settled(0), settled(300)));
    assert_eq!((after.opening, after.closing), (settled(300), settled(900)));
    assert_eq!(before.through, after.after);
    assert_eq!(
        shown(&of(&bank, account, after).await),
        [(100, 400), (200, 600), (300, 900)]
    );
    // Nothing happened in it: it begins and ends with the same.
    let later = end + TimeDelta::hours(1);
    let empty = bank.deposits.period_of(account, end, later).await.unwrap();
    assert_eq!((empty.opening, empty.closing), (settled(900), settled(900)));
    assert!(of(&bank, account, empty).await.is_empty());
}

#[tokio::test]
async fn a_statement_adds_up_whatever_was_reserved_or_taken_back_and_may_be_too_long() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let account = account_id(customer);
    bank.deposit(customer, 500).await.unwrap();
    let start = between(&bank).await;
    deposits(&bank, customer, 2).await;
    let withdrawal = movement(customer, 450);
    bank.post(&[Posting::WithdrawalReserve], withdrawal)
        .await
        .unwrap();
    let other = movement(customer, 50);
    bank.post(
        &[Posting::WithdrawalReserve, Posting::WithdrawalCancel],
        other,
    )
    .await
    .unwrap();
    let end = between(&bank).await;
    bank.deposit(customer, 7).await.unwrap();

    let statement = |at_most| bank.deposits.statement_of(account, start, end, at_most);
    let whole = statement(5).await.unwrap().unwrap();
    assert_eq!((whole.opening.settled, whole.closing.settled), (500, 350));
    assert_eq!((whole.money_in, whole.money_out), (350, 500));
    assert_eq!(whole.closing.pending, 450);
    assert_eq!(
        shown(&whole.entries),
        [(100, 600), (200, 800), (-450, 350), (-50, 300), (50, 350)]
    );
    assert_eq!(statement(4).await.unwrap(), None);
}

/// All entries of a period, oldest first, in pages of two.
async fn of(bank: &Bank, account: Uuid, period: Period) -> Vec<Entry> {
    let mut rows = Vec::new();
    let mut after = period.after;
    loop {
        let which = Which::Oldest {
            after,
            through: period.through,
        };
        let page = bank
            .deposits
            .entries_of(account, Layers::Settled, which, 2)
            .await
            .unwrap();
        rows.extend(page.rows);
        match page.next {
            Some(next) => after = next,
            None => return rows,
        }
    }
}

/// A moment that is later than what was posted, and earlier than what will be.
async fn between(bank: &Bank) -> DateTime<Utc> {
    sqlx::query_scalar("SELECT clock_timestamp()")
        .fetch_one(&bank.db.pool)
        .await
        .unwrap()
}
