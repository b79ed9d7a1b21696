//! `POST /graphql`: one operation, one answer. Lists of operations are refused, and GET is not offered: nothing that changes
//! something may be a link.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures::StreamExt as _;
use tower_sessions::Session;

use super::{
    Api,
    authentication::authenticate,
    failure::Failure,
    operation::{Answer, Answers, Operation},
};
use crate::error_page::id_of;

const GRAPHQL_JSON: &str = "application/graphql-response+json";

/// Answers one operation.
pub async fn answer(
    State(api): State<Api>,
    session: Session,
    request: Request,
) -> Result<Response, Failure> {
    let caller = authenticate(&api, session, request.headers())
        .await?
        .caller(&api);
    let request_id = id_of(request.headers());
    let wants_graphql = wants_graphql(request.headers());
    let operation = Operation::read(request).await?;
    let mut answers = operation.run(&api, caller, &request_id, Answers::One);
    let answer = answers.next().await.unwrap_or(Answer::Panicked);
    if let Some((status, words)) = answer.failure() {
        return Err(Failure::with_words(status, words));
    }
    // As GraphQL over HTTP has it: the older type says nothing in the status.
    let (status, kind) = match (wants_graphql, answer.is_refusal()) {
        (true, true) => (
            StatusCode::BAD_REQUEST,
            "application/graphql-response+json; charset=utf-8",
        ),
        (true, false) => (
            StatusCode::OK,
            "application/graphql-response+json; charset=utf-8",
        ),
        (false, _) => (StatusCode::OK, "application/json; charset=utf-8"),
    };
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
    Ok((status, kind, answer.text(&request_id)).into_response())
}

/// Whether the newer type is asked for by name.
fn wants_graphql(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok())
        .flat_map(|accept| accept.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|kind| kind.eq_ignore_ascii_case(GRAPHQL_JSON));
            let refused = parts.any(|parameter| {
                parameter
                    .strip_prefix("q=")
                    .is_some_and(|quality| quality.parse() == Ok(0.0_f32))
            });
            named && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_type_has_to_be_asked_for() {
        for (accept, expected) in [
            ("application/graphql-response+json", true),
            (
                "application/graphql-response+json; charset=utf-8, application/json;q=0.9",
                true,
            ),
            ("application/json, Application/GraphQL-Response+JSON", true),
            ("application/graphql-response+json;q=0", false),
            ("application/json", false),
            ("*/*", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(wants_graphql(&headers), expected, "{accept}");
        }
        assert!(!wants_graphql(&HeaderMap::new()));
    }
}
