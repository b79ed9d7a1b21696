//! What can be done with callbacks.

use async_graphql::ID;
use customer::primitives::CallbackId;

use super::Callback;
use crate::{error::ApiError, mutation::mutations};

mutations! {
    /// The mutations of callbacks.
    CallbackMutations(call):

    /// Has a callback judged again, as things stand now (CUSTOMER_UPDATE). One that was applied, or that has the key of
    /// another one, is a `CONFLICT`.
    callback_reprocess("Which.")
    CallbackReprocessInput = "Judging a callback again." {
        /// The callback's number.
        callback_id: ID,
    }
    {
        let missing = || ApiError::not_found("callback");
        let id: CallbackId = callback_id.parse().map_err(|_| missing())?;
        call.services.onboarding.reprocess(call.subject, id).await?;
    }
    CallbackReprocessPayload {
        /// The callback; it is judged in a moment.
        callback: Callback => Callback::by_id(call.ctx, &callback_id).await?.ok_or_else(missing)?,
    }
}
