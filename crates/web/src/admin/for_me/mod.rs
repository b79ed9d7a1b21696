//! `/for-me`: what came in for the operator who is signed in, and the bell that says how much is new.

mod page;

use axum::{
    Router,
    http::HeaderMap,
    routing::{get, post},
};
use uuid::Uuid;

use super::{AdminState, auth::LIVE_HEADER};
use crate::layout::Viewer;

/// The page, and *Mark all as read*.
pub fn routes() -> Router<AdminState> {
    Router::new()
        .route("/for-me", get(page::show))
        .route("/for-me/read", post(page::read))
}

/// What came in about a record is read once its page is looked at by a person.
pub async fn seen(state: &AdminState, viewer: &Viewer, headers: &HeaderMap, record: Uuid) {
    if headers.contains_key(LIVE_HEADER) {
        return;
    }
    let read = state.onboarding.read_notices(&viewer.subject, Some(record));
    if let Err(error) = read.await {
        tracing::warn!(%error, "what came in could not be marked as read");
    }
}
