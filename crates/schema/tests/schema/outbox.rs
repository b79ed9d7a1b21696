//! A database of before the outbox was ours takes along what is in it.

use schema::MIGRATOR;
use sqlx::{
    PgPool,
    migrate::{Migration, Migrator},
};

const OWN_OUTBOX: i64 = 100;

async fn old_database() -> PgPool {
    let url = testkit::empty_database("").await;
    let pool = PgPool::connect(&url).await.unwrap();
    let before: Vec<Migration> = MIGRATOR
        .iter()
        .filter(|migration| migration.version < OWN_OUTBOX)
        .cloned()
        .collect();
    Migrator {
        migrations: before.into(),
        ..Migrator::DEFAULT
    }
    .run(&pool)
    .await
    .unwrap();
    pool
}

const OLD: &str = r#"
INSERT INTO persistent_outbox_events (sequence, payload) VALUES
    (1, '{"type": "ProspectCreated", "prospect_id": "00000000-0000-0000-0000-000000000001"}'),
    (2, NULL),
    (3, '{"type": "CustomerKycUpdated", "customer_id": "00000000-0000-0000-0000-000000000001", "level": "basic", "verification": "verified"}'),
    (7, '{"type": "CustomerEmailChanged", "customer_id": "00000000-0000-0000-0000-000000000001"}'),
    (8, '{"type": "CustomerKycUpdated", "customer_id": "00000000-0000-0000-0000-000000000001", "level": "basic", "verification": "rejected"}');
INSERT INTO jobs (id, job_type, resident) VALUES
    ('00000000-0000-0000-0000-00000000000a', 'provisioning-starter', TRUE), ('00000000-0000-0000-0000-00000000000b', 'another', TRUE);
INSERT INTO job_executions (id, job_type, alive_at, created_at)
SELECT id, job_type, now(), now() FROM jobs;
INSERT INTO job_execution_states (id, execution_state_json)
SELECT id, '{"sequence": 3}' FROM jobs;
INSERT INTO prospects (id, public_id, email, customer_type, stage, kyc_status, created_at) VALUES
    ('00000000-0000-0000-0000-000000000002', '1000002', 'missed@example.com', 'individual', 'converted', 'approved', now()),
    ('00000000-0000-0000-0000-000000000003', '1000003', 'closed@example.com', 'individual', 'converted', 'approved', now());
INSERT INTO customers (id, public_id, email, customer_type, level, verification, activity, created_at) VALUES
    ('00000000-0000-0000-0000-000000000002', '1000002', 'missed@example.com', 'individual', 'basic', 'verified', 'pending', now()),
    ('00000000-0000-0000-0000-000000000003', '1000003', 'closed@example.com', 'individual', 'basic', 'verified', 'closed', now());
"#;

#[tokio::test]
async fn what_was_published_and_what_was_not_heard_yet_comes_along() {
    let pool = old_database().await;
    sqlx::raw_sql(OLD).execute(&pool).await.unwrap();
    schema::migrate(&pool).await.unwrap();
    let events: Vec<(i32, i64, String)> = sqlx::query_as(
        "SELECT era, number, payload ->> 'type' FROM outbox_events ORDER BY era, turn, number",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let expected = [
        (0, 1, "ProspectCreated"),
        (0, 3, "CustomerKycUpdated"),
        (0, 7, "CustomerEmailChanged"),
        (0, 8, "CustomerKycUpdated"),
    ];
    assert_eq!(
        events,
        expected.map(|(era, number, name)| (era, number, name.to_owned()))
    );
    let next: i64 = sqlx::query_scalar("SELECT nextval('outbox_events_number')")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(next, 9);
    let deliveries: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT listener, right(subject::text, 1), payload ->> 'type' FROM outbox_deliveries ORDER BY listener, id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let expected = [
        // This one had not heard of anything.
        ("credit-canceller", "1", "CustomerKycUpdated"),
        ("credit-canceller", "1", "CustomerKycUpdated"),
        ("provisioning-starter", "1", "CustomerEmailChanged"),
        ("provisioning-starter", "1", "CustomerKycUpdated"),
        // Nobody had begun with this one.
        ("provisioning-starter", "2", "CustomerKycUpdated"),
    ];
    assert_eq!(
        deliveries,
        expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
    );
    let jobs: Vec<String> = sqlx::query_scalar("SELECT job_type FROM jobs")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(jobs, ["another"]);
}
