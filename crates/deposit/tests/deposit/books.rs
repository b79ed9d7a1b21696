//! Whatever is done in whatever order, and whatever dies in between: the books are right.

mod model;

use std::collections::BTreeMap;

use ledger::AccountCategory::{Individual, PrivateCompany};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use sqlx::Row as _;
use testkit_app::App;
use uuid::Uuid;

use crate::bank::{Bank, bank};
use model::{Does, Model};

fn does() -> impl Strategy<Value = Does> {
    let who = 0..3_usize;
    let which = 0..12_usize;
    let cents = prop_oneof![3 => 1..50_i64, 1 => 50..500_i64];
    prop_oneof![
        6 => (who.clone(), cents.clone(), prop::option::of(0..4_u8))
            .prop_map(|(who, cents, reference)| Does::Deposit { who, cents, reference }),
        2 => which.clone().prop_map(Does::RevertDeposit),
        6 => (who.clone(), cents).prop_map(|(who, cents)| Does::Initiate { who, cents }),
        4 => which.clone().prop_map(Does::Confirm),
        4 => which.clone().prop_map(Does::Cancel),
        2 => which.prop_map(Does::RevertWithdrawal),
        1 => who.clone().prop_map(Does::Freeze),
        2 => who.prop_map(Does::Unfreeze),
    ]
}

/// What is done, and after how many milliseconds it is killed, if at all.
fn sequence() -> impl Strategy<Value = Vec<(Does, Option<u64>)>> {
    prop::collection::vec((does(), prop::option::weighted(0.25, 0..12_u64)), 1..40)
}

/// Everything that is only ever added to, by id.
async fn written(bank: &Bank) -> BTreeMap<(String, Uuid, i32), String> {
    sqlx::query(
        "SELECT 'entry' AS kind, id, sequence, t::text AS row FROM cala_entry_events t
         UNION ALL SELECT 'transaction', id, sequence, t::text FROM cala_transaction_events t
         UNION ALL SELECT 'deposit', id, sequence, t::text FROM deposit_events t
         UNION ALL SELECT 'withdrawal', id, sequence, t::text FROM withdrawal_events t",
    )
    .fetch_all(&bank.pool)
    .await
    .unwrap()
    .into_iter()
    .map(|row| ((row.get(0), row.get(1), row.get(2)), row.get(3)))
    .collect()
}

async fn books_are_right(bank: &Bank) -> Result<(), TestCaseError> {
    let books = ledger::check_books(&bank.pool).await.unwrap();
    prop_assert_eq!(books, ledger::Books::default());
    // Not even for a moment was an account overdrawn.
    let overdrawn: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM cala_balance_history h JOIN cala_accounts a ON a.id = h.account_id
         CROSS JOIN (VALUES ('settled'), ('pending')) AS l (layer)
         WHERE a.code LIKE 'DEP-%'
           AND (h.values->l.layer->>'cr_balance')::numeric < (h.values->l.layer->>'dr_balance')::numeric",
    )
    .fetch_one(&bank.pool)
    .await
    .unwrap();
    prop_assert_eq!(overdrawn, 0);
    // And once more by another way: the omnibus account holds what all accounts hold.
    let (omnibus, accounts): (String, String) = sqlx::query_as(
        "SELECT sum(units) FILTER (WHERE code = 'OMNIBUS-USD')::text, sum(units) FILTER (WHERE code LIKE 'DEP-%')::text
         FROM (SELECT a.code, (v.event->'values'->>'units')::numeric
                 * CASE v.event->'values'->>'direction' WHEN 'debit' THEN 1 ELSE -1 END AS units
               FROM cala_entries e JOIN cala_entry_events v ON v.id = e.id
               JOIN cala_accounts a ON a.id = e.account_id
               UNION ALL SELECT code, 0 FROM cala_accounts WHERE code LIKE 'DEP-%' OR code = 'OMNIBUS-USD') units",
    )
    .fetch_one(&bank.pool)
    .await
    .unwrap();
    let negated = accounts
        .strip_prefix('-')
        .map_or_else(|| format!("-{accounts}"), str::to_owned);
    prop_assert!(
        omnibus == negated || (is_zero(&omnibus) && is_zero(&accounts)),
        "{} {}",
        omnibus,
        accounts
    );
    Ok(())
}

fn is_zero(number: &str) -> bool {
    number.chars().all(|c| matches!(c, '0' | '.' | '-'))
}

#[test]
fn after_any_sequence_the_books_are_right() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    // Until the bank is gone: its jobs end on the runtime.
    let _entered = runtime.enter();
    let bank = runtime.block_on(bank());
    // Few by default: PROPTEST_CASES asks for more.
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(12);
    let config = Config {
        cases,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&sequence(), |sequence| {
        runtime.block_on(async {
            let before = written(&bank).await;
            let accounts = [
                bank.account_in(Individual).await,
                bank.account_in(Individual).await,
                bank.account_in(PrivateCompany).await,
            ];
            let mut model = Model::new(accounts);
            for (does, dies) in &sequence {
                model.step(&bank, does, *dies).await?;
            }
            books_are_right(&bank).await?;
            let after = written(&bank).await;
            for (key, row) in &before {
                prop_assert_eq!(after.get(key), Some(row), "{:?} was changed", key);
            }
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let killed: i64 = runtime.block_on(async {
        sqlx::query_scalar(
            "SELECT sessions_killed FROM pg_stat_database WHERE datname = current_database()",
        )
        .fetch_one(&bank.pool)
        .await
        .unwrap()
    });
    assert!(killed > 0, "nothing was ever killed in the middle");
    println!("{cases} sequences, {killed} connections killed in the middle of something");
}

/// With the role that a server has.
#[tokio::test]
async fn a_server_can_change_no_entry() {
    let bank = bank().await;
    let customer = bank.account().await;
    bank.deposit(customer, 100).await.unwrap();
    let withdrawal = bank.withdrawal(customer, 100).await.unwrap();
    let server = bank.db.as_server().await;
    for table in [
        "cala_entries",
        "cala_entry_events",
        "cala_transactions",
        "cala_transaction_events",
        "cala_balance_history",
        "deposit_events",
        "withdrawal_events",
    ] {
        let columns: String = sqlx::query_scalar(
            "SELECT column_name::text FROM information_schema.columns
             WHERE table_name = $1 AND is_generated = 'NEVER' LIMIT 1",
        )
        .bind(table)
        .fetch_one(&bank.pool)
        .await
        .unwrap();
        for statement in [
            format!("UPDATE {table} SET {columns} = {columns}"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            let refused = sqlx::query(&statement).execute(&server.pool).await;
            let code = refused
                .unwrap_err()
                .as_database_error()
                .and_then(|error| error.code().map(|code| code.into_owned()));
            assert_eq!(code.as_deref(), Some("42501"), "{statement}");
        }
    }
    // And still it can do all of its work.
    let app = App::over(server.pool.clone(), customer::Settings::default()).await;
    app.deposits
        .cancel_withdrawal(&crate::bank::officer(), withdrawal.id)
        .await
        .unwrap();
    assert_eq!(bank.on(customer).await, (100, 0));
}
