//! What can be done with raised items.

use ::customer::duplicates::Decision;
use async_graphql::ID;

use super::RaisedItemOutcome;
use crate::{
    error::ApiError,
    mutation::{Call, mutations, recorded_reason},
};

mutations! {
    /// The mutations of raised items.
    RaisedItemMutations(call):

    /// Takes an item off the list of what a person has to look at (CUSTOMER_UPDATE).
    raised_item_resolve("Which, and how.")
    RaisedItemResolveInput = "Resolving a raised item." {
        /// The raised item's number.
        raised_item_id: ID,
        /// How; recorded as *none given (API)* when absent.
        reason: Option<String>,
    }
    {
        let resolved = raised_item_id;
        let id = number(&resolved)?;
        call.services.onboarding.resolve(call.subject, id, &recorded_reason(reason)).await?;
    }
    RaisedItemResolvePayload {
        /// Its number. It is no longer in `raisedItems`.
        raised_item_id: ID => resolved,
    }

    /// Takes several items off the list, 100 at most, each for itself: what stands in the way of one keeps no other from it
    /// (CUSTOMER_UPDATE).
    raised_items_resolve("Which, and how.")
    RaisedItemsResolveInput = "Resolving several raised items." {
        /// The raised items' numbers.
        raised_item_ids: Vec<ID>,
        /// How, the same for all; recorded as *none given (API)* when absent.
        reason: Option<String>,
    }
    {
        let mut ids = raised_item_ids.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        let onboarding = &call.services.onboarding;
        let outcomes = onboarding.resolve_each(call.subject, &ids, &recorded_reason(reason)).await?;
    }
    RaisedItemsResolvePayload {
        /// What became of each.
        outcomes: Vec<RaisedItemOutcome> => outcomes.into_iter().map(RaisedItemOutcome::from).collect(),
    }

    /// Decides that an item's two records are different people: the pair leaves the list at both, for good (CUSTOMER_UPDATE).
    raised_item_different_people("Which, and why.")
    RaisedItemDifferentPeopleInput = "Deciding that two records are different people." {
        /// The raised item's number.
        raised_item_id: ID,
        /// Why; recorded as *different people* when absent.
        reason: Option<String>,
    }
    {
        let decided = raised_item_id;
        decide(&call, &decided, Decision::DifferentPeople, reason).await?;
    }
    RaisedItemDifferentPeoplePayload {
        /// Its number. It is no longer in `raisedItems`.
        raised_item_id: ID => decided,
    }

    /// Decides that an item's two records are one person: the items stay until one of the two is closed (CUSTOMER_UPDATE).
    raised_item_same_person("Which, and why.")
    RaisedItemSamePersonInput = "Deciding that two records are one person." {
        /// The raised item's number.
        raised_item_id: ID,
        /// Why; recorded as *the same person* when absent.
        reason: Option<String>,
    }
    {
        let decided = raised_item_id;
        decide(&call, &decided, Decision::SamePerson, reason).await?;
    }
    RaisedItemSamePersonPayload {
        /// The raised item's number.
        raised_item_id: ID => decided,
    }
}

/// The number of an item; what is no number names none.
fn number(id: &ID) -> Result<i64, ApiError> {
    id.parse().map_err(|_| ApiError::not_found("raised item"))
}

async fn decide(
    call: &Call<'_>,
    item: &ID,
    decision: Decision,
    reason: Option<String>,
) -> Result<(), ApiError> {
    let id = number(item)?;
    let (onboarding, reason) = (&call.services.onboarding, reason.unwrap_or_default());
    onboarding
        .decide_duplicate(call.subject, id, decision, &reason)
        .await?;
    Ok(())
}
