//! Webhooks made to measure.

use chrono::Utc;
use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn it_says_what_one_wants_and_the_applicant_stays_as_it_is() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "submit", &[]).await;
    let fields = [
        ("answer", "RED"),
        ("retry_or_final", "FINAL"),
        ("labels", "FORGERY, SCREENSHOTS"),
        ("comment", "No."),
        ("private_comment", "Odd."),
        ("level_name", "another-level"),
        ("applicant_id", "5cb744200a975a67ed1798a4"),
        ("external_user_id", "somebody-else"),
        ("correlation_id", "req-1"),
        ("offset_seconds", "-3600"),
        ("sandbox", "true"),
    ];
    stage.press(&link, "send", &fields).await;
    let received = stage.exactly(3).await;
    let sent = &received[2];
    assert_eq!(sent.signed, Ok(()));
    let callback = &sent.callback;
    assert_eq!(sent.kind(), "applicantReviewed");
    assert_eq!(callback.review_status.as_deref(), Some("completed"));
    assert_eq!(callback.level_name.as_deref(), Some("another-level"));
    assert_eq!(
        callback.applicant_id.as_deref(),
        Some("5cb744200a975a67ed1798a4")
    );
    assert_eq!(callback.external_user_id.as_deref(), Some("somebody-else"));
    assert_eq!(callback.correlation_id.as_deref(), Some("req-1"));
    assert_eq!(callback.sandbox_mode, Some(true));
    let age = Utc::now() - callback.time().unwrap();
    assert!((3600..3620).contains(&age.num_seconds()), "{age}");
    let result = callback.review_result.as_ref().unwrap();
    assert_eq!(result.review_answer.as_deref(), Some("RED"));
    assert_eq!(result.review_reject_type.as_deref(), Some("FINAL"));
    assert_eq!(result.reject_labels, ["FORGERY", "SCREENSHOTS"]);
    assert_eq!(result.moderation_comment.as_deref(), Some("No."));
    assert_eq!(result.client_comment.as_deref(), Some("Odd."));

    let applicant = stage.applicant("p").await;
    let review = applicant.review.unwrap();
    assert_eq!(
        (review.review_status.as_deref(), review.review_result),
        (Some("pending"), None)
    );
    let page = stage.page(link).await;
    assert!(page.contains("somebody-else"), "it stands on the page");
}

#[tokio::test]
async fn each_field_can_be_left_out() {
    let stage = Stage::new().await;
    let link = stage.company_link("p").await;
    let page = stage.page(link.clone()).await;
    stage.exactly(1).await;
    let names: Vec<&str> = page
        .split(r#"name="omit" value=""#)
        .skip(1)
        .filter_map(|part| part.split('"').next())
        .collect();
    assert_eq!(names.len(), 12);
    for name in &names {
        let fields = [("omit", *name), ("answer", "GREEN")];
        stage.press(&link, "send", &fields).await;
    }
    let received = stage.exactly(13).await;
    for (name, received) in names.iter().zip(&received[1..]) {
        let body: Value = serde_json::from_slice(&received.body).unwrap();
        assert_eq!(body.get(*name), None, "{body}");
        assert!(body.as_object().unwrap().len() >= 11, "only that: {body}");
    }
    let fields = [("omit", "externalUserId"), ("omit", "levelName")];
    stage.press(&link, "send", &fields).await;
    let received = stage.exactly(14).await;
    let callback = &received[13].callback;
    assert_eq!(
        (&callback.external_user_id, &callback.level_name),
        (&None, &None)
    );
}

#[tokio::test]
async fn a_time_can_be_any_words_and_the_switches_work_on_it() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.page(link.clone()).await;
    stage.exactly(1).await;
    stage.switch(json!({"twice": true})).await;
    let fields = [("type", "applicantHummed"), ("created_at_ms", "yesterday")];
    stage.press(&link, "send", &fields).await;
    let received = stage.exactly(3).await;
    assert_eq!(received[1].body, received[2].body);
    assert_eq!(received[1].kind(), "applicantHummed");
    assert_eq!(
        received[1].callback.created_at_ms.as_deref(),
        Some("yesterday")
    );
    assert_eq!(
        received[1].callback.review_status.as_deref(),
        Some("init"),
        "what is not named stands as it is"
    );
    assert_eq!(stage.listed().await[1]["type"], "applicantHummed");
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    for wrong in [
        ("offset_seconds", "soon"),
        ("offset_seconds", "1.5"),
        ("offset_seconds", "9999999999999"),
        ("sandbox", "maybe"),
        ("omit", "everything"),
    ] {
        assert_eq!(stage.post(&link, "send", &[wrong]).await, 422, "{wrong:?}");
    }
    stage.exactly(0).await;
}
