//! The lists of all deposits and withdrawals: filters, pages, what they come to, who looked.

use access::Role;
use chrono::{DateTime, Days, NaiveTime, Utc};
use claim_loop::{Turn, Work as _};
use deposit::{DepositId, DepositStatus, WithdrawalStatus};
use kernel::{Amount, Error, MoneyFilter, Total, Totals, Whose};
use sqlx::Executor as _;
use uuid::Uuid;

use crate::bank::{Bank, admin, bank, of, officer, operator};

async fn amounts(bank: &Bank, filter: &MoneyFilter<DepositStatus>) -> Vec<i64> {
    let page = bank
        .deposits
        .list_deposits(&admin(), filter, None, 50)
        .await;
    let rows = page.unwrap().rows;
    rows.iter().map(|row| row.amount.cents()).collect()
}

fn all<Status>() -> MoneyFilter<Status> {
    MoneyFilter::default()
}

#[tokio::test]
async fn a_list_has_what_its_filters_let_through_newest_first() {
    let bank = bank().await;
    let (ann, ben) = (bank.account().await, bank.account().await);
    let money = &bank.deposits;
    let new = of(ann, 100, "WIRE-1");
    let first = money
        .record_deposit(&officer(), DepositId::new(), &new)
        .await
        .unwrap();
    bank.deposit(ben, 200).await.unwrap();
    let third = bank.deposit(ann, 300).await.unwrap();
    money.revert_deposit(&admin(), third.id).await.unwrap();
    assert_eq!(amounts(&bank, &all()).await, [300, 200, 100]);
    let page = money
        .list_deposits(&admin(), &all(), None, 2)
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 2);
    let rest = money
        .list_deposits(&admin(), &all(), page.next, 2)
        .await
        .unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));

    let cents = |cents| Amount::from_cents(cents).ok();
    let whose = |customers: &[Uuid], text: &str| {
        Some(Whose {
            customers: customers.to_vec(),
            text: text.to_owned(),
        })
    };
    let at: DateTime<Utc> = first.created_at();
    let number = first.public_id.to_string();
    for (filter, expected) in [
        (
            MoneyFilter {
                status: Some(DepositStatus::Reverted),
                ..all()
            },
            vec![300],
        ),
        (
            MoneyFilter {
                least: cents(200),
                ..all()
            },
            vec![300, 200],
        ),
        (
            MoneyFilter {
                least: cents(200),
                most: cents(299),
                ..all()
            },
            vec![200],
        ),
        (
            MoneyFilter {
                before: Some(at),
                ..all()
            },
            vec![],
        ),
        (
            MoneyFilter {
                from: Some(at),
                ..all()
            },
            vec![300, 200, 100],
        ),
        (
            MoneyFilter {
                customer: Some(ann.into()),
                ..all()
            },
            vec![300, 100],
        ),
        (
            MoneyFilter {
                whose: whose(&[ben.into()], "x"),
                ..all()
            },
            vec![200],
        ),
        (
            MoneyFilter {
                whose: whose(&[], "wire"),
                ..all()
            },
            vec![100],
        ),
        // Of so little of a reference nothing is found, and nothing in it is special.
        (
            MoneyFilter {
                whose: whose(&[], "wi"),
                ..all()
            },
            vec![],
        ),
        (
            MoneyFilter {
                whose: whose(&[], "w%r"),
                ..all()
            },
            vec![],
        ),
        (
            MoneyFilter {
                whose: whose(&[], &number),
                ..all()
            },
            vec![100],
        ),
        (
            MoneyFilter {
                whose: whose(&[ben.into()], "wire-1"),
                status: Some(DepositStatus::Confirmed),
                ..all()
            },
            vec![200, 100],
        ),
    ] {
        assert_eq!(amounts(&bank, &filter).await, expected, "{filter:?}");
        // What a list comes to is what its rows add up to.
        let totals = money.deposit_totals(&admin(), &filter).await.unwrap();
        let Totals::Known(totals) = totals else {
            panic!("{totals:?}");
        };
        let sum: i64 = totals.iter().map(|total| total.cents).sum();
        let count: i64 = totals.iter().map(|total| total.count).sum();
        assert_eq!(sum, expected.iter().sum::<i64>(), "{filter:?}");
        assert_eq!(
            usize::try_from(count).unwrap(),
            expected.len(),
            "{filter:?}"
        );
    }
}

