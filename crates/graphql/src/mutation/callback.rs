//! What is done about callbacks and what they raise.

use async_graphql::{Context, ID, Object};
use customer::primitives::CallbackId;

use super::{operations, reason};
use crate::{
    callback::Callback,
    error::ApiError,
    request::{caller, services},
};

operations! {
    /// Judging a callback again.
    CallbackReprocessInput {
        /// Which.
        callback_id: ID,
    } => CallbackReprocessPayload {
        /// The callback; it is judged in a moment.
        callback: Callback
    }

    /// Resolving a raised item.
    RaisedItemResolveInput {
        /// Which.
        raised_item_id: ID,
        /// How; recorded as *none given (API)* when absent.
        reason: Option<String>,
    } => RaisedItemResolvePayload {
        /// Its number. It is no longer in `raisedItems`.
        raised_item_id: ID
    }
}

/// See [`super::Mutation`].
#[derive(Default)]
pub(super) struct CallbackMutation;

#[Object]
impl CallbackMutation {
    /// Has a callback judged again, as things stand now (CUSTOMER_UPDATE). One that was applied, or that has the key of
    /// another one, is a `CONFLICT`.
    async fn callback_reprocess(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: CallbackReprocessInput,
    ) -> Result<CallbackReprocessPayload, ApiError> {
        let missing = || ApiError::not_found("callback");
        let id: CallbackId = input.callback_id.parse().map_err(|_| missing())?;
        services(ctx)?
            .onboarding
            .reprocess(&caller(ctx)?.subject, id)
            .await?;
        let callback = Callback::by_id(ctx, &input.callback_id)
            .await?
            .ok_or_else(missing)?;
        Ok(CallbackReprocessPayload { callback })
    }

    /// Takes an item off the list of what a person has to look at (CUSTOMER_UPDATE).
    async fn raised_item_resolve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and how.")] input: RaisedItemResolveInput,
    ) -> Result<RaisedItemResolvePayload, ApiError> {
        let raised_item_id = input.raised_item_id;
        let id: i64 = raised_item_id
            .parse()
            .map_err(|_| ApiError::not_found("raised item"))?;
        services(ctx)?
            .onboarding
            .resolve(&caller(ctx)?.subject, id, &reason(input.reason))
            .await?;
        Ok(RaisedItemResolvePayload { raised_item_id })
    }
}
