//! Credit facility proposals: the region of a customer's page.

pub mod region;