/// What is kept, and what counting says.
async fn kept_and_counted(bank: &Bank) -> [Vec<Total<WithdrawalStatus>>; 2] {
    let kept = bank.deposits.withdrawal_totals(&admin(), &all()).await;
    let Totals::Known(kept) = kept.unwrap() else {
        panic!("whole days are kept");
    };
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT status, count(*), sum(amount)::bigint FROM withdrawals GROUP BY status",
    )
    .fetch_all(&bank.pool)
    .await
    .unwrap();
    let counted = rows.into_iter().map(|(status, count, cents)| Total {
        status: status.parse().unwrap(),
        count,
        cents,
    });
    let mut counted: Vec<_> = counted.collect();
    counted.sort_by_key(|total| total.status);
    [kept, counted]
}

#[tokio::test]
async fn sums_are_exact_while_money_moves_and_two_processes_add_up() {
    let bank = bank().await;
    let mut customers = Vec::new();
    for _ in 0..4 {
        let customer = bank.account().await;
        bank.deposit(customer, 1_000_000).await.unwrap();
        customers.push(customer);
    }
    let moving = async {
        let each = customers.iter().enumerate().map(|(n, customer)| {
            let bank = &bank;
            async move {
                for round in 1..=6 {
                    let started = bank.withdrawal(*customer, round * 10).await.unwrap();
                    let (money, id) = (&bank.deposits, started.id);
                    match (n + usize::try_from(round).unwrap()) % 3 {
                        0 => drop(money.confirm_withdrawal(&admin(), id).await.unwrap()),
                        1 => drop(money.cancel_withdrawal(&admin(), id).await.unwrap()),
                        _ => {}
                    }
                }
            }
        });
        futures::future::join_all(each).await;
    };
    let adding_up = || async {
        for _ in 0..40 {
            bank.deposits.adding_up().batch().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(moving, adding_up(), adding_up());
    let [kept, counted] = kept_and_counted(&bank).await;
    assert_eq!(kept, counted, "before the last are added up");
    while bank.deposits.adding_up().batch().await.unwrap() == Turn::Worked {}
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM money_sum_changes")
        .fetch_one(&bank.pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
    let [kept, counted] = kept_and_counted(&bank).await;
    assert_eq!(kept, counted);

    // Of a day, the sums are those of what was made on it.
    let tomorrow = Utc::now().date_naive() + Days::new(2);
    let from = MoneyFilter {
        from: Some(tomorrow.and_time(NaiveTime::MIN).and_utc()),
        ..all()
    };
    let none = bank.deposits.withdrawal_totals(&admin(), &from).await;
    assert_eq!(none.unwrap(), Totals::Known(Vec::new()));
}

#[tokio::test]
async fn what_was_there_before_the_sums_is_in_them() {
    const MIGRATION: &str = include_str!("../../../../migrations/0180_money_lists.sql");
    let bank = bank().await;
    let customer = bank.account().await;
    bank.deposit(customer, 1_000).await.unwrap();
    let confirmed = bank.withdrawal(customer, 10).await.unwrap();
    let money = &bank.deposits;
    money
        .confirm_withdrawal(&admin(), confirmed.id)
        .await
        .unwrap();
    bank.withdrawal(customer, 20).await.unwrap();
    bank.pool
        .execute(
            "DROP TABLE money_sums, money_sum_changes, proposal_sums, proposal_sum_changes;
             DROP FUNCTION note_money CASCADE;
             DROP FUNCTION note_proposal CASCADE;
             DROP INDEX deposits_by_creation, deposits_by_status, deposits_by_amount, withdrawals_by_creation,
               withdrawals_by_status, withdrawals_by_amount, credit_facility_proposals_by_creation,
               credit_facility_proposals_by_status, credit_facility_proposals_by_amount",
        )
        .await
        .unwrap();
    bank.pool.execute(MIGRATION).await.unwrap();
    let [kept, counted] = kept_and_counted(&bank).await;
    assert_eq!(kept, counted);
    assert_eq!(kept.len(), 2);
    money
        .cancel_withdrawal(&admin(), bank.withdrawal(customer, 30).await.unwrap().id)
        .await
        .unwrap();
    let [kept, counted] = kept_and_counted(&bank).await;
    assert_eq!(kept, counted);
}

#[tokio::test]
async fn more_than_can_be_added_up_is_not() {
    let bank = bank().await;
    let customer = bank.account().await;
    sqlx::query(
        "INSERT INTO deposits (id, created_at, public_id, customer_id, account_id, amount, status)
         SELECT gen_random_uuid(), now(), 'd' || n, $1, $1, 100, 'confirmed' FROM generate_series(1, 10001) n",
    )
    .bind(Uuid::from(customer))
    .execute(&bank.pool)
    .await
    .unwrap();
    let some = MoneyFilter {
        most: Amount::from_cents(100).ok(),
        ..all()
    };
    let totals = bank.deposits.deposit_totals(&admin(), &some).await.unwrap();
    assert_eq!(totals, Totals::TooMany);
    let kept = bank
        .deposits
        .deposit_totals(&admin(), &all())
        .await
        .unwrap();
    let total = Total {
        status: DepositStatus::Confirmed,
        count: 10_001,
        cents: 1_000_100,
    };
    assert_eq!(kept, Totals::Known(vec![total]));
}

/// Every filter alone reads its rows from an index, in the order of the list where it can.
#[tokio::test(flavor = "multi_thread")]
async fn every_filter_reads_its_rows_from_an_index() {
    let bank = bank().await;
    let mut connection = bank.pool.acquire().await.unwrap();
    connection
        .execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        .await
        .unwrap();
    for table in ["deposits", "withdrawals"] {
        for (rows, index, in_order) in [
            ("TRUE", "by_creation", true),
            (
                "created_at >= now() AND created_at < now()",
                "by_creation",
                true,
            ),
            ("status = 'confirmed'", "by_status", true),
            (
                "status = 'confirmed' AND created_at < now()",
                "by_status",
                true,
            ),
            ("amount = 100", "by_amount", true),
            ("account_id = '0198c0de-0000-7000-8000-000000000000'", "by_account", true),
            (
                "reference IS NOT NULL AND reference_key LIKE 'wire%'",
                "by_reference_beginning",
                false,
            ),
        ] {
            let plan: Vec<String> = sqlx::query_scalar(&format!(
                "EXPLAIN SELECT id FROM {table} WHERE {rows} ORDER BY created_at DESC, id DESC LIMIT 51"
            ))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
            let plan = plan.join("\n");
            let sorts = plan.contains("Sort");
            if in_order {
                assert!(
                    plan.contains(&format!("{table}_{index} ")) && !sorts,
                    "{rows}: {plan}"
                );
            } else {
                assert!(!plan.contains("Seq Scan"), "{rows}: {plan}");
            }
        }
    }
}

#[tokio::test]
async fn who_looked_at_a_list_and_who_keeps_it_is_written_down() {
    let bank = bank().await;
    let customer = bank.account().await;
    let deposit = bank.deposit(customer, 100).await.unwrap();
    let auditor = operator(Role::Auditor);
    let money = &bank.deposits;
    money
        .list_deposits(&auditor, &all(), None, 10)
        .await
        .unwrap();
    money
        .download(&auditor, deposit::DocumentKind::Deposit)
        .await
        .unwrap();
    let nobody = access::Subject::ApiToken {
        id: Uuid::now_v7().into(),
        role: Role::EventReader,
    };
    let refused = money.list_deposits(&nobody, &all(), None, 10).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = money.deposit_totals(&nobody, &all()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = money
        .download(&nobody, deposit::DocumentKind::Withdrawal)
        .await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let entries: Vec<(String, bool, Vec<String>)> = sqlx::query_as(
        "SELECT action, authorized, ARRAY(SELECT unnest(records) ORDER BY 1) FROM audit_entries WHERE subject = ANY($1) ORDER BY id",
    )
    .bind([auditor.as_text(), nobody.as_text()])
    .fetch_all(&bank.pool)
    .await
    .unwrap();
    let seen = vec![
        format!("customer:{customer}"),
        format!("deposit:{}", deposit.id),
    ];
    let entry = |action: &str, authorized, records: &[String]| {
        (action.to_owned(), authorized, records.to_vec())
    };
    assert_eq!(
        entries,
        [
            entry("deposit.list", true, &seen),
            entry("deposit.download", true, &[]),
            entry("deposit.list", false, &[]),
            entry("deposit.list", false, &[]),
            entry("withdrawal.download", false, &[]),
        ]
    );
}
