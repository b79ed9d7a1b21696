//! A database of before, and the ledger's own outbox.

use std::time::Duration;

use access::Subject;
use cala_ledger::{CalaLedger, CalaLedgerConfig};
use sqlx::{Executor as _, PgPool};
use uuid::Uuid;

use super::support::{Bank, bank, movement};
use crate::{
    AccountCategory::{Individual, PrivateCompany},
    Balance, Books, Layers, Posting, Which, check_books,
};

const SUMS: &str = include_str!("../../../../migrations/0125_ledger_sums.sql");
const OUTBOX_OFF: &str = include_str!("../../../../migrations/0126_ledger_outbox_off.sql");

/// Takes away what the migrations made.
const BEFORE: &str = "
    DROP TRIGGER keep_nothing ON cala_persistent_outbox_events;
    DROP FUNCTION keep_nothing;
    ALTER TABLE cala_persistent_outbox_events ALTER COLUMN sequence
      SET DEFAULT nextval('cala_persistent_outbox_events_sequence_seq');
    DROP TRIGGER note_ledger_sum_changes ON cala_entry_events;
    DROP FUNCTION note_ledger_sum_changes;
    DROP FUNCTION ledger_sums_of;
    DROP TABLE ledger_sums, ledger_sum_changes, ledger_sum_entries;";

/// Runs the ledger's own job until it has rolled up all there is.
async fn roll_up(pool: &PgPool) {
    let config = job::JobSvcConfig::builder()
        .pool(pool.clone())
        .exec_migrations(false)
        .build();
    let mut jobs = job::Jobs::init(config.unwrap()).await.unwrap();
    let config = CalaLedgerConfig::builder()
        .pool(pool.clone())
        .exec_migrations(false)
        .build();
    let ledger = CalaLedger::init(config.unwrap(), &mut jobs).await.unwrap();
    jobs.start_poll().await.unwrap();
    let status = ledger.ec_rollup_status().await.unwrap();
    let at_most = Duration::from_secs(120);
    status.await_completion(at_most).await.unwrap();
    jobs.shutdown().await.unwrap();
}

/// The ids of the entries of the omnibus account, with their places and what was left, newest first.
async fn omnibus(bank: &Bank) -> (Balance, Vec<(i32, Uuid, Balance)>) {
    let chart = bank.deposits.chart(&Subject::system("test")).await.unwrap();
    let which = Which::Newest { before: None };
    let read = bank
        .deposits
        .entries_of(chart.omnibus.id, Layers::All, which, 100);
    let rows = read.await.unwrap().rows.into_iter();
    let rows = rows.map(|entry| (entry.place, entry.id, entry.after));
    (chart.omnibus.balance, rows.collect())
}

#[tokio::test]
async fn a_ledger_of_before_gets_its_sums_from_its_entries() {
    let bank = bank().await;
    let pool = &bank.db.pool;
    let ann = bank.open(1_000_001, Individual).await;
    let firm = bank.open(1_000_002, PrivateCompany).await;
    pool.execute(BEFORE).await.unwrap();
    bank.deposit(ann, 1_000).await.unwrap();
    bank.post(&[Posting::WithdrawalReserve], movement(ann, 300))
        .await
        .unwrap();
    bank.deposit(firm, 50).await.unwrap();
    roll_up(pool).await;
    let places: Vec<(i32, Uuid)> = sqlx::query_as(
        "SELECT h.version, h.latest_entry_id FROM cala_balance_history h JOIN cala_accounts a ON a.id = h.account_id
         WHERE a.code = 'OMNIBUS-USD' ORDER BY h.version DESC",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(places.len(), 4);
    // What the job has not seen.
    bank.deposit(firm, 7).await.unwrap();

    pool.execute(SUMS).await.unwrap();
    pool.execute(OUTBOX_OFF).await.unwrap();
    let (balance, rows) = omnibus(&bank).await;
    let expected = Balance {
        settled: 757,
        pending: 300,
        encumbered: 0,
    };
    assert_eq!(balance, expected);
    assert_eq!((rows[0].0, rows[0].2), (5, expected));
    let kept: Vec<_> = rows[1..]
        .iter()
        .map(|(place, id, _)| (*place, *id))
        .collect();
    assert_eq!(kept, places);
    assert_eq!(check_books(pool).await, Ok(Books::default()));

    bank.deposit(ann, 3).await.unwrap();
    bank.add_up(2).await;
    let (balance, rows) = omnibus(&bank).await;
    assert_eq!((balance.settled, rows[0].0), (760, 6));
    assert_eq!(check_books(pool).await, Ok(Books::default()));
}

/// A crash of PostgreSQL forgets numbers that were drawn.
#[tokio::test]
async fn a_posting_does_not_meet_what_the_ledger_s_outbox_wrote_under_its_number() {
    let bank = bank().await;
    let pool = &bank.db.pool;
    let ann = bank.open(1_000_001, Individual).await;
    for _ in 0..5 {
        bank.deposit(ann, 100).await.unwrap();
    }
    pool.execute(
        "SELECT setval('cala_persistent_outbox_events_sequence_seq',
                       greatest(last_value - 12, 1)) FROM cala_persistent_outbox_events_sequence_seq",
    )
    .await
    .unwrap();
    bank.deposit(ann, 100).await.unwrap();
    // As the library fills what looks like a gap.
    for statement in [
        "INSERT INTO cala_persistent_outbox_events (sequence) SELECT generate_series(0, 100)",
        "INSERT INTO cala_persistent_outbox_events (sequence) VALUES (0) ON CONFLICT (sequence) DO NOTHING",
    ] {
        pool.execute(statement).await.unwrap();
    }
    bank.deposit(ann, 100).await.unwrap();
    assert_eq!(bank.settled(ann).await, 700);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM cala_persistent_outbox_events")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(kept, 0, "and nothing is kept");
}
