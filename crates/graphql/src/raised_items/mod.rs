//! What a person has to look at: the GraphQL type, its queries and its mutations.

mod enums;
mod mutations;
mod object;
mod queries;

pub(crate) use mutations::RaisedItemMutations;
pub(crate) use object::{RaisedItem, RaisedItemOutcome, RaisedItems};
pub(crate) use queries::RaisedItemQueries;
