use std::time::{Duration, Instant};

use sumsub::{Client, Secret, SumsubConfig, SumsubError};
use tokio::net::TcpListener;
use url::Url;

use crate::server::{
    Answer::{Ask, Hang, Redirect, Say},
    KEY, LINK, OOPS, client, link_request, scripted, seen,
};

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
async fn a_refusal_that_was_cut_off_is_no_refusal() {
    let half = r#"{"code":404,"correlationId":"req-3","descr"#;
    let (client, script) = scripted([
        Say(404, half),
        Say(403, half),
        Say(404, half),
        Say(404, half),
    ])
    .await;
    let error = client.applicant_by_external_id("p").await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(error.to_string().contains("cut off (4 tries)"), "{error}");
    assert_eq!(seen(&script).len(), 4);
}

#[tokio::test]
async fn who_asks_again_later_tries_once_and_hears_how_much_later() {
    let (client, script) = scripted([Ask(429, "3600", ""), Say(503, "")]).await;
    let client = client.once();
    let error = client.applicant_by_external_id("p").await.unwrap_err();
    assert_eq!(error.too_often(), Some(Some(Duration::from_secs(3600))));
    let error = client.applicant_by_external_id("p").await.unwrap_err();
    assert_eq!(error.too_often(), None, "{error}");
    assert!(error.is_transient());
    assert_eq!(seen(&script).len(), 2);
}

#[tokio::test]
async fn what_sumsub_asks_for_is_waited_up_to_the_cap() {
    let (client, _) = scripted([Ask(429, "3600", ""), LINK]).await;
    let start = Instant::now();
    client.create_link(&link_request()).await.unwrap();
    // The cap, and not the hour that was asked for: that would never end.
    assert!(start.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let mut config = SumsubConfig::new(base_url, "prd:token".into(), KEY.into());
    config.deadline = Duration::from_millis(400);
    let client = Client::new(config).unwrap();
    let error = client.create_link(&link_request()).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
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
        assert!(error.is_transient(), "it may have been cut off");
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
