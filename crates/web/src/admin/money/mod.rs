//! `/withdrawals`, `/deposits` and `/credit-proposals`: the money of all customers as lists, with what they come to, and as files.

mod asked;
mod file;
mod lines;
pub mod list;
pub mod states;
mod which;

use crate::admin::login;
pub use which::Which;

/// The list on which a dialog was opened, if it was on one.
pub fn list_address(from: &str) -> Option<String> {
    let from = login::local(Some(from));
    let path = from.split(['?', '#']).next().unwrap_or_default();
    let mut lists = Which::ALL.into_iter();
    lists
        .any(|which| which.section().path() == path)
        .then(|| from.to_owned())
}
