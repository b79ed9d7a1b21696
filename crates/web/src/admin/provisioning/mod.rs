//! Provisioning: the page of what is not done yet, the region of a customer's page, and trying it now.

pub mod operations;
pub mod page;
pub mod region;
