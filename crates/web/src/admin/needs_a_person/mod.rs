//! What needs a person: the page of what is raised and what was resolved, and resolving it.

pub mod operations;
pub mod page;
pub mod raised;
