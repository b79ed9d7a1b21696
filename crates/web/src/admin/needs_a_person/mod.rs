//! What needs a person: the page of what is raised, with what resolves it, and what was resolved.

mod asked;
pub mod comparison;
pub mod operations;
pub mod page;
pub mod raised;
mod several;
mod ways;

use axum::{Router, routing::get};

use super::AdminState;

/// The page, and what is done there with several items.
pub fn routes() -> Router<AdminState> {
    Router::new()
        .route(page::PATH, get(page::show))
        .route(several::PATH, get(several::ask).post(several::resolve))
}
