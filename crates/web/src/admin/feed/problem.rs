//! What goes wrong, as a problem in JSON (RFC 9457): `{"type", "title", "status", "detail", "requestId"}`.

use access::AccessError;
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    admin::programs,
    error_page::{self, PageError, Words},
};

/// What a reader is to do whose cursor can't be continued.
pub const GONE: &str = "What came behind this cursor can't be told any more: the events were dropped when their time was over, or the \
    database was set back to an earlier state. Begin anew without `after`, and read the records that you keep again by their ids, over \
    GraphQL.";

/// Why there are no events in an answer.
#[derive(Debug)]
pub enum Problem {
    /// As a page would say it.
    Page(PageError),
    /// In words of its own.
    Said(StatusCode, &'static str),
}

impl Problem {
    /// 401 for who brings no token.
    pub fn no_token() -> Self {
        Self::Said(
            StatusCode::UNAUTHORIZED,
            "Send a bearer token that is valid: `Authorization: Bearer usher_…`.",
        )
    }

    /// The request can't be understood: 400.
    pub fn bad(words: &'static str) -> Self {
        Self::Said(StatusCode::BAD_REQUEST, words)
    }

    /// 410, the cursor can't be continued.
    pub fn gone() -> Self {
        Self::Said(StatusCode::GONE, GONE)
    }

    /// The database took too long: 504.
    pub fn too_slow() -> Self {
        Self::Said(
            StatusCode::GATEWAY_TIMEOUT,
            "The events could not be read in time. Ask again with the same cursor.",
        )
    }

    /// Whether it is [`Problem::gone`].
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Said(StatusCode::GONE, _))
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        Self::Page(error.into())
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self::Page(error.into())
    }
}

/// The words of a [`Problem`], on their way to [`shape`].
#[derive(Clone)]
struct Detail(&'static str);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Page(error) => error.into_response(),
            Self::Said(status, words) => {
                let mut response = status.into_response();
                response.extensions_mut().insert(Detail(words));
                response
            }
        }
    }
}

/// Gives every refusal and failure its body.
pub async fn shape(request: Request, next: Next) -> Response {
    let request_id = error_page::id_of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let detail = match (
        parts.extensions.remove::<Detail>(),
        parts.extensions.remove::<Words>(),
    ) {
        (Some(detail), _) => detail.0.to_owned(),
        (None, Some(words)) => words.what,
        (None, None) if status == StatusCode::METHOD_NOT_ALLOWED => {
            "Events are only read: use GET.".to_owned()
        }
        (None, None) => {
            "Something went wrong here. It is in the log under the request id.".to_owned()
        }
    };
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
        "requestId": request_id,
    });
    let may_work_later = matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    );
    programs::refuse(&mut parts, "application/problem+json", may_work_later);
    (parts, body.to_string()).into_response()
}
