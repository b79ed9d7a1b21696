//! Deposits and withdrawals: the region of a customer's page, the page of one, and what operators do with them.

mod answers;
pub mod document;
pub mod facts;
pub mod lines;
pub mod operations;
pub mod page;
pub mod region;
