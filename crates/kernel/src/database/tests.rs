use std::time::Instant;

use es_entity::AtomicOperation as _;
use futures::future::join_all;
use sqlx::postgres::PgPoolOptions;

use super::*;

async fn backend(database: &Database) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(database)
        .await
        .unwrap()
}

fn pool(url: &str) -> PgPool {
    let options = PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(PATIENCE);
    options.connect_lazy(url).unwrap()
}

#[tokio::test]
async fn who_comes_after_gets_the_same_connection() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    let first = backend(&database).await;
    for _ in 0..100 {
        assert_eq!(backend(&database).await, first);
    }
    assert_eq!(database.connections_alone(), (0, 1));
    // It is none of the pool's.
    let pooled = database.pool.acquire().await.unwrap();
    assert_eq!(database.connections_alone(), (0, 1));
    drop(pooled);
}

#[tokio::test]
async fn what_was_given_up_half_way_or_failed_is_not_used_again() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    let first = backend(&database).await;
    let slow = sqlx::query("SELECT pg_sleep(60)").execute(&database);
    let given_up = timeout(Duration::from_millis(50), slow).await;
    assert!(given_up.is_err());
    assert_eq!(database.connections_alone(), (0, 0));
    let second = backend(&database).await;
    assert_ne!(second, first);
    let wrong = sqlx::query("SELECT 1 / 0").execute(&database).await;
    assert!(wrong.is_err());
    assert_ne!(backend(&database).await, second);
    // A list of which only the beginning is read.
    let mut rows = sqlx::query("SELECT generate_series(1, 100000)").fetch(&database);
    assert!(rows.try_next().await.unwrap().is_some());
    drop(rows);
    assert_eq!(database.connections_alone(), (0, 0));
    backend(&database).await;
}

#[tokio::test]
async fn when_all_are_in_use_the_pool_helps_out() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    let many = (0..Database::ALONE + 2).map(|_| async {
        sqlx::query("SELECT pg_sleep(0.2)")
            .execute(&database)
            .await
            .unwrap();
    });
    join_all(many).await;
    assert_eq!(
        database.connections_alone(),
        (0, Database::ALONE),
        "none is lost"
    );
}

#[tokio::test]
async fn one_that_takes_no_changes_is_not_kept() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    sqlx::raw_sql("SET default_transaction_read_only = on")
        .execute(&database)
        .await
        .unwrap();
    sqlx::query("CREATE TABLE written (what TEXT)")
        .execute(&database)
        .await
        .unwrap();
}

#[tokio::test]
async fn one_whose_peer_vanished_is_not_handed_out() {
    let test = testkit::database().await;
    let (wire, url) = testkit::Wire::before(&test.url);
    let database = Database::from(pool(&url));
    backend(&database).await;
    wire.forsake();
    let gone = Instant::now();
    while gone.elapsed() < FRESH {
        tokio::task::yield_now().await;
    }
    // It would wait for ever.
    backend(&database).await;
}

#[tokio::test]
async fn a_pool_that_is_closed_takes_them_with_it() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    backend(&database).await;
    database.close().await;
    let refused = sqlx::query("SELECT 1").execute(&database).await;
    assert!(matches!(refused, Err(sqlx::Error::PoolClosed)));
    assert_eq!(database.connections_alone(), (0, 0));
}

async fn plans(executor: impl Executor<'_, Database = Postgres>) -> String {
    let settings =
        "SELECT current_setting('plan_cache_mode') || ' ' || current_setting('enable_seqscan')";
    sqlx::query_scalar(settings)
        .fetch_one(executor)
        .await
        .unwrap()
}

const ONCE: &str = "force_generic_plan off";
const EACH_TIME: &str = "force_custom_plan off";
const AS_IT_LIKES: &str = "auto on";

#[tokio::test]
async fn a_reading_keeps_its_connection_and_one_that_fails_does_not() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    let first = backend(&database).await;
    for _ in 0..3 {
        let mut reading = database.reading().await.unwrap();
        assert_eq!(plans(reading.connection()).await, ONCE);
        reading.end(Ok(())).await.unwrap();
        assert_eq!(backend(&database).await, first);
    }
    let mut reading = database.reading().await.unwrap();
    let wrong = reading.connection().execute("SELECT 1 / 0").await;
    let said = reading.end(wrong.map_err(crate::Error::from)).await;
    assert!(said.is_err());
    assert_ne!(backend(&database).await, first);
}

#[tokio::test]
async fn a_statement_is_planned_once_or_each_time_as_is_asked() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    for _ in 0..3 {
        assert_eq!(plans(&database).await, ONCE);
        assert_eq!(plans(database.planned()).await, EACH_TIME);
        assert_eq!(plans(&*database).await, AS_IT_LIKES, "the pool's own");
    }
}

#[tokio::test]
async fn the_pool_plans_as_asked_when_it_helps_out_and_forgets_it() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    let many = (0..Database::PLANNED + 2).map(|_| async {
        let settings = "SELECT current_setting('plan_cache_mode') FROM pg_sleep(0.2)";
        let mode: String = sqlx::query_scalar(settings)
            .fetch_one(database.planned())
            .await
            .unwrap();
        assert_eq!(mode, "force_custom_plan");
    });
    join_all(many).await;
    assert_eq!(
        database.connections_alone(),
        (0, Database::PLANNED),
        "none is lost"
    );
    assert_eq!(plans(&*database).await, AS_IT_LIKES);
}

#[tokio::test]
async fn nothing_is_set_in_a_session_that_a_pooler_hands_on() {
    let test = testkit::database().await;
    let database = Database::through_a_pooler(pool(&test.url));
    for _ in 0..3 {
        assert_eq!(plans(database.planned()).await, EACH_TIME);
        assert_eq!(plans(&database).await, AS_IT_LIKES);
        assert_eq!(plans(&*database).await, AS_IT_LIKES);
    }
    // What fails in its transaction leaves nobody inside.
    let wrong = sqlx::query("SELECT 1 / 0")
        .execute(database.planned())
        .await;
    assert!(wrong.is_err());
    assert_eq!(plans(&*database).await, AS_IT_LIKES);
}

#[tokio::test]
async fn what_says_that_its_plan_depends_on_its_parameters_is_planned_each_time() {
    let test = testkit::database().await;
    let database = Database::from(pool(&test.url));
    let narrowed = "SELECT current_setting('plan_cache_mode') WHERE $1 IS NULL OR $1";
    for _ in 0..3 {
        let mode: String = sqlx::query_scalar(narrowed)
            .bind(true)
            .fetch_one(&database)
            .await
            .unwrap();
        assert_eq!(mode, "force_custom_plan");
    }
    assert_eq!(plans(&database).await, ONCE);
}

#[test]
fn a_condition_that_may_be_left_out_is_seen() {
    for (sql, expected) in [
        ("WHERE ($1::timestamptz IS NULL OR at < $1)", true),
        (
            "WHERE id = $1 AND ($2::uuid[] IS NULL OR id = ANY($2))",
            true,
        ),
        ("WHERE $1 IS NULL OR $1 = name", true),
        ("ORDER BY at DESC LIMIT $2", false),
        ("WHERE ended_at IS NULL OR ended_at > $1", false),
        ("WHERE id = $1 ORDER BY role IS NULL ORDER BY name", false),
    ] {
        assert_eq!(depends_on_parameters(sql), expected, "{sql}");
    }
}
