//! REST calls that fail on demand.

use std::time::Duration;

use serde_json::{Value, json};
use sumsub::{Client, SumsubConfig, SumsubError};

use crate::stage::{KEY, Stage, TOKEN, link_request, wait_for};

/// A client that tries so often.
fn patient(stage: &Stage, tries: u32) -> Client {
    let mut config = SumsubConfig::new(stage.base_url.clone(), TOKEN.into(), KEY.into());
    config.tries = tries;
    config.first_pause = Duration::from_millis(10);
    config.timeout = Duration::from_millis(500);
    Client::new(config).unwrap()
}

async fn left(stage: &Stage) -> (Value, Value) {
    let switches = stage.http.get(stage.url("/switches")).send().await;
    let switches: Value = switches.unwrap().json().await.unwrap();
    (
        switches["restFailure"].clone(),
        switches["restCalls"].clone(),
    )
}

#[tokio::test]
async fn a_count_of_calls_fails_then_all_is_well() {
    let stage = Stage::new().await;
    for (failure, status) in [("error", 500), ("timeout", 504)] {
        stage
            .switch(json!({"restFailure": failure, "restCalls": 3}))
            .await;
        let error = patient(&stage, 2)
            .create_link(&link_request("p"))
            .await
            .unwrap_err();
        assert!(error.is_transient());
        assert_eq!(error.status(), Some(status));
        assert_eq!(left(&stage).await, (failure.into(), 1.into()));
        patient(&stage, 2)
            .create_link(&link_request("p"))
            .await
            .unwrap();
        assert_eq!(left(&stage).await, ("none".into(), 0.into()));
    }
}

#[tokio::test]
async fn without_a_count_every_call_fails_until_it_is_switched_off() {
    let stage = Stage::new().await;
    stage.switch(json!({"restFailure": "error"})).await;
    for _ in 0..3 {
        let error = stage.client.review_status("a").await.unwrap_err();
        assert_eq!(error.status(), Some(500));
    }
    assert!(
        stage
            .page(stage.url(""))
            .await
            .contains("Every REST call fails")
    );
    stage.switch(json!({})).await;
    let error = stage.client.review_status("a").await.unwrap_err();
    assert_eq!(error.status(), Some(404));
}

#[tokio::test]
async fn too_many_says_how_long_to_wait() {
    let stage = Stage::new().await;
    stage
        .switch(json!({"restFailure": "tooMany", "restCalls": 1, "retryAfterSeconds": 1}))
        .await;
    let once = patient(&stage, 1).create_link(&link_request("p")).await;
    let told = once.unwrap_err().too_often();
    assert_eq!(told, Some(Some(Duration::from_secs(1))));
    stage
        .switch(json!({"restFailure": "tooMany", "retryAfterSeconds": 0}))
        .await;
    let error = stage.client.review_status("a").await.unwrap_err();
    assert_eq!(error.status(), Some(429));
}

#[tokio::test]
async fn a_hanging_call_answers_nothing_and_the_pages_go_on() {
    let mut stage = Stage::new().await;
    stage
        .switch(json!({"restFailure": "hang", "restCalls": 2}))
        .await;
    let error = patient(&stage, 1).review_status("a").await.unwrap_err();
    assert!(
        matches!(&error, SumsubError::Unavailable { status: None, .. }),
        "{error}"
    );
    stage.page(stage.url("")).await;
    let hanging = tokio::spawn({
        let client = stage.client.clone();
        async move { client.review_status("a").await }
    });
    let pool = stage.database.pool.clone();
    wait_for("the call to hang", async || {
        let left = sqlx::query_scalar::<_, i32>("SELECT rest_calls FROM dev_sumsub.switches");
        left.fetch_one(&pool).await.unwrap() == 0
    })
    .await;
    stage.restart().await;
    let error = hanging.await.unwrap().unwrap_err();
    assert_eq!(
        error.status(),
        Some(504),
        "the end of the simulator ends it"
    );
}

#[tokio::test]
async fn a_half_written_answer_was_done_all_the_same() {
    let stage = Stage::new().await;
    stage
        .switch(json!({"restFailure": "half", "restCalls": 1}))
        .await;
    let error = stage
        .client
        .create_link(&link_request("p"))
        .await
        .unwrap_err();
    assert!(matches!(error, SumsubError::Malformed { .. }), "{error}");
    assert!(
        stage
            .page(stage.url(""))
            .await
            .contains("Link not opened yet"),
        "the link is there"
    );
}

#[tokio::test]
async fn a_wrong_signature_is_told_before_any_failure() {
    let stage = Stage::new().await;
    stage
        .switch(json!({"restFailure": "error", "restCalls": 1}))
        .await;
    let bare = stage.http.get(stage.url("/resources/applicants/a/status"));
    assert_eq!(bare.send().await.unwrap().status(), 401);
    assert_eq!(left(&stage).await, ("error".into(), 1.into()));
}

#[tokio::test]
async fn calls_at_once_are_counted_one_by_one() {
    let stage = Stage::new().await;
    stage
        .switch(json!({"restFailure": "error", "restCalls": 5}))
        .await;
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = stage.client.clone();
            tokio::spawn(async move { client.review_status("a").await })
        })
        .collect();
    let mut failed = 0;
    for call in calls {
        failed += i32::from(call.await.unwrap().unwrap_err().status() == Some(500));
    }
    assert_eq!(failed, 5);
}
