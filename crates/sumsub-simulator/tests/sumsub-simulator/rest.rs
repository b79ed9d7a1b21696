use std::time::Duration;

use chrono::Utc;
use serde_json::Value;
use sumsub::{ApplicantType, SumsubError, signature, webhook::ReviewResult};
use url::Url;

use crate::stage::{KEY, Stage, TOKEN, client, link_request};

fn refusal(error: SumsubError) -> (u16, String, Option<i64>) {
    match error {
        SumsubError::Rejected {
            status,
            description,
            error_code,
            correlation_id: Some(_),
            ..
        } => (status, description, error_code),
        other => panic!("not an error of Sumsub's: {other}"),
    }
}

#[tokio::test]
async fn a_link_leads_to_a_page_of_the_simulator() {
    let stage = Stage::new().await;
    let link = stage.link("prospect-1").await;
    assert!(
        link.as_str().starts_with(&stage.url("/link/wsl_")),
        "{link}"
    );
    let page = stage.http.get(link).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_ne!(
        stage.link("prospect-1").await,
        stage.link("prospect-1").await,
        "each link is its own"
    );
}

#[tokio::test]
async fn token_and_signature_have_to_be_right() {
    let stage = Stage::new().await;
    let made_with = async |token: &str, key: &str, base_url: &Url| {
        refusal(
            client(base_url, token.into(), key.into())
                .create_link(&link_request("p"))
                .await
                .unwrap_err(),
        )
    };
    let (status, description, code) = made_with(TOKEN, "another key", &stage.base_url).await;
    assert_eq!(
        (status, description.as_str(), code),
        (401, "Request signature mismatch", Some(4003))
    );
    let (status, description, code) = made_with("sbx:dev_other", KEY, &stage.base_url).await;
    assert_eq!(
        (status, description.as_str(), code),
        (401, "Invalid app token", Some(4001))
    );
}

/// A request signed as told, sent to the status of an applicant that there isn't.
async fn signed(stage: &Stage, time: i64, path: &str) -> (u16, Value) {
    let signature = signature::sign(&KEY.into(), time, "GET", path, b"");
    let answer = stage
        .http
        .get(stage.url("/resources/applicants/none/status"))
        .header("X-App-Token", TOKEN)
        .header("X-App-Access-Ts", time)
        .header("X-App-Access-Sig", signature)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn the_clock_may_be_a_minute_off_and_the_path_is_that_of_the_request_line() {
    let stage = Stage::new().await;
    let path = "/sumsub/resources/applicants/none/status";
    let now = Utc::now().timestamp();
    for allowed in [now, now - 50, now + 50] {
        assert_eq!(
            signed(&stage, allowed, path).await.0,
            404,
            "{}",
            allowed - now
        );
    }
    for stale in [now - 65, now + 65, 0, i64::MIN, i64::MAX] {
        let (status, body) = signed(&stage, stale, path).await;
        assert_eq!((status, &body["errorCode"]), (401, &4004.into()), "{body}");
    }
    let (status, body) = signed(&stage, now, "/resources/applicants/none/status").await;
    assert_eq!(
        (status, &body["errorName"]),
        (401, &"app-token-signature-mismatch".into()),
        "the prefix is signed too"
    );
    let bare = stage
        .http
        .get(stage.url("/resources/applicants/none/status"))
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), 401);
    assert_eq!(bare.json::<Value>().await.unwrap()["errorCode"], 4006);
}

#[tokio::test]
async fn what_sumsub_does_not_take_is_said_in_its_words() {
    let stage = Stage::new().await;
    let refused = async |change: &dyn Fn(&mut sumsub::LinkRequest)| {
        let mut request = link_request("p");
        change(&mut request);
        refusal(stage.client.create_link(&request).await.unwrap_err())
    };
    assert_eq!(
        refused(&|r| r.level_name = "gold".to_owned()).await,
        (400, "Invalid level name 'gold'".to_owned(), None)
    );
    assert_eq!(refused(&|r| r.level_name = " ".to_owned()).await.0, 400);
    assert_eq!(refused(&|r| r.user_id = String::new()).await.0, 400);
    assert_eq!(refused(&|r| r.user_id = "x".repeat(256)).await.0, 400);
    assert_eq!(refused(&|r| r.user_id = "a\0b".to_owned()).await.0, 400);
    assert_eq!(refused(&|r| r.ttl = Duration::ZERO).await.0, 400);
    let redirect = |url: &str| sumsub::Redirect {
        success_url: Some(Url::parse(url).unwrap()),
        reject_url: None,
    };
    assert_eq!(
        refused(&|r| r.redirect = Some(redirect("javascript:alert(1)")))
            .await
            .0,
        400
    );
    assert_eq!(
        refusal(stage.client.review_status("none").await.unwrap_err()).0,
        404
    );
}

