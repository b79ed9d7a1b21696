//! A converted prospect.

mod entity;
mod event;
mod new;
mod repo;

pub use entity::Customer;
pub use event::{Conversion, CustomerEvent};
pub use new::NewCustomer;
pub(crate) use repo::Customers;
