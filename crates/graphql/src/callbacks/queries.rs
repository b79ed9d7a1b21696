//! Looking callbacks up.

use ::customer::{callback_log::view::CallbackFilter, list::Created, primitives::CallbackId};
use async_graphql::{Context, ID, InputObject, Object};

use super::{Callback, CallbackOutcome};
use crate::{
    connection::{Connection, PageArgs, cost},
    error::ApiError,
    request::{caller, services},
    scalars::Timestamp,
};

/// The callbacks that a list has; all that is given must hold.
#[derive(InputObject, Default)]
pub(crate) struct CallbacksFilter {
    /// With this outcome.
    outcome: Option<CallbackOutcome>,
    /// Of this type, as Sumsub names it, for example `applicantReviewed`.
    callback_type: Option<String>,
    /// Only what was ignored because it names no record of ours.
    nobodys: Option<bool>,
    /// Of this prospect: its public id, its UUID, or its Sumsub applicant id.
    prospect: Option<String>,
    /// Received for the first time at this time or later.
    received_from: Option<Timestamp>,
    /// Received for the first time before this time.
    received_to: Option<Timestamp>,
}

/// The queries of callbacks.
#[derive(Default)]
pub(crate) struct CallbackQueries;

#[Object]
impl CallbackQueries {
    /// What Sumsub sent, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn callbacks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<CallbacksFilter>,
    ) -> Result<Connection<Callback>, ApiError> {
        let page = PageArgs::<CallbackId>::parse(first, after.as_deref())?;
        let filter = filter.unwrap_or_default().into();
        let found = services(ctx)?
            .onboarding
            .callbacks(&caller(ctx)?.subject, &filter, page.first, page.after)
            .await?;
        let more = found.next.is_some();
        let nodes = Callback::listed(ctx, found.rows).await?;
        Ok(page.connection(nodes, more))
    }

    /// One callback, with its body.
    async fn callback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number.")] id: ID,
    ) -> Result<Option<Callback>, ApiError> {
        Callback::by_id(ctx, &id).await
    }
}

impl From<CallbacksFilter> for CallbackFilter {
    fn from(filter: CallbacksFilter) -> Self {
        CallbackFilter {
            outcome: filter.outcome.map(Into::into),
            callback_type: filter.callback_type,
            nobodys: filter.nobodys.unwrap_or(false),
            prospect: filter.prospect,
            answer: None,
            received: Created {
                from: filter.received_from.map(|from| from.0),
                before: filter.received_to.map(|to| to.0),
            },
        }
    }
}