#[tokio::test]
async fn levels_are_listed_and_rights_tried_without_a_trace() {
    let stage = Stage::new().await;
    assert_eq!(
        stage.client.levels().await.unwrap(),
        ["basic-kyc-level", "basic-kyb-level"]
    );
    let rights = stage.client.rights().await.unwrap();
    assert!(
        rights.len() == 3 && rights.iter().all(|right| right.given),
        "{rights:?}"
    );
    let made: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM dev_sumsub.links) + (SELECT count(*) FROM dev_sumsub.applicants)",
    )
    .fetch_one(&stage.database.pool)
    .await
    .unwrap();
    assert_eq!(made, 0);
}

#[tokio::test]
async fn a_link_ends_when_its_time_is_over() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.links_end().await;
    let page = stage.http.get(link.clone()).send().await.unwrap();
    assert_eq!(page.status(), 410);
    assert!(page.text().await.unwrap().contains("This link has ended"));
    let pressed = stage
        .http
        .post(format!("{link}/approve"))
        .send()
        .await
        .unwrap();
    assert_eq!(pressed.status(), 410);
    assert_eq!(
        stage.client.applicant_by_external_id("p").await.unwrap(),
        None,
        "an ended link makes no applicant"
    );
}

#[tokio::test]
async fn an_applicant_can_be_made_by_rest_once() {
    let stage = Stage::new().await;
    let id = stage
        .client
        .create_applicant("basic-kyb-level", "firm", ApplicantType::Company)
        .await
        .unwrap();
    assert_eq!(
        stage
            .client
            .applicant_by_external_id("firm")
            .await
            .unwrap()
            .unwrap()
            .id,
        id
    );
    let again = stage
        .client
        .create_applicant("basic-kyb-level", "firm", ApplicantType::Company)
        .await
        .unwrap_err();
    let (status, description, _) = refusal(again);
    assert!(
        status == 409 && description.contains(&id),
        "{status} {description}"
    );
    let wrong = stage
        .client
        .create_applicant("basic-kyc-level", "other", ApplicantType::Company)
        .await
        .unwrap_err();
    assert_eq!(refusal(wrong).0, 400);
    let created = stage.exactly(1).await;
    assert_eq!(
        (
            created[0].kind(),
            created[0].callback.applicant_type.as_deref()
        ),
        ("applicantCreated", Some("company"))
    );
}

#[tokio::test]
async fn reviews_are_finished_by_rest_in_the_sandbox_only() {
    let green = ReviewResult {
        review_answer: Some("GREEN".to_owned()),
        ..ReviewResult::default()
    };
    let stage = Stage::new().await;
    let id = stage
        .client
        .create_applicant("basic-kyc-level", "p", ApplicantType::Individual)
        .await
        .unwrap();
    let odd = ReviewResult {
        review_answer: Some("BLUE".to_owned()),
        ..ReviewResult::default()
    };
    assert_eq!(
        refusal(stage.client.test_completed(&id, &odd).await.unwrap_err()).0,
        400
    );
    stage.client.test_completed(&id, &green).await.unwrap();
    let received = stage.exactly(2).await;
    assert_eq!(received[1].callback.review_result, Some(green.clone()));

    let production = Stage::with(|config| config.app_token = "prd:dev_token".into()).await;
    let id = production
        .client
        .create_applicant("basic-kyc-level", "p", ApplicantType::Individual)
        .await
        .unwrap();
    assert_eq!(
        refusal(
            production
                .client
                .test_completed(&id, &green)
                .await
                .unwrap_err()
        )
        .0,
        403
    );
    production.exactly(1).await;
}

#[tokio::test]
async fn unknown_paths_and_methods_have_sumsubs_error_body() {
    let stage = Stage::new().await;
    for (method, path) in [
        ("GET", "/resources/nothing"),
        ("DELETE", "/resources/applicants/none/status"),
    ] {
        let time = Utc::now().timestamp();
        let answer = stage
            .http
            .request(method.parse().unwrap(), stage.url(path))
            .header("X-App-Token", TOKEN)
            .header("X-App-Access-Ts", time)
            .header(
                "X-App-Access-Sig",
                signature::sign(&KEY.into(), time, method, &format!("/sumsub{path}"), b""),
            )
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], 404);
    }
}
