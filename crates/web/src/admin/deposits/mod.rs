//! Deposits and withdrawals: the region of a customer's page, and the page of one.

pub mod lines;
pub mod page;
pub mod region;
