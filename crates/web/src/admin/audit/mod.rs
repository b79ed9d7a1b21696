//! The audit log for people: the page, what one types to find something in it, and where its objects lead.

mod objects;
pub mod page;
mod rows;
mod search;
