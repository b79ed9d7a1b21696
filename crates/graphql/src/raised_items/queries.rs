//! Looking up what a person has to look at, and what somebody has resolved.

use async_graphql::{Context, Object};

use super::{RaisedItem, RaisedItems, enums::RaisedItemsFilter};
use crate::{
    connection::{Connection, SortDirection, cost},
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

    /// What a person has to look at, page by page, the oldest first unless `direction` says otherwise.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn open_raised_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<RaisedItemsFilter>,
        #[graphql(desc = "The order, by the time at which they were raised; `ASC` when absent.")]
        direction: Option<SortDirection>,
    ) -> Result<Connection<RaisedItem>, ApiError> {
        let direction = direction.unwrap_or(SortDirection::Asc);
        RaisedItem::open_page(ctx, first, after.as_deref(), filter, direction).await
    }

    /// What was raised and somebody resolved, newest first, with who, when and why.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn resolved_raised_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<RaisedItemsFilter>,
        #[graphql(
            desc = "The order, by the time at which they were resolved; `DESC` when absent."
        )]
        direction: Option<SortDirection>,
    ) -> Result<Connection<RaisedItem>, ApiError> {
        let direction = direction.unwrap_or_default();
        RaisedItem::resolved_page(ctx, first, after.as_deref(), filter, direction).await
    }
}
