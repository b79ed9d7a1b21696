//! What goes wrong before or beside an operation, in GraphQL's JSON: `{"errors": [{message, extensions: {code, requestId}}]}`.

use std::borrow::Cow;

use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use graphql::Code;
use serde_json::{Value, json};

use crate::{
    admin::programs::{self, TRY_AGAIN_AFTER},
    error_page::{self, PageError, Words},
};

/// A request that is not answered by the schema.
pub enum Failure {
    /// A failure as the panel's pages have it.
    Page(PageError),
    /// A status with words of its own.
    WithWords(StatusCode, Cow<'static, str>),
}

impl Failure {
    /// A failure with this status and these words for the program's author.
    pub fn with_words(status: StatusCode, words: impl Into<Cow<'static, str>>) -> Self {
        Self::WithWords(status, words.into())
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

/// The words of a [`Failure`], on their way to [`shape`].
#[derive(Clone)]
struct Message(Cow<'static, str>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Failure::Page(error) => error.into_response(),
            Failure::WithWords(status, words) => {
                let mut response = status.into_response();
                response.extensions_mut().insert(Message(words));
                response
            }
        }
    }
}

/// One error, as GraphQL has it.
pub fn error(status: StatusCode, message: &str, request_id: &str) -> Value {
    let mut extensions = json!({"code": code(status), "requestId": request_id});
    if is_transient(status) {
        extensions["retryAfterSeconds"] = TRY_AGAIN_AFTER.into();
    }
    json!({"message": message, "extensions": extensions})
}

fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// The schema's code for it, and BAD_REQUEST for what is no request to it.
fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated.as_str(),
        StatusCode::FORBIDDEN => Code::Forbidden.as_str(),
        StatusCode::NOT_FOUND => Code::NotFound.as_str(),
        StatusCode::CONFLICT => Code::Conflict.as_str(),
        status if is_transient(status) => Code::Unavailable.as_str(),
        status if status.is_client_error() => "BAD_REQUEST",
        _ => Code::Internal.as_str(),
    }
}

/// Gives every refusal and failure that has no body of GraphQL's yet one.
pub async fn shape(request: Request, next: Next) -> Response {
    let request_id = error_page::id_of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let has_body = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    if !(status.is_client_error() || status.is_server_error()) || has_body {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let words = parts
        .extensions
        .remove::<Message>()
        .map(|message| message.0)
        .or_else(|| {
            let words = parts.extensions.remove::<Words>()?;
            Some(words.what.into())
        })
        .unwrap_or_else(|| words_for(status).into());
    let body = json!({"errors": [error(status, &words, &request_id)]});
    programs::refuse(
        &mut parts,
        "application/json; charset=utf-8",
        is_transient(status),
    );
    (parts, body.to_string()).into_response()
}

/// What to say about an answer of which only the status is known.
fn words_for(status: StatusCode) -> &'static str {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            "Send operations with POST; subscriptions also by WebSocket."
        }
        status if status.is_client_error() => "The request is not one that is taken here.",
        _ => "Something went wrong here. It is in the log under the request id.",
    }
}
