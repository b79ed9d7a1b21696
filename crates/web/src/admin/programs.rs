//! What answers to programs have in common, at the API (`graphql/`) and at the events (`feed/`).

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header, response::Parts},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::Stream;

/// Seconds to wait before the same is tried again, when nobody knows better.
pub const TRY_AGAIN_AFTER: u64 = 5;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Gives a refusal whose body is made anew its headers: what the body is, when to try again, and that a token is asked for.
pub fn refuse(parts: &mut Parts, body: &'static str, may_work_later: bool) {
    let headers = &mut parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(body));
    if may_work_later {
        headers
            .entry(header::RETRY_AFTER)
            .or_insert(HeaderValue::from(TRY_AGAIN_AFTER));
    }
    if parts.status == StatusCode::UNAUTHORIZED {
        headers
            .entry(header::WWW_AUTHENTICATE)
            .or_insert(HeaderValue::from_static("Bearer"));
    }
}

/// A stream of server-sent events for a program.
pub fn stream(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    // A proxy that gathers answers would keep them back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}
