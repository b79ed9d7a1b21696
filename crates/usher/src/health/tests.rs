use std::time::Duration;

use sqlx::{Executor as _, PgPool};

use super::*;
use crate::database::{Reach, SessionLimits};

async fn health(url: &str, clock_limit: Duration) -> (Health, Loops, CancellationToken) {
    let stopping = CancellationToken::new();
    let loops = Loops::new(CancellationToken::new());
    let pool = PgPool::connect_lazy(url).unwrap();
    let limits = SessionLimits {
        statement: None,
        lock: None,
        idle_in_transaction: None,
        tcp: None,
        plans_once: false,
    };
    let reserved = Reserved::open(&Reach::to(url, limits).unwrap());
    let health = Health::new(&pool.into(), &reserved, &loops, &stopping, clock_limit);
    (health, loops, stopping)
}

fn red(checks: &[Check]) -> Vec<(&str, &str)> {
    checks
        .iter()
        .filter_map(|check| Some((check.name.as_str(), check.reason.as_deref()?)))
        .collect()
}

const LIMIT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_server_in_order_is_ready_until_it_is_to_stop() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let (health, _, stopping) = health(&server.url, LIMIT).await;
    assert_eq!(red(&health.ready().await), []);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM heartbeats")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 1);
    stopping.cancel();
    let checks = health.ready().await;
    let red = red(&checks);
    assert_eq!((red.len(), red[0].0), (1, "stopping"), "{red:?}");
    assert!(health.live().iter().all(|check| check.ok));
}

#[tokio::test]
async fn a_database_that_keeps_nothing_is_not_ready() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let (health, ..) = health(&server.url, LIMIT).await;
    let name = database.url.rsplit_once('/').unwrap().1;
    for (setting, words) in [
        ("default_transaction_read_only = on", "read-only"),
        // As a full disk: nothing more may be put into files.
        ("temp_file_limit = 0", "make room"),
    ] {
        let key = setting.split(' ').next().unwrap();
        database
            .pool
            .execute(format!("ALTER DATABASE {name} SET {setting}").as_str())
            .await
            .unwrap();
        end_sessions(&database.pool).await;
        let checks = loop {
            let checks = health.ready().await;
            // The session that was ended is noticed first.
            if red(&checks).iter().any(|(name, _)| *name == "writes")
                && red(&checks).iter().all(|(name, _)| *name != "database")
            {
                break checks;
            }
        };
        assert!(red(&checks)[0].1.contains(words), "{checks:?}");
        assert!(health.live().iter().all(|check| check.ok));
        database
            .pool
            .execute(format!("ALTER DATABASE {name} RESET {key}").as_str())
            .await
            .unwrap();
        // By the next look: nobody has to end a session that can't write.
        health.ready().await;
        assert_eq!(red(&health.ready().await), []);
    }
}

/// All but ours.
async fn end_sessions(pool: &PgPool) {
    pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'usher' AND pid <> pg_backend_pid()",
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn who_asks_at_the_same_time_shares_a_look() {
    let database = testkit::database().await;
    let (health, ..) = health(&database.url, LIMIT).await;
    health.ready().await;
    let blocker = health.0.look.lock().await;
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let health = health.clone();
            tokio::spawn(async move { health.look().await.began })
        })
        .collect();
    tokio::task::yield_now().await;
    drop(blocker);
    let mut looks = Vec::new();
    for one in asking {
        looks.push(one.await.unwrap());
    }
    looks.sort();
    looks.dedup();
    assert!(looks.len() <= 2, "{} looks for 50", looks.len());
}

#[tokio::test]
async fn a_database_that_is_away_restarts_nobody() {
    let (health, loops, _) = health("postgres://nobody@127.0.0.1:1/nothing", LIMIT).await;
    loops.hold("lasting", std::future::pending());
    let checks = health.ready().await;
    let red = red(&checks);
    assert_eq!(red[0].0, "database");
    assert!(red[0].1.contains("doesn't answer"), "{red:?}");
    assert!(health.live().iter().all(|check| check.ok));
    loops.hold("dead", async {});
    while health.live().iter().all(|check| check.ok) {
        tokio::task::yield_now().await;
    }
}
