//! What the page behind a link lets happen, beyond submitting and deciding.

use chrono::Utc;

use crate::stage::{Received, Stage, wait_for};

fn last(received: &[Received]) -> (&str, Option<&str>) {
    let last = received.last().unwrap();
    (last.kind(), last.callback.review_status.as_deref())
}

#[tokio::test]
async fn a_reset_begins_a_new_attempt() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "submit", &[]).await;
    stage.press(&link, "approve", &[]).await;
    let before = stage.applicant("p").await.review.unwrap();
    stage.press(&link, "reset", &[]).await;
    let received = stage.exactly(4).await;
    assert_eq!(last(&received), ("applicantReset", Some("init")));
    assert_eq!(received[3].callback.review_result, None);
    let after = stage.applicant("p").await.review.unwrap();
    assert_eq!(
        (after.review_status.as_deref(), after.attempt_cnt),
        (Some("init"), Some(2))
    );
    assert_eq!((after.review_result, after.review_date), (None, None));
    assert_ne!(after.attempt_id, before.attempt_id);
    stage.press(&link, "submit", &[]).await;
    let again = stage.applicant("p").await.review.unwrap();
    assert_eq!(
        (again.attempt_cnt, again.attempt_id),
        (Some(2), after.attempt_id),
        "the reset has counted it already"
    );
}

#[tokio::test]
async fn a_deleted_applicant_is_gone_for_rest_and_the_next_one_is_another() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "approve", &[]).await;
    let first = stage.applicant("p").await.id;
    stage.press(&link, "delete", &[]).await;
    let received = stage.exactly(3).await;
    assert_eq!(received[2].kind(), "applicantDeleted");
    assert_eq!(received[2].callback.applicant_id.as_ref(), Some(&first));
    assert_eq!(
        stage.client.applicant_by_external_id("p").await.unwrap(),
        None
    );
    for call in [
        stage.client.applicant(&first).await.unwrap().is_none(),
        stage
            .client
            .review_status(&first)
            .await
            .unwrap_err()
            .status()
            == Some(404),
    ] {
        assert!(call);
    }

    let page = stage.page(link.clone()).await;
    assert!(page.contains("Deleted") && page.contains("Open the link anew"));
    assert!(!page.contains("Submit documents"), "nothing to press");
    assert!(stage.page(stage.url("")).await.contains("Deleted"));
    for action in ["approve", "delete", "reset", "personal-info"] {
        assert_eq!(stage.post(&link, action, &[]).await, 409, "{action}");
    }
    let level = [("level", "basic-kyb-level")];
    assert_eq!(stage.post(&link, "level", &level).await, 409);
    stage
        .press(&link, "send", &[("type", "applicantTagsChanged")])
        .await;
    let received = stage.exactly(4).await;
    assert_eq!(
        received[3].callback.applicant_id.as_ref(),
        Some(&first),
        "a late webhook of a deleted applicant"
    );

    stage.press(&link, "open", &[]).await;
    let second = stage.applicant("p").await;
    assert_ne!(second.id, first);
    assert_eq!(second.review.unwrap().attempt_cnt, Some(1));
    assert_eq!(stage.exactly(5).await[4].kind(), "applicantCreated");

    stage.press(&link, "delete", &[]).await;
    let newer = stage.link("p").await;
    stage.page(newer).await;
    let third = stage.applicant("p").await.id;
    assert!(
        third != second.id && third != first,
        "a newer link makes one"
    );
}

#[tokio::test]
async fn deactivating_changes_no_review() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "approve", &[]).await;
    stage.press(&link, "deactivate", &[]).await;
    let page = stage.page(link.clone()).await;
    assert!(page.contains("Approved; deactivated") && page.contains(">Activate<"));
    stage.press(&link, "activate", &[]).await;
    assert!(stage.page(link).await.contains(">Deactivate<"));
    let received = stage.exactly(4).await;
    let kinds: Vec<_> = received.iter().map(Received::kind).collect();
    assert_eq!(kinds[2..], ["applicantDeactivated", "applicantActivated"]);
    assert!(received[1..].iter().all(|received| {
        let result = received.callback.review_result.as_ref();
        result.and_then(|result| result.review_answer.as_deref()) == Some("GREEN")
    }));
}

