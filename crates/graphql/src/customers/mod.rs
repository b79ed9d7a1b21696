//! Customers: the GraphQL type, its queries, its mutations and its subscription.

mod enums;
mod filter;
mod mutations;
mod object;
mod queries;
mod subscription;

pub(crate) use enums::{ActivityStatus, ConversionReason, CustomerStatus, VerificationStatus};
pub(crate) use mutations::CustomerMutations;
pub(crate) use object::Customer;
pub(crate) use queries::CustomerQueries;
pub(crate) use subscription::CustomerSubscription;
