use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use access::Subject;
use futures::{future::join_all, join};
use uuid::Uuid;

use super::support::{Bank, bank, movement};
use crate::{
    AccountCategory::{Individual, PrivateCompany},
    Balance, Books, Chart, Entry, Layers, Posting, Which, check_books,
};

fn of(settled: i64, pending: i64) -> Balance {
    Balance {
        settled,
        pending,
        encumbered: 0,
    }
}

async fn chart(bank: &Bank) -> Chart {
    bank.deposits.chart(&Subject::system("test")).await.unwrap()
}

#[tokio::test]
async fn a_sum_is_right_before_and_after_it_was_added_up() {
    let bank = bank().await;
    let ann = bank.open(1_000_001, Individual).await;
    let firm = bank.open(1_000_002, PrivateCompany).await;
    bank.deposit(ann, 1_000).await.unwrap();
    bank.deposit(firm, 50).await.unwrap();
    bank.post(&[Posting::WithdrawalReserve], movement(ann, 300))
        .await
        .unwrap();
    let mut seen = Vec::new();
    // Nothing is added up, a part of it (with a posting cut in two), all.
    for at_a_time in [0, 4, 100] {
        bank.deposits.adding_up().add_up(at_a_time).await.unwrap();
        let chart = chart(&bank).await;
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
        seen.push(entries(&bank, chart.deposits.id).await);
    }
    // A set's entries are its members', in one order.
    let expected = [
        ("DEP-1000001", -300, 750),
        ("DEP-1000002", 50, 1_050),
        ("DEP-1000001", 1_000, 1_000),
    ]
    .map(|(code, cents, after)| (code.to_owned(), cents, after));
    assert_eq!(seen, [expected.clone(), expected.clone(), expected]);
}

/// The settled ones, read in pages of two.
async fn entries(bank: &Bank, of: Uuid) -> Vec<(String, i64, i64)> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let which = Which::Newest { before };
        let read = bank.deposits.entries_of(of, Layers::Settled, which, 2);
        let page = read.await.unwrap();
        let line = |entry: Entry| (entry.account_code, entry.cents, entry.after.settled);
        all.extend(page.rows.into_iter().map(line));
        before = page.next;
        if before.is_none() {
            return all;
        }
    }
}

/// Every look at the sums finds both sides of every posting in them, whoever posts and adds up meanwhile.
#[tokio::test]
async fn sums_hold_while_many_post_and_several_processes_add_up() {
    let bank = bank().await;
    let mut customers = Vec::new();
    for number in 1_000_001..=1_000_004 {
        customers.push(bank.open(number, Individual).await);
    }
    let done = AtomicBool::new(false);
    let posting = async {
        let each = customers.iter().map(|customer| async {
            for _ in 0..15 {
                bank.deposit(*customer, 100).await.unwrap();
                bank.withdraw(*customer, 40).await.unwrap();
            }
        });
        join_all(each).await;
        done.store(true, Relaxed);
    };
    let adding_up = || async {
        while !done.load(Relaxed) {
            bank.deposits.adding_up().add_up(7).await.unwrap();
        }
    };
    let looking = async {
        while !done.load(Relaxed) {
            let chart = chart(&bank).await;
            let of_types: i64 = chart.by_type.iter().map(|(_, s)| s.balance.settled).sum();
            assert_eq!(chart.omnibus.balance, chart.deposits.balance);
            assert_eq!(chart.omnibus.balance.settled, of_types);
        }
    };
    join!(posting, adding_up(), adding_up(), looking);
    bank.add_up(100).await;
    let chart = chart(&bank).await;
    assert_eq!(chart.omnibus.balance, of(4 * 15 * 60, 0));
    assert_eq!(check_books(&bank.db.pool).await, Ok(Books::default()));
    // Every settled entry has its place, and what was left after it is what came before and what it moved.
    let listed = entries(&bank, chart.omnibus.id).await;
    assert_eq!(listed.len(), 4 * 15 * 2);
    let mut sum = 0;
    for (_, cents, after) in listed.iter().rev() {
        sum += cents;
        assert_eq!(sum, *after);
    }
}

/// A process that adds up and stops in the middle of it holds up neither postings nor readers nor, longer than its session
/// lives, who adds up.
#[tokio::test]
async fn nobody_waits_for_who_adds_up() {
    let bank = bank().await;
    let ann = bank.open(1_000_001, Individual).await;
    bank.deposit(ann, 1_000).await.unwrap();
    let mut stopped = bank.db.pool.begin().await.unwrap();
    for statement in [
        "SELECT 1 FROM ledger_sums FOR UPDATE",
        "DELETE FROM ledger_sum_changes",
    ] {
        sqlx::query(statement).execute(&mut *stopped).await.unwrap();
    }
    bank.deposit(ann, 1).await.unwrap();
    assert_eq!(chart(&bank).await.omnibus.balance, of(1_001, 0));
    assert!(!bank.deposits.adding_up().add_up(100).await.unwrap());
    stopped.rollback().await.unwrap();
    assert!(bank.deposits.adding_up().add_up(100).await.unwrap());
    assert_eq!(chart(&bank).await.omnibus.balance, of(1_001, 0));
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
    assert!(matches!(refused, Err(kernel::Error::Forbidden(_))));
}
