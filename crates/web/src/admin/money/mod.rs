//! `/withdrawals`, `/deposits` and `/credit-proposals`: the money of all customers as lists, with what they come to, and as files.

mod asked;
mod file;
mod lines;
mod list;
pub mod states;
mod which;

use axum::{Router, routing::get};

use crate::admin::{AdminState, login};
pub use which::Which;

/// The pages of the lists, and their files.
pub fn routes() -> Router<AdminState> {
    Router::new()
        .route("/withdrawals", get(list::withdrawals))
        .route("/withdrawals.csv", get(list::withdrawals_file))
        .route("/deposits", get(list::deposits))
        .route("/deposits.csv", get(list::deposits_file))
        .route("/credit-proposals", get(list::proposals))
        .route("/credit-proposals.csv", get(list::proposals_file))
}

/// The list on which a dialog was opened, if it was on one.
pub fn list_address(from: &str) -> Option<String> {
    let from = login::local(Some(from));
    let path = from.split(['?', '#']).next().unwrap_or_default();
    let mut lists = Which::ALL.into_iter();
    lists
        .any(|which| which.section().path() == path)
        .then(|| from.to_owned())
}
