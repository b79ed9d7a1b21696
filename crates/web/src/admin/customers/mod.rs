//! Customers: the page of one, and what operators do to it.

pub mod operations;
pub mod page;
mod parts;
