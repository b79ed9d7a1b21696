//! `RaisedItem`: what a person has to look at.

use std::sync::Arc;

use ::customer::raised::{About, Raised};
use async_graphql::{ID, Object, SimpleObject};
use uuid::Uuid;

use crate::{
    customer::Customer, error::ApiError, loaders::Siblings, prospect::Prospect, scalars::Timestamp,
};

/// See its description.
pub(crate) struct RaisedItem {
    item: Raised,
    siblings: Arc<Siblings>,
}

/// What is raised.
#[derive(SimpleObject)]
pub(crate) struct RaisedItems {
    /// How many there are.
    pub(crate) total_count: i64,
    /// The oldest of them, oldest first, at most 200.
    #[graphql(complexity = "crate::page::cost(100, child_complexity)")]
    pub(crate) nodes: Vec<RaisedItem>,
}

impl RaisedItem {
    pub(crate) fn all(items: Vec<Raised>, siblings: &Arc<Siblings>) -> Vec<Self> {
        items
            .into_iter()
            .map(|item| Self {
                item,
                siblings: Arc::clone(siblings),
            })
            .collect()
    }

    /// The records that items are about.
    pub(crate) fn subjects(items: &[Raised]) -> Vec<Uuid> {
        let about = items.iter().flat_map(|item| [&item.about, &item.other]);
        let mut ids: Vec<Uuid> = about.flatten().map(|about| about.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// Something that a person has to look at, until somebody resolves it.
#[Object]
impl RaisedItem {
    /// Its number.
    async fn raised_item_id(&self) -> ID {
        self.item.id.into()
    }

    /// In words.
    async fn cause(&self) -> &str {
        &self.item.cause
    }

    /// Since when it waits.
    async fn raised_at(&self) -> Timestamp {
        self.item.raised_at.into()
    }

    /// The prospect that it is about, when there is one.
    async fn prospect(&self) -> Result<Option<Prospect>, ApiError> {
        match &self.item.about {
            Some(about) => Prospect::among(&self.siblings, about.id).await,
            None => Ok(None),
        }
    }

    /// The customer that it is about, when there is one.
    async fn customer(&self) -> Result<Option<Customer>, ApiError> {
        match &self.item.about {
            Some(About {
                id,
                is_customer: true,
                ..
            }) => Customer::among(&self.siblings, *id).await,
            _ => Ok(None),
        }
    }

    /// The UUID of the record that looks like the same person (a prospect's, and its customer's).
    async fn duplicate_of_id(&self) -> Option<Uuid> {
        self.item.other.as_ref().map(|other| other.id)
    }

    /// The callback that raised it.
    async fn callback_id(&self) -> Option<ID> {
        self.item.callback.map(Into::into)
    }
}
