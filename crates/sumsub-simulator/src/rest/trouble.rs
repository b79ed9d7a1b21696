use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::error::RestError;
use crate::{
    simulator::Simulator,
    switches::{RestFailure, Switches},
};

/// How long a call hangs before the gateway gives up on it.
const HANG: Duration = Duration::from_secs(60);

/// Makes a call fail as the switches say.
pub(super) async fn make(
    State(simulator): State<Simulator>,
    request: Request,
    next: Next,
) -> Response {
    let inner = &simulator.inner;
    match Switches::next_rest_failure(&inner.pool).await {
        Err(error) => RestError::from(error).into_response(),
        Ok((RestFailure::None, _)) => next.run(request).await,
        Ok((RestFailure::TooMany, seconds)) => {
            let mut response = RestError::too_many().into_response();
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Ok((RestFailure::Error, _)) => RestError::internal().into_response(),
        Ok((RestFailure::Timeout, _)) => RestError::timeout().into_response(),
        Ok((RestFailure::Hang, _)) => {
            tokio::select! {
                () = tokio::time::sleep(HANG) => {}
                () = inner.shutdown.cancelled() => {}
            }
            RestError::timeout().into_response()
        }
        Ok((RestFailure::Half, _)) => half(next.run(request).await).await,
    }
}

/// The same answer with the second half of its body missing.
async fn half(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body.slice(..body.len() / 2)))
}
