//! The callback log on a real database: what is stored, judged once, counted, and set apart.

use claim_loop::{Turn, Work as _};

use crate::common::{Log, callback, drain, green, officer, red};
use customer::{ProspectInput, primitives::ProspectId};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_counted_and_applied_once() {
    let log = Log::open().await;
    let prospect = log.prospect("ada@example.com").await;
    let body = green(prospect, 1);
    futures::future::join_all((0..20).map(|_| log.store(&body))).await;
    log.drained().await;
    log.store(&body).await;
    log.drained().await;
    assert_eq!(log.outcomes().await, [("applied".to_owned(), 21)]);
    assert_eq!(log.count("customers").await, 1);
    assert_eq!(
        log.count("outbox_events WHERE payload->>'type' = 'CustomerKycUpdated'")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_callback_holds_up_nobody() {
    let log = Log::open().await;
    let (one, other) = (
        log.prospect("one@example.com").await,
        log.prospect("other@example.com").await,
    );
    log.store(&callback(one, "applicantPending", 1)).await;
    sqlx::query("UPDATE callbacks SET body = 'no json'")
        .execute(&log.pool)
        .await
        .unwrap();
    log.store(&green(other, 2)).await;
    log.store(&callback(one, "applicantOnHold", 3)).await;
    log.drained().await;
    let outcomes: Vec<String> = log
        .outcomes()
        .await
        .into_iter()
        .map(|(outcome, _)| outcome)
        .collect();
    assert_eq!(outcomes, ["failed", "applied", "applied"]);
    let reason = why_it_failed(&log).await;
    assert!(reason.contains("JSON"), "{reason}");
}

/// A conversion, say, that stands behind a lock on the steps' table must not keep a RED about somebody else waiting.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_locked_by_another_transaction_holds_up_nobody_else() {
    let log = Log::open().await;
    let (one, other) = (
        log.prospect("one@example.com").await,
        log.prospect("other@example.com").await,
    );
    let mut holder = log.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM prospects WHERE id = $1 FOR UPDATE")
        .bind(uuid::Uuid::from(one))
        .execute(&mut *holder)
        .await
        .unwrap();
    log.store(&green(one, 1)).await;
    log.store(&red(other, 2, "FINAL")).await;
    log.drained().await;
    let outcomes = async || -> Vec<String> {
        sqlx::query_scalar("SELECT outcome FROM callbacks ORDER BY id")
            .fetch_all(&log.pool)
            .await
            .unwrap()
    };
    assert_eq!(outcomes().await, ["failed", "applied"]);
    assert!(raised(&log).await.is_empty(), "nothing is wrong with it");
    let reason = why_it_failed(&log).await;
    assert!(reason.contains("another transaction holds"), "{reason}");
    holder.rollback().await.unwrap();
    failed_ones_are_due(&log).await;
    log.drained().await;
    assert_eq!(outcomes().await, ["applied", "applied"]);
    assert!(raised(&log).await.is_empty());
}

/// Who gives up a reopening wakes nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_whose_subject_is_locked_is_looked_for_again_soon() {
    let log = Log::open().await;
    let prospect = log.prospect("ada@example.com").await;
    log.store(&green(prospect, 1)).await;
    let mut holder = log.pool.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended(subject, 7600)) FROM callbacks")
        .execute(&mut *holder)
        .await
        .unwrap();
    let queue = log.onboarding.drain();
    let Turn::Idle(Some(soon)) = queue.batch().await.unwrap() else {
        panic!("it is somebody else's, and still to be processed");
    };
    assert!(soon.as_secs_f64() < 1.0, "{soon:?}");
    holder.rollback().await.unwrap();
    log.drained().await;
    assert_eq!(log.outcomes().await, [("applied".to_owned(), 1)]);
    assert_eq!(queue.batch().await.unwrap(), Turn::Idle(None));
}

/// What is said of the one that failed.
async fn why_it_failed(log: &Log) -> String {
    sqlx::query_scalar("SELECT reason FROM callbacks WHERE outcome = 'failed'")
        .fetch_one(&log.pool)
        .await
        .unwrap()
}

/// As if the time had passed.
async fn failed_ones_are_due(log: &Log) {
    sqlx::query("UPDATE callbacks SET next_try = now() WHERE next_try IS NOT NULL")
        .execute(&log.pool)
        .await
        .unwrap();
}

