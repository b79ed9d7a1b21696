//! The first page: what needs a person, what waits, and how it goes.

mod asked;
pub mod figure;
mod figures;
pub mod page;
pub mod worklists;
