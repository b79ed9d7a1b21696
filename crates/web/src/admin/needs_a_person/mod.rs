//! What needs a person: the page of what is raised, with what resolves it, and what was resolved.

mod asked;
pub mod comparison;
pub mod operations;
pub mod page;
pub mod raised;
pub mod several;
mod ways;