/// What is raised: why, at whom, who resolved it and how.
async fn raised(log: &Log) -> Vec<(String, Option<uuid::Uuid>, Option<String>, Option<String>)> {
    sqlx::query_as("SELECT cause, prospect_id, resolved_by, resolution FROM raised ORDER BY id")
        .fetch_all(&log.pool)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_failed_is_raised_once_and_tried_again_until_it_works() {
    let log = Log::open().await;
    let prospect = log.prospect("ada@example.com").await;
    // What a column takes no more: no state that passes by itself.
    sqlx::raw_sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE SQLSTATE '22001' USING MESSAGE = 'too long'; END $$;
         CREATE TRIGGER refused BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION refuse();",
    )
    .execute(&log.pool)
    .await
    .unwrap();
    log.store(&green(prospect, 1)).await;
    let mut unknown = green(ProspectId::new(), 1);
    unknown["applicantId"] = json!("nobodys");
    log.store(&unknown).await;
    sqlx::query("UPDATE callbacks SET body = 'no json' WHERE applicant_id = 'nobodys'")
        .execute(&log.pool)
        .await
        .unwrap();
    for tries in ["once", "2 times"] {
        failed_ones_are_due(&log).await;
        log.drained().await;
        let reasons: Vec<String> = sqlx::query_scalar("SELECT reason FROM callbacks ORDER BY id")
            .fetch_all(&log.pool)
            .await
            .unwrap();
        assert!(
            reasons.iter().all(|reason| reason
                .starts_with(&format!("processing failed {tries}, it is tried again"))),
            "{reasons:?}"
        );
        let raised = raised(&log).await;
        assert_eq!(raised.len(), 2, "once each: {raised:?}");
        assert_eq!(raised[0].1, Some(prospect.into()));
        assert_eq!(raised[1].1, None, "nobody knows whose");
    }
    // Later ones of the same subject don't wait for it.
    log.store(&callback(prospect, "applicantPending", 0)).await;
    log.drained().await;
    let outcomes: Vec<(String, Option<String>)> =
        sqlx::query_as("SELECT outcome, reason FROM callbacks ORDER BY id")
            .fetch_all(&log.pool)
            .await
            .unwrap();
    assert_eq!(outcomes[2].0, "applied", "{outcomes:?}");
    let pause: f64 = sqlx::query_scalar(
        "SELECT EXTRACT(epoch FROM max(next_try) - now())::float8 FROM callbacks WHERE outcome = 'failed'",
    )
    .fetch_one(&log.pool)
    .await
    .unwrap();
    assert!((4.0..11.0).contains(&pause), "{pause}");

    // The cause is gone: nobody has to do anything.
    sqlx::raw_sql("DROP TRIGGER refused ON customers")
        .execute(&log.pool)
        .await
        .unwrap();
    failed_ones_are_due(&log).await;
    log.drained().await;
    assert_eq!(log.count("customers").await, 1);
    let raised = raised(&log).await;
    assert_eq!(
        (raised[0].2.as_deref(), raised[0].3.as_deref()),
        (Some("system:callbacks"), Some("processed at try 3"))
    );
    assert_eq!(raised[1].2, None, "the other one still waits");
    assert_eq!(raised.len(), 2);
    let resolved = log
        .onboarding
        .resolved(&officer(), None, 10, None)
        .await
        .unwrap();
    assert_eq!(resolved.rows.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_another_body_is_kept_apart_and_raised() {
    let log = Log::open().await;
    let prospect = log.prospect("ada@example.com").await;
    let body = green(prospect, 1);
    let mut tampered = body.clone();
    tampered["clientId"] = json!("somebody");
    futures::future::join(log.store(&body), log.store(&body)).await;
    log.store(&tampered).await;
    log.store(&tampered).await;
    log.drained().await;
    assert_eq!(
        log.outcomes().await,
        [("applied".to_owned(), 2), ("conflicting".to_owned(), 2)]
    );
    assert_eq!(log.count("raised").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_apply_is_judged_again_when_it_comes_again() {
    let log = Log::open().await;
    let unborn = ProspectId::new();
    let body = green(unborn, 1);
    log.store(&body).await;
    log.drained().await;
    assert_eq!(log.outcomes().await, [("ignored".to_owned(), 1)]);
    let input = ProspectInput {
        email: "ada@example.com".to_owned(),
        telegram_handle: String::new(),
        customer_type: "individual".to_owned(),
    };
    log.onboarding
        .create_prospect(&officer(), unborn, &input)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    log.store(&body).await;
    log.drained().await;
    assert_eq!(log.outcomes().await, [("applied".to_owned(), 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_right_behind_the_green_locks_the_new_customer_out() {
    let log = Log::open().await;
    let prospect = log.prospect("ada@example.com").await;
    let mut red = green(prospect, 2);
    red["reviewResult"] = json!({
        "reviewAnswer": "RED", "rejectLabels": ["FORGERY"], "reviewRejectType": "FINAL", "clientComment": "found out",
    });
    log.store(&green(prospect, 1)).await;
    log.store(&red).await;
    log.drained().await;
    let (verification, activity): (String, String) =
        sqlx::query_as("SELECT verification, activity FROM customers")
            .fetch_one(&log.pool)
            .await
            .unwrap();
    assert_eq!(
        (verification.as_str(), activity.as_str()),
        ("rejected", "inactive")
    );
    assert_eq!(log.count("raised").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_drain_one_log() {
    let log = Log::open().await;
    let mut prospects = Vec::new();
    for n in 0..30 {
        prospects.push(log.prospect(&format!("p{n}@example.com")).await);
    }
    for (second, kind) in [(1, "applicantCreated"), (2, "applicantPending")] {
        futures::future::join_all(prospects.iter().map(|p| {
            let body = callback(*p, kind, second);
            let log = &log;
            async move { log.store(&body).await }
        }))
        .await;
    }
    futures::future::join_all(prospects.iter().map(|p| {
        let body = green(*p, 3);
        let log = &log;
        async move { log.store(&body).await }
    }))
    .await;
    let (one, other) = (log.onboarding.drain(), log.onboarding.drain());
    tokio::join!(drain(&one), drain(&other));
    log.drained().await;
    assert_eq!(log.count("callbacks WHERE outcome <> 'applied'").await, 0);
    assert_eq!(log.count("customers").await, 30);
    assert_eq!(
        log.count("outbox_events WHERE payload->>'type' = 'CustomerKycUpdated'")
            .await,
        30
    );
}
