//! Prospects: the page of one, what operators do to it, and making one.

pub mod new;
pub mod next;
pub mod operations;
pub mod page;
