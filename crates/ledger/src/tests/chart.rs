use std::collections::BTreeMap;

use futures::future::join_all;
use uuid::Uuid;

use super::support::bank;
use crate::{AccountCategory, Ledger, LedgerError, ids};

/// How many rows each table of the set-up holds.
async fn counts(pool: &sqlx::PgPool) -> BTreeMap<String, i64> {
    sqlx::query!(
        r#"SELECT 'journals' AS "name!", count(*) AS "rows!" FROM cala_journals
           UNION ALL SELECT 'sets', count(*) FROM cala_account_sets
           UNION ALL SELECT 'edges', count(*) FROM cala_account_set_member_account_sets
           UNION ALL SELECT 'accounts', count(*) FROM cala_accounts WHERE NOT is_account_set
           UNION ALL SELECT 'limits', count(*) FROM cala_velocity_limits
           UNION ALL SELECT 'controls', count(*) FROM cala_velocity_controls
           UNION ALL SELECT 'control limits', count(*) FROM cala_velocity_control_limits
           UNION ALL SELECT 'attached', count(*) FROM cala_velocity_account_controls
           UNION ALL SELECT 'sums', count(*) FROM ledger_sums"#
    )
    .fetch_all(pool)
    .await
    .unwrap()
    .into_iter()
    .map(|row| (row.name, row.rows))
    .collect()
}

fn one_of_everything() -> BTreeMap<String, i64> {
    [
        ("journals", 1),
        ("sets", 8),
        ("edges", 7),
        ("accounts", 1),
        ("limits", 1),
        ("controls", 1),
        ("control limits", 1),
        // The control hangs on accounts only: never on a set, nor on the omnibus account.
        ("attached", 0),
        ("sums", 9),
    ]
    .into_iter()
    .map(|(name, rows)| (name.to_owned(), rows))
    .collect()
}

#[tokio::test]
async fn a_second_start_makes_nothing_new() {
    let db = testkit::database().await;
    for _ in 0..2 {
        Ledger::init(&db.pool).await.unwrap();
        assert_eq!(counts(&db.pool).await, one_of_everything());
    }
}

#[tokio::test]
async fn servers_that_start_at_once_make_one_of_everything() {
    let db = testkit::database().await;
    let starts = (0..4).map(|_| async {
        // A server has its own connections.
        let pool = sqlx::PgPool::connect(&db.url).await.unwrap();
        let deposits = Ledger::init(&pool).await?;
        deposits.probe().await
    });
    assert_eq!(join_all(starts).await, [const { Ok(()) }; 4]);
    assert_eq!(counts(&db.pool).await, one_of_everything());
}

#[tokio::test]
async fn every_type_has_its_set_under_deposits() {
    let bank = bank().await;
    let children = sqlx::query!(
        r#"SELECT s.id, s.name FROM cala_account_set_member_account_sets e
           JOIN cala_account_sets s ON s.id = e.member_account_set_id
           WHERE e.account_set_id = $1 ORDER BY s.id"#,
        Uuid::from(ids::deposits_set()),
    )
    .fetch_all(&bank.db.pool)
    .await
    .unwrap();
    let mut found: Vec<_> = children.into_iter().map(|row| (row.id, row.name)).collect();
    let mut expected: Vec<_> = AccountCategory::ALL
        .iter()
        .map(|c| {
            let id = Uuid::from(ids::category_set(*c));
            (id, format!("Deposits: {}", c.label()))
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_ledger_of_somebody_elses_is_refused() {
    let db = testkit::database().await;
    sqlx::query!(
        "INSERT INTO cala_journals (id, name, code, created_at) VALUES ($1, 'Other', 'USHER', now())",
        Uuid::now_v7(),
    )
    .execute(&db.pool)
    .await
    .unwrap();
    let error = Ledger::init(&db.pool).await.unwrap_err();
    assert!(matches!(error, LedgerError::Ledger(_)), "{error}");
}

#[tokio::test]
async fn a_probe_tells_whether_the_ledger_answers() {
    let bank = bank().await;
    assert_eq!(bank.deposits.probe().await, Ok(()));
    bank.set_away(true).await;
    let error = bank.deposits.probe().await.unwrap_err();
    assert!(matches!(error, LedgerError::Unavailable(_)), "{error}");
    bank.set_away(false).await;
    assert_eq!(bank.deposits.probe().await, Ok(()));
}
