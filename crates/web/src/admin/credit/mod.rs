//! Credit facility proposals: the region of a customer's page, and what operators do with them.

pub mod facts;
pub mod operations;
pub mod region;
