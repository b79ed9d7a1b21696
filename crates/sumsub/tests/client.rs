//! The REST client against a server on a real socket that answers by script.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use sumsub::{
    ApplicantType, Client, LinkRequest, Secret, SumsubConfig, SumsubError, signature,
    webhook::ReviewResult,
};
use tokio::net::TcpListener;
use url::Url;

const KEY: &str = "dev_secret_key";

#[derive(Clone)]
struct Seen {
    method: Method,
    path: String,
    body: Bytes,
    signed: bool,
}

enum Answer {
    Say(u16, &'static str),
    Ask(u16, &'static str, &'static str),
    Redirect(&'static str),
    Hang,
}
use Answer::{Ask, Hang, Redirect, Say};

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

async fn answer(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let path = uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let time: i64 = header(signature::TIME_HEADER).parse().unwrap_or_default();
    let signed = header(signature::TOKEN_HEADER) == "sbx:dev_token"
        && (chrono::Utc::now().timestamp() - time).abs() < 10
        && signature::fits(
            header(signature::SIGNATURE_HEADER),
            &KEY.into(),
            time,
            method.as_str(),
            &path,
            &body,
        );
    script.seen.lock().unwrap().push(Seen {
        method,
        path,
        body,
        signed,
    });
    let next = script.answers.lock().unwrap().pop_front();
    match next {
        Some(Say(status, body)) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Some(Ask(status, retry_after, body)) => (
            StatusCode::from_u16(status).unwrap(),
            [(header::RETRY_AFTER, retry_after)],
            body,
        )
            .into_response(),
        Some(Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Hang) => std::future::pending().await,
        None => (StatusCode::IM_A_TEAPOT, "the script has no more answers").into_response(),
    }
}

/// A client of a server that gives these answers one after the other.
async fn scripted(answers: impl IntoIterator<Item = Answer>) -> (Client, Script) {
    let script = Script {
        answers: Arc::new(Mutex::new(answers.into_iter().collect())),
        ..Script::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/sumsub", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(script.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (client(&base_url), script)
}

fn client(base_url: &str) -> Client {
    let mut config = SumsubConfig::new(
        Url::parse(base_url).unwrap(),
        "sbx:dev_token".into(),
        KEY.into(),
    );
    config.timeout = Duration::from_millis(300);
    config.first_pause = Duration::from_millis(10);
    config.longest_pause = Duration::from_millis(400);
    Client::new(config).unwrap()
}

fn link_request() -> LinkRequest {
    LinkRequest {
        level_name: "basic-kyc-level".to_owned(),
        user_id: "0199-prospect".to_owned(),
        ttl: Duration::from_secs(7 * 24 * 3600),
        email: Some("ann@example.com".to_owned()),
        phone: None,
        redirect: None,
    }
}

const LINK: Answer = Say(200, r#"{"url":"https://in.sumsub.com/websdk/p/abc"}"#);
const OOPS: Answer = Say(
    500,
    r#"{"code":500,"correlationId":"req-1","description":"Internal error"}"#,
);

fn seen(script: &Script) -> Vec<Seen> {
    script.seen.lock().unwrap().clone()
}

#[tokio::test]
async fn a_link_is_asked_for_signed_with_the_prefix_of_the_base_url() {
    let (client, script) = scripted([LINK]).await;
    let link = client.create_link(&link_request()).await.unwrap();
    assert_eq!(link.url.as_str(), "https://in.sumsub.com/websdk/p/abc");
    let seen = seen(&script);
    assert_eq!(seen.len(), 1);
    assert!(seen[0].signed, "the signature does not fit");
    assert_eq!(seen[0].method, Method::POST);
    assert_eq!(
        seen[0].path,
        "/sumsub/resources/sdkIntegrations/levels/-/websdkLink"
    );
    assert_eq!(
        seen[0].body,
        r#"{"levelName":"basic-kyc-level","userId":"0199-prospect","ttlInSecs":604800,"applicantIdentifiers":{"email":"ann@example.com"}}"#
    );
    assert!(client.is_sandbox());
}

#[tokio::test]
async fn every_call_goes_where_sumsub_wants_it() {
    let applicant = r#"{"id":"a1","externalUserId":"p1","type":"company","email":"x@y.test","info":{"firstName":"Ann","companyInfo":
        {"companyName":"Acme","registrationNumber":"77","country":"USA"},"addresses":[{"formattedAddress":"1 Road"}]},"fixedInfo":{"dob":"1990-01-02"},
        "review":{"levelName":"basic-kyb-level","reviewStatus":"completed","reviewResult":{"reviewAnswer":"GREEN"},
        "createDate":"2024-09-23 23:00:00+0000","reviewDate":"2024-09-23 23:10:24+0000","attemptId":"t1","attemptCnt":2}}"#;
    let review = r#"{"reviewStatus":"pending","reviewDate":"2024-09-23 23:10:24+0000"}"#;
    let (client, script) = scripted([
        Say(200, applicant),
        Say(200, review),
        Say(201, r#"{"id":"a2"}"#),
        Say(200, r#"{"ok":1}"#),
    ])
    .await;

    let found = client
        .applicant_by_external_id("p1/..;x?y")
        .await
        .unwrap()
        .unwrap();
    let info = found.info.clone().unwrap();
    assert_eq!(
        (found.id.as_str(), found.type_.as_deref()),
        ("a1", Some("company"))
    );
    assert_eq!(
        info.addresses[0].formatted_address.as_deref(),
        Some("1 Road")
    );
    assert_eq!(
        info.company_info.unwrap().registration_number.as_deref(),
        Some("77")
    );
    assert_eq!(
        found.fixed_info.as_ref().unwrap().dob.as_deref(),
        Some("1990-01-02")
    );
    let shown = format!("{found:?}");
    assert!(
        !shown.contains("Ann") && !shown.contains("x@y.test") && !shown.contains("1990"),
        "{shown}"
    );
    let done = found.review.unwrap();
    assert_eq!(
        done.completed_at().unwrap().to_rfc3339(),
        "2024-09-23T23:10:24+00:00"
    );
    assert_eq!(done.attempt_cnt, Some(2));

    let pending = client.review_status("a1").await.unwrap();
    assert_eq!(
        pending.completed_at(),
        None,
        "an unfinished review has no time of completion"
    );
    assert_eq!(
        client
            .create_applicant("basic kyc&level", "p2", ApplicantType::Individual)
            .await
            .unwrap(),
        "a2"
    );
    let result = ReviewResult {
        review_answer: Some("GREEN".to_owned()),
        ..ReviewResult::default()
    };
    client.test_completed("a2", &result).await.unwrap();

    let seen = seen(&script);
    assert!(seen.iter().all(|seen| seen.signed));
    let calls: Vec<_> = seen
        .iter()
        .map(|seen| {
            format!(
                "{} {} {}",
                seen.method,
                seen.path,
                String::from_utf8_lossy(&seen.body)
            )
        })
        .collect();
    assert_eq!(
        calls,
        [
            "GET /sumsub/resources/applicants/-;externalUserId=p1%2F..%3Bx%3Fy/one ",
            "GET /sumsub/resources/applicants/a1/status ",
            r#"POST /sumsub/resources/applicants?levelName=basic%20kyc%26level {"externalUserId":"p2","type":"individual"}"#,
            r#"POST /sumsub/resources/applicants/a2/status/testCompleted {"reviewAnswer":"GREEN"}"#,
        ]
    );
}

#[tokio::test]
async fn overload_server_errors_and_silence_are_tried_again_each_try_signed_anew() {
    let (client, script) = scripted([Say(429, ""), OOPS, Hang, LINK]).await;
    client.create_link(&link_request()).await.unwrap();
    let seen = seen(&script);
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|seen| seen.signed));
}

#[tokio::test]
async fn tries_are_bounded_and_the_last_reason_is_told() {
    let (client, script) = scripted([OOPS, OOPS, OOPS, OOPS, LINK]).await;
    let error = client.create_link(&link_request()).await.unwrap_err();
    assert!(error.is_transient());
    assert_eq!(
        (error.status(), error.correlation_id()),
        (Some(500), Some("req-1"))
    );
    assert_eq!(
        error.to_string(),
        "Sumsub is not available to create the verification link: HTTP 500 Internal error (4 tries); try again in a minute, \
         and if it lasts look at https://status.sumsub.com and at sumsub.base_url"
    );
    assert_eq!(seen(&script).len(), 4);
}

#[tokio::test]
async fn a_refusal_is_final_and_speaks_in_sumsubs_words() {
    let refusal = r#"{"code":400,"correlationId":"req-9","errorCode":1007,"errorName":"invalid-level","description":"Level 'x' not found."}"#;
    let (client, script) = scripted([Say(400, refusal), LINK]).await;
    let error = client.create_link(&link_request()).await.unwrap_err();
    assert!(!error.is_transient());
    assert!(
        matches!(&error, SumsubError::Rejected { status: 400, error_code: Some(1007), error_name: Some(name), .. } if name == "invalid-level")
    );
    assert_eq!(
        error.to_string(),
        "Sumsub refused to create the verification link: Level 'x' not found (HTTP 400, invalid-level, req-9); correct what Sumsub names and try again"
    );
    assert_eq!(seen(&script).len(), 1, "a refusal must not be repeated");
}

#[tokio::test]
async fn an_unknown_applicant_is_none_only_when_sumsub_says_so() {
    let missing = r#"{"code":404,"correlationId":"req-3","description":"Applicant not found"}"#;
    let (client, _) = scripted([
        Say(404, missing),
        Say(404, "<h1>Not Found</h1>"),
        Say(404, missing),
    ])
    .await;
    assert_eq!(client.applicant_by_external_id("p").await.unwrap(), None);
    assert_eq!(
        client
            .applicant_by_external_id("p")
            .await
            .unwrap_err()
            .status(),
        Some(404)
    );
    assert_eq!(
        client.review_status("a").await.unwrap_err().status(),
        Some(404)
    );
}

#[tokio::test]
async fn what_sumsub_asks_for_is_waited_up_to_the_cap() {
    let (client, _) = scripted([Ask(429, "3600", ""), LINK]).await;
    let start = Instant::now();
    client.create_link(&link_request()).await.unwrap();
    let waited = start.elapsed();
    assert!(
        waited >= Duration::from_millis(400) && waited < Duration::from_secs(5),
        "{waited:?}"
    );
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let mut config = SumsubConfig::new(base_url, "prd:token".into(), KEY.into());
    config.deadline = Duration::from_millis(400);
    let client = Client::new(config).unwrap();
    let start = Instant::now();
    let error = client.create_link(&link_request()).await.unwrap_err();
    assert!(
        error.is_transient() && start.elapsed() < Duration::from_secs(3),
        "{error}"
    );
    assert!(
        error.to_string().contains("no answer in time (1 try)"),
        "{error}"
    );
    assert!(!client.is_sandbox());
}

#[tokio::test]
async fn nobody_at_the_address_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&base_url)
        .create_link(&link_request())
        .await
        .unwrap_err();
    assert!(error.is_transient());
    assert!(
        error.to_string().contains("no connection (") && error.to_string().contains("(4 tries)"),
        "{error}"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (client, script) = scripted([Redirect("/sumsub/elsewhere"), LINK]).await;
    let error = client.create_link(&link_request()).await.unwrap_err();
    assert_eq!(error.status(), Some(302));
    assert_eq!(seen(&script).len(), 1);
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_told_as_such() {
    let (client, script) = scripted([
        Say(200, "<html>"),
        Say(200, "{}"),
        Say(200, r#"{"url":"javascript:alert(1)"}"#),
    ])
    .await;
    for _ in 0..3 {
        let error = client.create_link(&link_request()).await.unwrap_err();
        assert!(matches!(error, SumsubError::Malformed { .. }), "{error}");
        assert!(!error.is_transient());
    }
    assert_eq!(seen(&script).len(), 3);
}

#[tokio::test]
async fn an_id_never_leaves_its_place_in_the_path() {
    let (client, script) = scripted([]).await;
    let error = client.review_status("..").await.unwrap_err();
    assert!(matches!(error, SumsubError::Config { .. }), "{error}");
    assert!(seen(&script).is_empty());
}

#[test]
fn a_client_says_what_keeps_it_from_working() {
    let make = |url: &str, token: &str, key: &str| {
        Client::new(SumsubConfig::new(
            Url::parse(url).unwrap(),
            Secret::new(token),
            Secret::new(key),
        ))
    };
    for (url, token, key, word) in [
        ("ftp://api.sumsub.com", "prd:a", "b", "sumsub.base_url"),
        ("https://api.sumsub.com", "", "b", "sumsub.app_token"),
        ("https://api.sumsub.com", "prd:a", "", "sumsub.secret_key"),
    ] {
        let error = make(url, token, key).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    let client = make("https://api.sumsub.com", "prd:token", "the-key").unwrap();
    let shown = format!("{client:?}");
    assert!(
        !shown.contains("prd:token") && !shown.contains("the-key"),
        "{shown}"
    );
}

#[test]
fn debug_of_a_request_and_a_link_shows_no_personal_data() {
    let shown = format!("{:?}", link_request());
    assert!(
        shown.contains("basic-kyc-level") && !shown.contains("ann@example.com"),
        "{shown}"
    );
}
