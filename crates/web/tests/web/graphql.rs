//! The transports of the API: who gets in, and how failures look. What the schema says has tests of its own.

mod http;
mod sse;
mod ws;

use std::time::Duration;

use access::Role;
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::common::{Answer, App};

const TYPENAME: &str = r#"{"query": "{ __typename }"}"#;
const JSON: (&str, &str) = ("content-type", "application/json");

/// A token of this role.
pub async fn token(app: &App, role: Role) -> String {
    let hour = Duration::from_secs(3600);
    let (_, token) = app.tokens.mint("robot", role, hour).await.unwrap();
    format!("Bearer {token}")
}

/// Asks as a program does: these headers and no others.
pub async fn ask(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).unwrap();
    Answer::read(router.clone().oneshot(request).await.unwrap()).await
}

/// The only error of a failure, which is GraphQL's JSON with the id of the request.
fn failure(answer: &Answer, status: StatusCode, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(
        answer.header("content-type"),
        "application/json; charset=utf-8"
    );
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let error = &body["errors"][0];
    assert_eq!(error["extensions"]["code"], code, "{body}");
    assert_eq!(
        error["extensions"]["requestId"],
        answer.header("x-request-id")
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|words| words.ends_with('.')),
        "{body}"
    );
    assert!(body.get("data").is_none(), "{body}");
    error.clone()
}
