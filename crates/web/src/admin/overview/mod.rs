//! The first page: what needs a person, and what waits.

pub mod page;
pub mod worklists;
