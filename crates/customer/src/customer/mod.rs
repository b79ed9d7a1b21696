//! A converted prospect.

mod entity;
mod repo;

pub use entity::{Conversion, Customer, CustomerEvent, NewCustomer};
pub(crate) use repo::Customers;
