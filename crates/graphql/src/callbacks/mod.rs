//! The log of what Sumsub sent: the GraphQL type, its queries and its mutations.

mod mutations;
mod object;
mod queries;

pub(crate) use mutations::CallbackMutations;
pub(crate) use object::{Callback, CallbackOutcome};
pub(crate) use queries::CallbackQueries;
