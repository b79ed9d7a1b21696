//! A converted prospect.

mod account;
mod entity;
mod event;
mod new;
mod repo;

pub use account::AccountState;
pub use entity::Customer;
pub use event::{Conversion, CustomerEvent};
pub use new::NewCustomer;
pub(crate) use repo::Customers;
