//! REST tells how things stand, whatever became of the webhooks: what a refresh lives on.

use chrono::Utc;
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn with_every_webhook_dropped_rest_tells_the_whole_story() {
    let stage = Stage::new().await;
    stage.switch(json!({"dropped": true})).await;
    let link = stage.link("p").await;
    assert_eq!(
        stage.client.applicant_by_external_id("p").await.unwrap(),
        None
    );
    stage.page(link.clone()).await;
    let stands = async |status: &str, answer: Option<&str>, attempt: i64| {
        let applicant = stage.applicant("p").await;
        let review = applicant.review.clone().unwrap();
        assert_eq!(review.review_status.as_deref(), Some(status));
        let told = review.review_result.clone();
        let told = told.and_then(|result| result.review_answer);
        assert_eq!(told.as_deref(), answer, "{status}");
        assert_eq!(review.attempt_cnt, Some(attempt), "{status}");
        assert_eq!(review.completed_at().is_some(), answer.is_some());
        let own = stage.client.review_status(&applicant.id).await.unwrap();
        assert_eq!(own, review, "both calls tell the same");
        review
    };
    stands("init", None, 1).await;
    stage.press(&link, "submit", &[]).await;
    stands("pending", None, 1).await;
    stage.press(&link, "hold", &[]).await;
    stands("onHold", None, 1).await;
    stage
        .press(&link, "reject", &[("reject_type", "RETRY")])
        .await;
    let first = stands("completed", Some("RED"), 1).await;
    stage.press(&link, "submit", &[]).await;
    let second = stands("pending", None, 2).await;
    assert_ne!(first.attempt_id, second.attempt_id);
    stage.press(&link, "approve", &[]).await;
    let green = stands("completed", Some("GREEN"), 2).await;
    assert_eq!(green.level_name.as_deref(), Some("basic-kyc-level"));
    let date = green.review_date.unwrap();
    assert_eq!(date.len(), "2026-06-24 05:05:14+0000".len(), "{date}");

    stage.exactly(0).await;
    let listed = stage.listed().await;
    assert_eq!(listed.len(), 6);
    assert!(listed.iter().all(|webhook| webhook["state"] == "dropped"));
}

#[tokio::test]
async fn rest_tells_all_that_a_person_typed_in() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    let fields = [
        ("first_name", "Ada"),
        ("middle_name", "King"),
        ("last_name", "Lovelace"),
        ("dob", "1815-12-10"),
        ("country", "GBR"),
        ("nationality", "GBR"),
        ("address", "12 St James's Square, London"),
    ];
    stage.press(&link, "personal-info", &fields).await;
    let applicant = stage.applicant("p").await;
    assert!(applicant.info.is_some() && applicant.info == applicant.fixed_info);
    let data = applicant.personal_data();
    let told = [
        &data.first_name,
        &data.middle_name,
        &data.last_name,
        &data.dob,
        &data.country,
        &data.nationality,
        &data.addresses[0].formatted_address,
    ];
    for (told, (name, typed)) in told.into_iter().zip(fields) {
        assert_eq!(told.as_deref(), Some(typed), "{name}");
    }
    let page = stage.page(link).await;
    assert!(
        fields
            .iter()
            .all(|(_, typed)| page.contains(&typed.replace('\'', "&#39;")))
    );
}

#[tokio::test]
async fn rest_tells_all_that_a_company_typed_in() {
    let stage = Stage::new().await;
    let link = stage.company_link("firm").await;
    let fields = [
        ("company_name", "Difference Engines Ltd"),
        ("registration_number", "00000042"),
        ("country", "GBR"),
        ("incorporated_on", "1823-07-01"),
        ("address", "1 Dorset Street, London"),
    ];
    stage.press(&link, "personal-info", &fields).await;
    let company = stage.applicant("firm").await.personal_data();
    let company = company.company_info.unwrap();
    let told = [
        &company.company_name,
        &company.registration_number,
        &company.country,
        &company.incorporated_on,
        &company.legal_address,
    ];
    for (told, (name, typed)) in told.into_iter().zip(fields) {
        assert_eq!(told.as_deref(), Some(typed), "{name}");
    }
    assert!(company.beneficiaries.is_empty());
}

#[tokio::test]
async fn an_applicant_is_found_by_our_id_and_tells_its_review() {
    let stage = Stage::new().await;
    assert_eq!(
        stage
            .client
            .applicant_by_external_id("p;q/1")
            .await
            .unwrap(),
        None
    );
    let link = stage.link("p;q/1").await;
    stage.http.get(link.clone()).send().await.unwrap();
    let fields = [
        ("first_name", "Ann"),
        ("last_name", "Lee"),
        ("dob", "1990-01-02"),
        ("country", "USA"),
        ("address", "1 Road"),
    ];
    stage.press(&link, "personal-info", &fields).await;
    let found = stage
        .client
        .applicant_by_external_id("p;q/1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.type_.as_deref(), found.email.as_deref()),
        (Some("individual"), Some("ann@example.com"))
    );
    let info = found.info.unwrap();
    assert_eq!(
        (
            info.first_name.as_deref(),
            info.last_name.as_deref(),
            info.dob.as_deref(),
            info.country.as_deref()
        ),
        (Some("Ann"), Some("Lee"), Some("1990-01-02"), Some("USA"))
    );
    assert_eq!(
        info.addresses[0].formatted_address.as_deref(),
        Some("1 Road")
    );
    let review = found.review.unwrap();
    assert_eq!(
        (
            review.level_name.as_deref(),
            review.review_status.as_deref()
        ),
        (Some("basic-kyc-level"), Some("init"))
    );

    stage
        .press(
            &link,
            "reject",
            &[
                ("label", "FORGERY"),
                ("reject_type", "RETRY"),
                ("client_comment", "odd"),
            ],
        )
        .await;
    let rejected = stage.client.review_status(&found.id).await.unwrap();
    assert!((Utc::now() - rejected.completed_at().unwrap()).num_seconds() < 20);
    assert_eq!(rejected.attempt_cnt, Some(1));
    let result = rejected.review_result.unwrap();
    assert_eq!(
        (
            result.review_answer.as_deref(),
            result.reject_labels.as_slice()
        ),
        (Some("RED"), ["FORGERY".to_owned()].as_slice())
    );

    stage.press(&link, "submit", &[]).await;
    let again = stage.client.review_status(&found.id).await.unwrap();
    assert_eq!(
        (
            again.review_status.as_deref(),
            again.attempt_cnt,
            again.review_result.clone(),
            again.completed_at()
        ),
        (Some("pending"), Some(2), None, None)
    );
    assert_ne!(again.attempt_id, rejected.attempt_id);
}
