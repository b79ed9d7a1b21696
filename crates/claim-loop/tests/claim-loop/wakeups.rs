//! One connection hears for a whole process, and a lost one is found and made again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use claim_loop::{Turn, Wakeup, Wakeups, Work, WorkError};
use sqlx::{Executor as _, PgPool, postgres::PgPoolOptions};
use testkit::Wire;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const GENEROUS: Duration = Duration::from_secs(60);

async fn woken(wakeup: &mut Wakeup) {
    timeout(GENEROUS, wakeup.woken()).await.expect("not woken");
}

/// Those that listen to our channels in this database.
async fn listening(pool: &PgPool) -> Vec<i32> {
    sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// A channel that was just asked for hears once without cause.
async fn settle(wakeups: [&mut Wakeup; 2]) {
    for wakeup in wakeups {
        woken(wakeup).await;
    }
}

#[tokio::test]
async fn one_connection_hears_every_channel() {
    let database = testkit::database().await;
    let wakeups = Wakeups::start(&database.pool, CancellationToken::new());
    let (mut one, mut other) = (wakeups.on("one"), wakeups.on("other"));
    settle([&mut one, &mut other]).await;
    database.pool.execute("NOTIFY one").await.unwrap();
    woken(&mut one).await;
    // Later asked for, the same connection.
    let mut third = wakeups.on("third");
    woken(&mut third).await;
    for channel in ["other", "third"] {
        database
            .pool
            .execute(format!("NOTIFY {channel}").as_str())
            .await
            .unwrap();
    }
    woken(&mut other).await;
    woken(&mut third).await;
    assert_eq!(listening(&database.pool).await.len(), 1);
}

#[tokio::test]
async fn who_waits_is_woken_when_the_connection_was_lost_and_hears_again() {
    let database = testkit::database().await;
    let wakeups = Wakeups::start(&database.pool, CancellationToken::new());
    let (mut one, mut other) = (wakeups.on("one"), wakeups.on("other"));
    settle([&mut one, &mut other]).await;
    let before = listening(&database.pool).await;
    sqlx::query("SELECT pg_terminate_backend($1)")
        .bind(before[0])
        .execute(&database.pool)
        .await
        .unwrap();
    woken(&mut one).await;
    woken(&mut other).await;
    database.pool.execute("NOTIFY other").await.unwrap();
    woken(&mut other).await;
}

#[tokio::test]
async fn a_connection_whose_peer_vanished_is_found_and_made_again() {
    let database = testkit::database().await;
    let (wire, url) = Wire::before(&database.url);
    let pool = PgPoolOptions::new().connect_lazy(&url).unwrap();
    let wakeups = Wakeups::start(&pool, CancellationToken::new());
    let (mut one, mut other) = (wakeups.on("one"), wakeups.on("other"));
    settle([&mut one, &mut other]).await;
    wire.forsake();
    // Nobody says a word; only what it asks itself isn't answered.
    woken(&mut one).await;
    woken(&mut other).await;
    database.pool.execute("NOTIFY one").await.unwrap();
    woken(&mut one).await;
}

/// Waits for a database that says nothing any more.
struct Waits(Arc<AtomicU32>);

#[async_trait::async_trait]
impl Work for Waits {
    fn name(&self) -> &'static str {
        "waits"
    }

    fn channel(&self) -> &'static str {
        "waits"
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(3600)
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_batch_is_given_up_when_the_database_is_gone_without_a_word() {
    let database = testkit::database().await;
    let (wire, url) = Wire::before(&database.url);
    let pool = PgPoolOptions::new().connect_lazy(&url).unwrap();
    let stop = CancellationToken::new();
    let wakeups = Wakeups::start(&pool, stop.clone());
    let begun = Arc::new(AtomicU32::new(0));
    let mut heard = wakeups.on("waits");
    claim_loop::spawn(&wakeups, Waits(Arc::clone(&begun)), stop);
    woken(&mut heard).await;
    assert_eq!(begun.load(Ordering::SeqCst), 1);
    wire.forsake();
    let again = async {
        while begun.load(Ordering::SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(GENEROUS, again).await.expect("it waits for ever");
}
