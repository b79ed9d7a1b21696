use axum::{
    body::{Body, to_bytes},
    extract::{OriginalUri, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use sumsub::signature;

use super::error::RestError;
use crate::simulator::Simulator;

/// Sumsub accepts about a minute of skew.
const SKEW: i64 = 60;
const MAX_BODY: usize = 1 << 20;

/// Asks every REST call for the token, a signature of the last minute, and that it fits.
pub(super) async fn authenticate(
    State(simulator): State<Simulator>,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "").into_response();
    };
    let text = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let config = &simulator.inner.config;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let checked = check(
        [
            text(signature::TOKEN_HEADER),
            text(signature::TIME_HEADER),
            text(signature::SIGNATURE_HEADER),
        ],
        config.app_token.expose(),
        |time, given| {
            signature::fits(
                given,
                &config.secret_key,
                time,
                parts.method.as_str(),
                path,
                &body,
            )
        },
    );
    match checked {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(error) => error.into_response(),
    }
}

fn check(
    [token, time, given]: [Option<&str>; 3],
    app_token: &str,
    fits: impl Fn(i64, &str) -> bool,
) -> Result<(), RestError> {
    let (Some(token), Some(time), Some(given)) = (token, time, given) else {
        return Err(RestError::unauthorized(
            4006,
            "app-token-not-all-auth-params-provided",
            "X-App-Token, X-App-Access-Ts and X-App-Access-Sig are all needed",
        ));
    };
    if token != app_token {
        return Err(RestError::unauthorized(
            4001,
            "app-token-not-found",
            "Invalid app token",
        ));
    }
    let time: i64 = time.parse().map_err(|_| {
        RestError::unauthorized(
            4005,
            "app-token-invalid-value",
            "X-App-Access-Ts is not a number of seconds",
        )
    })?;
    if clock::now().timestamp().abs_diff(time) > SKEW.unsigned_abs() {
        return Err(RestError::unauthorized(
            4004,
            "app-token-request-expired",
            "Request timestamp is more than a minute off",
        ));
    }
    if !fits(time, given) {
        return Err(RestError::unauthorized(
            4003,
            "app-token-signature-mismatch",
            "Request signature mismatch",
        ));
    }
    Ok(())
}
