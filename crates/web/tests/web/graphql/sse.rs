//! Operations over `POST /graphql/stream`.

use access::Role;
use axum::http::{Method, StatusCode};

use super::{JSON, ask, failure, token};
use crate::common::App;

const PATH: &str = "/graphql/stream";

#[tokio::test]
async fn answers_come_as_events_and_the_end_is_said() {
    let app = App::open().await;
    let bearer = token(&app, Role::Auditor).await;
    let headers = [
        JSON,
        ("authorization", bearer.as_str()),
        ("accept", "text/event-stream"),
    ];
    let send = async |query: &str| {
        let body = serde_json::json!({"query": query}).to_string();
        ask(&app.admin, Method::POST, PATH, &headers, body).await
    };
    let answer = send("{ __typename }").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let mut events = answer.body.split("\n\n");
    assert_eq!(events.next(), Some(": open"));
    assert_eq!(
        events.next(),
        Some("event: next\ndata: {\"data\":{\"__typename\":\"Query\"}}")
    );
    let end = events.next().unwrap();
    assert!(end.starts_with("event: complete"), "{end}");
    assert_eq!(events.next(), Some(""));

    for wrong in [
        "{",
        "{ nothingOfThatName }",
        "subscription { nothingOfThatName }",
    ] {
        let answer = send(wrong).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer.body.contains("event: next\ndata: {\"errors\":["),
            "{}",
            answer.body
        );
        assert!(answer.body.contains("event: complete"), "{}", answer.body);
    }
    let answer = ask(&app.admin, Method::POST, PATH, &headers, "{").await;
    failure(&answer, StatusCode::BAD_REQUEST, "BAD_REQUEST");
}
