//! The audit log for people: the page, and one for each entry; what one types to find something in it, and where its objects lead.

pub mod entry;
mod objects;
pub mod page;
mod rows;
mod search;
