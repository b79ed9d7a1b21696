//! `RaisedItem`: what a person has to look at.

use std::sync::Arc;

use ::customer::raised::{RaisedItem as Raised, RaisedRecord, ResolvedItem};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Cursor;
use uuid::Uuid;

use crate::{
    customer::Customer,
    error::ApiError,
    loaders::Siblings,
    page::{self, Page},
    prospect::Prospect,
    request::{caller, services},
    scalars::Timestamp,
    subject::AuditSubject,
};

/// See its description.
pub(crate) struct RaisedItem {
    item: Raised,
    resolution: Option<Resolution>,
    siblings: Arc<Siblings>,
}

struct Resolution {
    at: DateTime<Utc>,
    by: String,
    reason: Option<String>,
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
                resolution: None,
                siblings: Arc::clone(siblings),
            })
            .collect()
    }

    /// A page of what was resolved, newest first.
    pub(crate) async fn resolved(
        ctx: &Context<'_>,
        first: i32,
        after: Option<&str>,
    ) -> Result<Page<Self>, ApiError> {
        let (first, after) = (page::first(first)?, page::after::<Cursor<i64>>(after)?);
        let onboarding = &services(ctx)?.onboarding;
        let subject = &caller(ctx)?.subject;
        let found = onboarding.resolved(subject, None, first, after).await?;
        let more = found.next.is_some();
        let items: Vec<Raised> = found.rows.iter().map(|found| found.item.clone()).collect();
        let siblings = Siblings::of(ctx, Self::subjects(&items))?;
        let node = |found: ResolvedItem| {
            let node = Self {
                resolution: Some(Resolution {
                    at: found.at,
                    by: found.by.clone(),
                    reason: found.reason.clone(),
                }),
                siblings: Arc::clone(&siblings),
                item: found.item.clone(),
            };
            (found.cursor().to_string(), node)
        };
        let nodes: Vec<_> = found.rows.into_iter().map(node).collect();
        Ok(page::page(nodes, after.is_some(), more))
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
            Some(RaisedRecord {
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

    /// When it was resolved; null while it waits.
    async fn resolved_at(&self) -> Option<Timestamp> {
        self.resolution.as_ref().map(|it| it.at.into())
    }

    /// Who resolved it; null while it waits.
    async fn resolved_by(&self) -> Result<Option<AuditSubject>, ApiError> {
        match &self.resolution {
            Some(it) => Ok(Some(AuditSubject::named(
                &it.by,
                &self.siblings.names().await?,
            ))),
            None => Ok(None),
        }
    }

    /// Why it was resolved, as typed; null while it waits, and once it is erased.
    async fn resolution(&self) -> Option<&str> {
        self.resolution.as_ref()?.reason.as_deref()
    }
}
