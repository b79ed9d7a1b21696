use std::{collections::HashSet, time::Duration};

use chrono::TimeDelta;
use serde_json::json;
use sumsub::webhook::DigestError;

use crate::stage::{Received, Stage, wait_for};

fn kinds(received: &[Received]) -> Vec<&str> {
    received.iter().map(Received::kind).collect()
}

#[tokio::test]
async fn an_approval_arrives_signed_and_with_every_common_field() {
    let stage = Stage::new().await;
    let link = stage.link("prospect-1").await;
    stage.http.get(link.clone()).send().await.unwrap();
    stage.press(&link, "submit", &[]).await;
    stage.press(&link, "approve", &[]).await;
    let received = stage.exactly(3).await;
    assert_eq!(
        kinds(&received),
        ["applicantCreated", "applicantPending", "applicantReviewed"]
    );
    assert!(received.iter().all(|received| received.signed == Ok(())));
    let statuses: Vec<_> = received
        .iter()
        .filter_map(|received| received.callback.review_status.as_deref())
        .collect();
    assert_eq!(statuses, ["init", "pending", "completed"]);

    let green = &received[2].callback;
    assert_eq!(green.external_user_id.as_deref(), Some("prospect-1"));
    assert_eq!(green.level_name.as_deref(), Some("basic-kyc-level"));
    assert_eq!(green.applicant_type.as_deref(), Some("individual"));
    assert_eq!(
        green.sandbox_mode,
        Some(false),
        "the way is production's unless told otherwise"
    );
    assert_eq!(
        green
            .review_result
            .as_ref()
            .unwrap()
            .review_answer
            .as_deref(),
        Some("GREEN")
    );
    assert_eq!(green.applicant_id.as_ref().unwrap().len(), 24);
    assert!(
        green.inspection_id.is_some() && green.client_id.is_some() && green.created_at.is_some()
    );
    assert!(
        (chrono::Utc::now() - green.time().unwrap())
            .num_seconds()
            .abs()
            < 20
    );

    let times: Vec<_> = received
        .iter()
        .map(|received| received.callback.time().unwrap())
        .collect();
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    let correlations: HashSet<_> = received
        .iter()
        .map(|received| &received.callback.correlation_id)
        .collect();
    assert_eq!(
        correlations.len(),
        3,
        "each event has its own correlation id"
    );
    let applicant = stage
        .client
        .applicant_by_external_id("prospect-1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(Some(applicant.id), green.applicant_id);
}

#[tokio::test]
async fn a_rejection_carries_labels_type_and_both_comments() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    let fields = [
        ("label", "FORGERY"),
        ("label", "SCREENSHOTS"),
        ("other_labels", "MY_OWN, ANOTHER"),
        ("reject_type", "FINAL"),
        ("moderation_comment", "Not <this> time"),
        ("client_comment", "Known fraud"),
    ];
    stage.press(&link, "reject", &fields).await;
    let received = stage.exactly(2).await;
    let red = received[1].callback.review_result.as_ref().unwrap();
    assert_eq!(red.review_answer.as_deref(), Some("RED"));
    assert_eq!(
        red.reject_labels,
        ["FORGERY", "SCREENSHOTS", "MY_OWN", "ANOTHER"]
    );
    assert_eq!(red.review_reject_type.as_deref(), Some("FINAL"));
    assert_eq!(red.moderation_comment.as_deref(), Some("Not <this> time"));
    assert_eq!(red.client_comment.as_deref(), Some("Known fraud"));

    stage.press(&link, "hold", &[]).await;
    stage
        .press(&link, "personal-info", &[("first_name", "Ann")])
        .await;
    let received = stage.exactly(4).await;
    assert_eq!(
        kinds(&received[2..]),
        ["applicantOnHold", "applicantPersonalInfoChanged"]
    );
    assert_eq!(
        received[2].callback.review_status.as_deref(),
        Some("onHold")
    );
    assert_eq!(received[2].callback.review_result, None);
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_and_given_up_in_the_end() {
    let stage = Stage::with(|config| config.webhook_timeout = Duration::from_millis(300)).await;
    stage.receiver.answers.lock().unwrap().extend([500, 302, 0]);
    stage.http.get(stage.link("p").await).send().await.unwrap();
    // Also after silence, which the time-out ends.
    let received = stage.exactly(4).await;
    let bodies: HashSet<_> = received
        .iter()
        .map(|received| received.body.clone())
        .collect();
    assert_eq!(bodies.len(), 1, "it is the same body each time");
    wait_for("the list to say so", async || {
        stage.listed().await[0]["state"] == "sent"
    })
    .await;
    assert_eq!(stage.listed().await[0]["attempts"], 4);

    stage.receiver.answers.lock().unwrap().extend([503; 4]);
    stage.http.get(stage.link("q").await).send().await.unwrap();
    stage.exactly(8).await;
    let given_up = stage.listed().await[1].clone();
    assert_eq!(
        (&given_up["state"], &given_up["lastStatus"]),
        (&json!("failed"), &json!(503)),
        "{given_up}"
    );
    stage.send_again(&given_up["id"]).await;
    let received = stage.exactly(9).await;
    assert_eq!(received[8].body, received[7].body);
    stage.send_again(&given_up["id"]).await;
    stage.exactly(10).await;
}

#[tokio::test]
async fn twice_is_the_same_body_twice() {
    let stage = Stage::new().await;
    stage.switch(json!({"twice": true})).await;
    stage.http.get(stage.link("p").await).send().await.unwrap();
    let received = stage.exactly(2).await;
    assert_eq!(received[0].body, received[1].body);
}

#[tokio::test]
async fn dropped_goes_out_by_hand_only() {
    let stage = Stage::new().await;
    stage.switch(json!({"dropped": true})).await;
    stage.http.get(stage.link("p").await).send().await.unwrap();
    stage.exactly(0).await;
    let dropped = stage.listed().await[0].clone();
    assert_eq!(dropped["state"], "dropped");
    stage.send_again(&dropped["id"]).await;
    assert_eq!(stage.exactly(1).await[0].signed, Ok(()));
}

#[tokio::test]
async fn a_wrong_signature_stays_wrong_until_it_is_sent_by_hand() {
    let stage = Stage::new().await;
    stage.switch(json!({"wrongSignature": true})).await;
    stage.http.get(stage.link("p").await).send().await.unwrap();
    let received = stage.exactly(4).await;
    assert!(
        received
            .iter()
            .all(|received| received.signed == Err(DigestError::Mismatch))
    );
    let refused = stage.listed().await[0].clone();
    assert_eq!(
        (&refused["state"], &refused["lastStatus"]),
        (&json!("failed"), &json!(401))
    );
    stage.send_again(&refused["id"]).await;
    assert_eq!(stage.exactly(5).await[4].signed, Ok(()));
}

#[tokio::test]
async fn late_waits_and_sandbox_says_so() {
    let stage = Stage::new().await;
    stage
        .switch(json!({"lateSeconds": 3600, "sandbox": true}))
        .await;
    stage.http.get(stage.link("p").await).send().await.unwrap();
    let an_hour_passes = "UPDATE dev_sumsub.webhooks SET next_try = next_try - interval '1 hour'
         WHERE next_try > clock_timestamp() + interval '59 minutes'";
    let late = sqlx::query(an_hour_passes).execute(&stage.database.pool);
    assert_eq!(late.await.unwrap().rows_affected(), 1);
    let received = stage.exactly(1).await;
    assert_eq!(received[0].callback.sandbox_mode, Some(true));
    let sandbox = Stage::with(|config| config.sandbox = true).await;
    sandbox
        .http
        .get(sandbox.link("p").await)
        .send()
        .await
        .unwrap();
    assert_eq!(
        sandbox.exactly(1).await[0].callback.sandbox_mode,
        Some(true)
    );
}

#[tokio::test]
async fn shuffled_sends_the_newest_first_and_loses_none() {
    let stage = Stage::new().await;
    stage.switch(json!({"shuffled": true})).await;
    let link = stage.link("p").await;
    stage.press(&link, "submit", &[]).await;
    stage.press(&link, "approve", &[]).await;
    let received = stage.exactly(3).await;
    assert_eq!(
        kinds(&received),
        ["applicantReviewed", "applicantPending", "applicantCreated"]
    );
}

#[tokio::test]
async fn each_applicants_webhooks_keep_their_order() {
    let stage = Stage::new().await;
    let links = [
        stage.link("a").await,
        stage.link("b").await,
        stage.link("c").await,
    ];
    for link in &links {
        stage.press(link, "submit", &[]).await;
        stage.press(link, "approve", &[]).await;
    }
    let received = stage.exactly(9).await;
    for user in ["a", "b", "c"] {
        let own: Vec<_> = received
            .iter()
            .filter(|received| received.callback.external_user_id.as_deref() == Some(user))
            .cloned()
            .collect();
        assert_eq!(
            kinds(&own),
            ["applicantCreated", "applicantPending", "applicantReviewed"],
            "{user}"
        );
    }
}

#[tokio::test]
async fn what_was_not_sent_is_sent_by_the_next_start() {
    let mut stage = Stage::with(|config| config.webhook_timeout = Duration::from_secs(30)).await;
    // One hangs on the wire when the simulator stops, one was never tried.
    stage.receiver.answers.lock().unwrap().push_back(0);
    let link = stage.link("p").await;
    stage.press(&link, "submit", &[]).await;
    wait_for("the one that hangs", async || {
        stage.receiver.all().len() == 1
    })
    .await;
    stage.stop().await;
    assert_eq!(
        stage
            .listed()
            .await
            .iter()
            .map(|webhook| webhook["state"].clone())
            .collect::<Vec<_>>(),
        ["sending", "waiting"]
    );
    stage.restart().await;
    let received = stage.exactly(3).await;
    assert_eq!(
        kinds(&received),
        ["applicantCreated", "applicantCreated", "applicantPending"]
    );
    assert!(
        stage
            .client
            .applicant_by_external_id("p")
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn each_event_is_later_than_the_last_even_when_the_clock_goes_back() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "submit", &[]).await;
    stage.exactly(2).await;
    sqlx::raw_sql(
        "UPDATE dev_sumsub.applicants SET last_event_at = last_event_at + INTERVAL '1 minute'",
    )
    .execute(&stage.database.pool)
    .await
    .unwrap();
    stage.press(&link, "hold", &[]).await;
    stage.press(&link, "approve", &[]).await;
    let received = stage.exactly(4).await;
    let times: Vec<_> = received
        .iter()
        .map(|received| received.callback.time().unwrap())
        .collect();
    assert_eq!(times[2] - times[1], TimeDelta::milliseconds(60_001));
    assert_eq!(times[3] - times[2], TimeDelta::milliseconds(1));
}
