//! The database's time, whatever this process thinks.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgPool, postgres::PgConnectOptions};

/// A database whose clock is two hours ahead of ours: sessions look for `clock_timestamp` in a schema of their own first.
async fn two_hours_ahead() -> PgPool {
    let database = testkit::database().await;
    sqlx::raw_sql(
        "CREATE SCHEMA skewed;
         CREATE FUNCTION skewed.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
             AS $$ SELECT pg_catalog.clock_timestamp() + interval '2 hours' $$",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    let options: PgConnectOptions = database.url.parse().unwrap();
    PgPool::connect_with(options.options([("search_path", "skewed,pg_catalog,public")]))
        .await
        .unwrap()
}

#[tokio::test]
async fn now_is_the_databases_time_and_what_the_process_says_is_brought_to_it() {
    assert_eq!(clock::skew(), None, "nobody has asked yet");
    let by_process: DateTime<Utc> = clock::now();
    clock::measure(&two_hours_ahead().await).await.unwrap();
    let near = |one: TimeDelta, other: TimeDelta| (one - other).abs() < TimeDelta::minutes(1);
    let hours = TimeDelta::hours(2);
    assert!(near(clock::now() - by_process, hours));
    assert!(clock::skew().is_some_and(|skew| near(skew, hours)));
    assert!(near(clock::from_process(by_process) - by_process, hours));
    assert!(near(by_process - clock::to_process(by_process), hours));
}
