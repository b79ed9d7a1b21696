//! `/withdrawals`, `/deposits` and `/credit-proposals`: the money of all customers as lists, with what they come to, and as files.

mod asked;
mod file;
pub mod list;
pub mod states;
mod which;

pub use which::Which;
