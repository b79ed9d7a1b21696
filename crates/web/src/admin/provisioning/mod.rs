//! Provisioning: the page of what is not done yet, and the region of a customer's page.

pub mod page;
pub mod region;
