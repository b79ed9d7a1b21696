//! One request, or a few, never take the database from everybody else.

use access::Role;
use graphql::MAX_CONCURRENT_FIELDS;
use serde_json::json;
use sqlx::{Executor as _, Postgres, Transaction};
use tokio::task::JoinSet;

use super::app::{App, IN_ALL, request};

impl App {
    /// From now on nobody gets at this table: whoever looks at it waits with a connection in hand.
    async fn locked(&self, table: &str) -> Transaction<'static, Postgres> {
        let mut lock = self.pool.begin().await.unwrap();
        let statement = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        lock.execute(statement.as_str()).await.unwrap();
        lock
    }

    /// Waits until so many look at the locked table, then sees to it that others still get at the database; answers how many
    /// look by then.
    async fn waiting(&self, expected: usize, lock: &mut Transaction<'static, Postgres>) -> usize {
        let count = "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut waiting = 0;
        while waiting < expected {
            let now: i64 = sqlx::query_scalar(count)
                .fetch_one(&mut **lock)
                .await
                .unwrap();
            waiting = usize::try_from(now).unwrap();
            tokio::task::yield_now().await;
            // A statement's own clock is the transaction's: without this the view stays as it was first seen.
            lock.execute("SELECT pg_stat_clear_snapshot()")
                .await
                .unwrap();
        }
        let others = sqlx::query_scalar::<_, i64>(count).fetch_one(&self.pool);
        let others = others.await.expect("nobody else gets at the database");
        usize::try_from(others).unwrap()
    }
}

#[tokio::test]
async fn hundreds_of_aliases_of_several_clients_leave_connections_to_others() {
    let app = App::open().await;
    let caller = app.operator(Role::Admin).await;
    let aliases: String = (0..300)
        .map(|n| format!("a{n}: prospects(first: 1) {{ nodes {{ email }} }} "))
        .collect();
    let flood = format!("{{ {aliases} }}");
    let mut lock = app.locked("prospects").await;
    let mut clients = JoinSet::new();
    for _ in 0..6 {
        let (schema, request) = (app.schema.clone(), request(&caller, &flood, json!({})));
        clients.spawn(async move { schema.execute(request).await });
    }
    let waiting = app.waiting(IN_ALL, &mut lock).await;
    assert_eq!(waiting, IN_ALL, "fields looked up at the same time");
    lock.rollback().await.unwrap();
    while let Some(answer) = clients.join_next().await {
        let answer = answer.unwrap();
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        let data = answer.data.into_json().unwrap();
        assert_eq!(data.as_object().unwrap().len(), 300);
    }
}

#[tokio::test]
async fn many_fields_within_fields_are_looked_up_a_few_at_a_time() {
    let app = App::open().await;
    let caller = app.operator(Role::Admin).await;
    for n in 0..5 {
        app.prospect(&caller, &format!("p{n}@example.com")).await;
    }
    let aliases: String = (1..=50)
        .map(|n| {
            format!(
                "a{n}: callbacks(first: {n}) {{ nodes {{ callbackId prospect {{ email }} }} }} "
            )
        })
        .collect();
    let query = format!("{{ prospects(first: 5) {{ nodes {{ {aliases} }} }} }}");
    let mut lock = app.locked("callbacks").await;
    let (schema, request) = (app.schema.clone(), request(&caller, &query, json!({})));
    let asking = tokio::spawn(async move { schema.execute(request).await });
    let waiting = app.waiting(MAX_CONCURRENT_FIELDS, &mut lock).await;
    assert_eq!(
        waiting, MAX_CONCURRENT_FIELDS,
        "fields looked up at the same time"
    );
    lock.rollback().await.unwrap();
    let answer = asking.await.unwrap();
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
}

#[tokio::test]
async fn lists_of_plain_values_wait_for_no_turn_that_they_hold() {
    let app = App::open().await;
    let caller = app.operator(Role::Admin).await;
    for n in 0..5 {
        app.prospect(&caller, &format!("p{n}@example.com")).await;
    }
    let query = "{ audit(first: 5) { nodes { records action subject { __typename } } edges { node { records } } }
        auditActions me { user { role { permissions } } } }";
    let mut clients = JoinSet::new();
    for _ in 0..2 * IN_ALL {
        let (schema, request) = (app.schema.clone(), request(&caller, query, json!({})));
        clients.spawn(async move { schema.execute(request).await });
    }
    while let Some(answer) = clients.join_next().await {
        let answer = answer.unwrap();
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    }
}
