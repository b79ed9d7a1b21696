//! `POST /webhook/sumsub`: takes Sumsub's callbacks. It never waits for their processing.
//!
//! | answer | when |
//! |---|---|
//! | 200 | stored and committed (also when it had been before) |
//! | 400 | signed, but not a JSON object |
//! | 401 | the digest is missing or wrong; nothing is stored but a counter |
//! | 405 | not a POST |
//! | 408 | the body did not come in time (by the listener) |
//! | 413 | more than 1 MiB |
//! | 503 | not stored: Sumsub sends it again |

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use customer::callback_log::ingest::Ingest;
use sumsub::{
    Secret,
    webhook::{Callback, DIGEST_ALG_HEADER, DIGEST_HEADER, verify},
};

/// The largest body that is taken.
const BODY_AT_MOST: usize = 1 << 20;
/// Sumsub gives up after 5 seconds; it had better hear that it failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// What the webhook needs.
#[derive(Clone)]
pub struct WebhookState {
    /// Where callbacks are stored.
    pub ingest: Ingest,
    /// The valid secrets; several while one is being rotated.
    pub secrets: Arc<[Secret]>,
    /// Whether the legacy SHA-1 digest is taken.
    pub allow_sha1: bool,
}

/// The webhook's route.
pub fn router(state: WebhookState) -> Router {
    Router::new()
        .route("/webhook/sumsub", post(take))
        .layer(DefaultBodyLimit::max(BODY_AT_MOST))
        .with_state(state)
}

async fn take(State(webhook): State<WebhookState>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Err(refused) = verify(
        header(DIGEST_ALG_HEADER),
        header(DIGEST_HEADER),
        &body,
        &webhook.secrets,
        webhook.allow_sha1,
    ) {
        metrics::counter!("usher_webhook_refused_total").increment(1);
        tracing::warn!(reason = %refused, "a webhook was refused");
        return (StatusCode::UNAUTHORIZED, refused.to_string()).into_response();
    }
    let callback = match Callback::parse(&body) {
        Ok(callback) => callback,
        Err(error) => {
            metrics::counter!("usher_webhook_unreadable_total").increment(1);
            tracing::warn!(reason = %error, "a signed webhook is no JSON object, nothing of it is kept");
            return (StatusCode::BAD_REQUEST, error.to_string()).into_response();
        }
    };
    match tokio::time::timeout(ANSWER_WITHIN, webhook.ingest.store(&callback, body)).await {
        Ok(Ok(())) => {
            metrics::counter!("usher_webhook_stored_total").increment(1);
            StatusCode::OK.into_response()
        }
        Ok(Err(_)) | Err(_) => {
            metrics::counter!("usher_webhook_unavailable_total").increment(1);
            (StatusCode::SERVICE_UNAVAILABLE, "not stored, send it again").into_response()
        }
    }
}
