//! `/logout/back-channel`: the identity provider says that a session has ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! Outside of what is around the pages: a program asks, without a session and without `Origin`, and is answered in JSON.

use std::sync::Arc;

use axum::{
    Form, Json, Router,
    extract::{DefaultBodyLimit, State, rejection::FormRejection},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use oidc::RelyingParty;
use serde::Deserialize;
use serde_json::json;

use crate::session::Sessions;

/// A logout token is some 2 KiB.
const LARGEST_BODY: usize = 32 * 1024;

#[derive(Deserialize)]
struct LogoutRequest {
    logout_token: String,
}

/// The route of one site.
pub fn router(provider: Arc<RelyingParty>, sessions: Sessions) -> Router {
    Router::new()
        .route("/logout/back-channel", post(end))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state((provider, sessions))
}

async fn end(
    State((provider, sessions)): State<(Arc<RelyingParty>, Sessions)>,
    form: Result<Form<LogoutRequest>, FormRejection>,
) -> Response {
    let Ok(Form(LogoutRequest { logout_token })) = form else {
        return refuse("the form field logout_token is missing");
    };
    let ended = match provider.ended(&logout_token).await {
        Ok(ended) => ended,
        Err(error) => {
            tracing::warn!(%error, "a back-channel logout was refused");
            return refuse(&error.to_string());
        }
    };
    match sessions.end(&ended).await {
        Ok(sessions) => {
            tracing::info!(
                sessions,
                "the identity provider ended a session, and so did we"
            );
            answer(StatusCode::OK.into_response())
        }
        Err(error) => {
            tracing::error!(%error, "a back-channel logout could not be done");
            refuse("the sessions could not be ended just now: try again")
        }
    }
}

/// As the standard has it: 400, whatever the reason.
fn refuse(why: &str) -> Response {
    let words = json!({ "error": "invalid_request", "error_description": why });
    answer((StatusCode::BAD_REQUEST, Json(words)).into_response())
}

fn answer(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    response
}
