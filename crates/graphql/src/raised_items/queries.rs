//! Looking up what a person has to look at, and what somebody has resolved.

use async_graphql::{Context, Object};

use super::{RaisedItem, RaisedItems};
use crate::{
    connection::{Connection, cost},
    error::ApiError,
};

/// The queries of raised items.
#[derive(Default)]
pub(crate) struct RaisedItemQueries;

#[Object]
impl RaisedItemQueries {
    /// What a person has to look at.
    async fn raised_items(&self, ctx: &Context<'_>) -> Result<RaisedItems, ApiError> {
        RaisedItems::read(ctx).await
    }

    /// What was raised and somebody resolved, newest first, with who, when and why.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn resolved_raised_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<RaisedItem>, ApiError> {
        RaisedItem::resolved_page(ctx, first, after.as_deref()).await
    }
}
