//! A database whose clock is set forward: everything in it goes by the new time, whoever asks.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clock::movable;
use sqlx::PgPool;
use testkit::TestDatabase;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The owner's connections of one that is movable, and a server's.
async fn movable_database() -> (TestDatabase, PgPool) {
    let made = testkit::database().await;
    let server = made.as_server().await;
    movable::make_movable(&made.pool).await.unwrap();
    let owner = PgPool::connect(&made.url).await.unwrap();
    let database = TestDatabase {
        pool: owner,
        url: made.url,
    };
    let server = PgPool::connect(&server.url).await.unwrap();
    (database, server)
}

async fn says(pool: &PgPool, what: &str) -> TimeDelta {
    let at: DateTime<Utc> = sqlx::query_scalar(what).fetch_one(pool).await.unwrap();
    at - Utc::now()
}

fn is_about(one: TimeDelta, other: TimeDelta) -> bool {
    (one - other).abs() < TimeDelta::minutes(5)
}

#[tokio::test]
async fn statements_defaults_and_functions_of_every_session_follow() {
    let (database, server) = movable_database().await;
    let none = TimeDelta::zero();
    for pool in [&database.pool, &server] {
        // Also what was planned before.
        assert!(is_about(says(pool, "SELECT now()").await, none));
        assert!(is_about(says(pool, "SELECT clock_timestamp()").await, none));
    }
    assert_eq!(
        movable::set_forward(&database.pool, 8 * DAY).await.unwrap(),
        8 * DAY
    );
    assert_eq!(movable::forward(&server).await.unwrap(), 8 * DAY);
    let ahead = TimeDelta::days(8);
    for pool in [&database.pool, &server] {
        for what in [
            "SELECT now()",
            "SELECT clock_timestamp()",
            "INSERT INTO known_devices (digest) VALUES (sha256(gen_random_uuid()::text::bytea)) RETURNING seen_at",
        ] {
            assert!(is_about(says(pool, what).await, ahead), "{what}");
        }
        assert!(is_about(
            says(pool, "SELECT pg_catalog.clock_timestamp()").await,
            none
        ));
    }
    // A function with a path of its own: this week's partition is that of the time it is now.
    sqlx::query("SELECT extend_outbox_partitions()")
        .execute(&server)
        .await
        .unwrap();
    let newest = "SELECT to_date(right(max(relname::text), 8), 'YYYYMMDD')::timestamptz FROM pg_class WHERE relname ~ '^outbox_events_[0-9]{8}$'";
    let newest = says(&database.pool, newest).await;
    assert!(
        (TimeDelta::days(28)..TimeDelta::days(37)).contains(&newest),
        "{newest}"
    );
}

#[tokio::test]
async fn it_stays_where_it_is_and_only_the_owner_moves_it() {
    let (database, server) = movable_database().await;
    movable::set_forward(&database.pool, DAY).await.unwrap();
    movable::make_movable(&database.pool).await.unwrap();
    assert_eq!(
        movable::forward(&database.pool).await.unwrap(),
        DAY,
        "at the next start"
    );
    assert!(movable::is_movable(&server).await.unwrap());
    let refused = movable::set_forward(&server, DAY).await.unwrap_err();
    assert!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
    assert_eq!(movable::forward(&server).await.unwrap(), DAY);
    let real = testkit::database().await;
    assert!(!movable::is_movable(&real.pool).await.unwrap());
    movable::set_forward(&real.pool, DAY).await.unwrap_err();
    assert!(!movable::is_movable(&real.pool).await.unwrap());
}

#[tokio::test]
async fn nothing_is_bound_to_the_old_time() {
    let (database, _server) = movable_database().await;
    let left: Vec<String> = sqlx::query_scalar(
        "SELECT adrelid::regclass::text || '.' || attname FROM pg_attrdef
         JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum JOIN pg_class ON pg_class.oid = adrelid
         WHERE relnamespace = 'public'::regnamespace AND pg_get_expr(adbin, adrelid) ~ 'pg_catalog[.]|CURRENT_|LOCAL'",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    assert_eq!(left, [""; 0]);
    let other_words: Vec<String> = sqlx::query_scalar(
        "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         AND prosrc ~* 'current_timestamp|current_date|localtime|statement_timestamp|transaction_timestamp'",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    assert_eq!(other_words, [""; 0]);
}
