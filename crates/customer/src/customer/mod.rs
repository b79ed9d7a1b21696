//! A converted prospect.

mod account;
mod entity;
mod event;
mod new;
mod next_action;
mod reader;
mod repo;

pub use account::AccountState;
pub use entity::Customer;
pub use event::{Conversion, CustomerEvent};
pub use new::NewCustomer;
pub use next_action::{CustomerNext, CustomerNextFacts, CustomerStep, ProvisioningStanding};
pub use reader::CustomerReader;
pub(crate) use repo::Customers;
