//! The callback log on a real database: what is stored, judged once, counted, and set apart.

#![expect(
    clippy::unwrap_used,
    reason = "a story stops at what it did not expect"
)]

mod common;

use common::{Log, callback, drain, green, officer};
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
    let reason: String =
        sqlx::query_scalar("SELECT reason FROM callbacks WHERE outcome = 'failed'")
            .fetch_one(&log.pool)
            .await
            .unwrap();
    assert!(reason.contains("JSON"), "{reason}");
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
