//! The page at the root of the dev tools' listener.

use axum::{Router, response::Html, routing::get};

const PAGE: &str = include_str!("tools_page.html");

/// `/`: links to the simulator and the mailbox.
pub fn router() -> Router {
    Router::new().route("/", get(async || Html(PAGE)))
}
