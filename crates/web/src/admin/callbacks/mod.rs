//! Callbacks: the list, the page of one, and judging it again.

pub mod list;
pub mod operations;
pub mod page;