#[tokio::test]
async fn a_level_changed_by_hand_stays_changed_when_the_link_is_opened() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "approve", &[]).await;
    stage
        .press(&link, "level", &[("level", "basic-kyb-level")])
        .await;
    let page = stage.page(link.clone()).await;
    assert!(page.contains("Documents not submitted yet") && page.contains("Company name"));
    let received = stage.exactly(3).await;
    assert_eq!(last(&received), ("applicantLevelChanged", Some("init")));
    let applicant = stage.applicant("p").await;
    assert_eq!(applicant.type_.as_deref(), Some("company"));
    let review = applicant.review.unwrap();
    assert_eq!(
        (review.level_name.as_deref(), review.attempt_cnt),
        (Some("basic-kyb-level"), Some(2))
    );
    assert_eq!(stage.post(&link, "level", &[("level", "gold")]).await, 422);
}

#[tokio::test]
async fn an_answer_may_be_neither_green_nor_red() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "answer", &[]).await;
    stage
        .press(&link, "answer", &[("review_answer", "MAUVE")])
        .await;
    assert!(stage.page(link).await.contains("Answered MAUVE"));
    let received = stage.exactly(3).await;
    let answers: Vec<_> = received
        .iter()
        .filter_map(|received| {
            received
                .callback
                .review_result
                .as_ref()?
                .review_answer
                .clone()
        })
        .collect();
    assert_eq!(answers, ["YELLOW", "MAUVE"]);
    assert_eq!(last(&received), ("applicantReviewed", Some("completed")));
    let review = stage.applicant("p").await.review.unwrap();
    assert_eq!(
        review.review_result.unwrap().review_answer.as_deref(),
        Some("MAUVE")
    );
}

#[tokio::test]
async fn a_made_up_type_changes_nothing() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "submit", &[]).await;
    stage.press(&link, "made-up", &[]).await;
    let received = stage.exactly(3).await;
    assert_eq!(last(&received), ("applicantDreamed", Some("pending")));
}

#[tokio::test]
async fn a_late_rejection_takes_an_approval_back() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "submit", &[]).await;
    stage.press(&link, "approve", &[]).await;
    let green = stage.applicant("p").await.review.unwrap();
    // Reviews are told apart by their second.
    wait_for("the next second", async || {
        green
            .completed_at()
            .is_some_and(|at| Utc::now().timestamp() > at.timestamp())
    })
    .await;
    let fields = [("label", "FORGERY"), ("reject_type", "FINAL")];
    stage.press(&link, "reject", &fields).await;
    let red = stage.applicant("p").await.review.unwrap();
    assert!(red.completed_at() > green.completed_at());
    assert_eq!(red.attempt_id, green.attempt_id, "no one tried again");
    let result = red.review_result.unwrap();
    assert_eq!(result.review_answer.as_deref(), Some("RED"));
    assert_eq!(result.reject_labels, ["FORGERY"]);
    assert!(stage.page(link).await.contains("Rejected for good"));
    let received = stage.exactly(4).await;
    assert_eq!(last(&received), ("applicantReviewed", Some("completed")));
}

#[tokio::test]
async fn a_link_that_leads_nowhere_plays_nothing() {
    let stage = Stage::new().await;
    let ended = stage.link("p").await;
    let none = ended.join("wsl_none").unwrap();
    stage.links_end().await;
    for action in [
        "open",
        "submit",
        "answer",
        "reset",
        "activate",
        "deactivate",
        "delete",
        "made-up",
        "owners",
        "send",
    ] {
        assert_eq!(stage.post(&ended, action, &[]).await, 410, "{action}");
        assert_eq!(stage.post(&none, action, &[]).await, 404, "{action}");
    }
    stage.exactly(0).await;
}
