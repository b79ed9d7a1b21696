use std::time::Duration;

use access::{AccessError, Subject};
use uuid::Uuid;

use super::support::{Bank, bank, movement};
use crate::{
    AccountCategory::{Individual, PrivateCompany},
    Balance, Books, Layers, Posting, ReadError, Which, check_books,
};

fn of(settled: i64, pending: i64) -> Balance {
    Balance {
        settled,
        pending,
        encumbered: 0,
    }
}

async fn polled() -> Bank {
    let mut bank = bank().await;
    bank.jobs.start_poll().await.unwrap();
    bank
}

async fn settle(bank: &Bank) {
    let at_most = Duration::from_secs(60);
    bank.deposits.sums_are_current(at_most).await.unwrap();
}

#[tokio::test]
async fn the_chart_says_what_is_on_every_set_and_the_books_are_right() {
    let bank = polled().await;
    let ann = bank.open(1_000_001, Individual).await;
    let firm = bank.open(1_000_002, PrivateCompany).await;
    bank.deposit(ann, 1_000).await.unwrap();
    bank.deposit(firm, 50).await.unwrap();
    bank.post(&[Posting::WithdrawalReserve], movement(ann, 300))
        .await
        .unwrap();
    settle(&bank).await;

    let chart = bank.deposits.chart(&Subject::system("test")).await.unwrap();
    assert_eq!(chart.omnibus.balance, of(750, 300));
    assert_eq!(chart.deposits.balance, of(750, 300));
    for (category, sum) in &chart.by_type {
        let expected = match category {
            Individual => of(700, 300),
            PrivateCompany => of(50, 0),
            _ => of(0, 0),
        };
        assert_eq!(sum.balance, expected, "{category}");
    }
    assert_eq!(check_books(&bank.db.pool).await, Ok(Books::default()));

    // A set's entries are its members'.
    let which = Which::Newest { before: None };
    let entries = bank
        .deposits
        .entries_of(chart.deposits.id, Layers::Settled, which, 10)
        .await
        .unwrap();
    let codes: Vec<_> = entries
        .rows
        .iter()
        .map(|entry| {
            (
                entry.account_code.as_str(),
                entry.cents,
                entry.after.settled,
            )
        })
        .collect();
    assert_eq!(
        codes,
        [
            ("DEP-1000001", -300, 750),
            ("DEP-1000002", 50, 1_050),
            ("DEP-1000001", 1_000, 1_000)
        ]
    );
}

#[tokio::test]
async fn a_set_s_accounts_come_newest_first_page_by_page() {
    let bank = bank().await;
    for number in 1_000_001..=1_000_005 {
        bank.open(number, Individual).await;
    }
    bank.open(1_000_009, PrivateCompany).await;
    let (mut codes, mut after) = (Vec::new(), None);
    loop {
        let subject = Subject::system("test");
        let page = bank.deposits.members(&subject, Individual, after, 2).await;
        let page = page.unwrap();
        codes.extend(page.rows.into_iter().map(|member| member.code));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (1_000_001..=1_000_005)
        .rev()
        .map(|number| format!("DEP-{number}"))
        .collect();
    assert_eq!(codes, expected);
}

#[tokio::test]
async fn who_may_not_see_accounts_sees_no_sums() {
    let bank = bank().await;
    let id = Uuid::now_v7();
    let refused = bank.deposits.chart(&Subject::Customer { id }).await;
    assert!(matches!(
        refused,
        Err(ReadError::Access(AccessError::Forbidden { .. }))
    ));
}
