//! Prospects: the page of one, what operators do to it, making one, and one act on several.

pub mod new;
pub mod next;
pub mod operations;
pub mod page;
pub mod selected;
