//! What can be done with raised items.

use async_graphql::ID;

use crate::{
    error::ApiError,
    mutation::{mutations, recorded_reason},
};

mutations! {
    /// The mutations of raised items.
    RaisedItemMutations(call):

    /// Takes an item off the list of what a person has to look at (CUSTOMER_UPDATE).
    raised_item_resolve("Which, and how.")
    RaisedItemResolveInput = "Resolving a raised item." {
        /// Which.
        raised_item_id: ID,
        /// How; recorded as *none given (API)* when absent.
        reason: Option<String>,
    }
    {
        let resolved = raised_item_id;
        let id: i64 = resolved.parse().map_err(|_| ApiError::not_found("raised item"))?;
        call.services.onboarding.resolve(call.subject, id, &recorded_reason(reason)).await?;
    }
    RaisedItemResolvePayload {
        /// Its number. It is no longer in `raisedItems`.
        raised_item_id: ID => resolved,
    }
}
