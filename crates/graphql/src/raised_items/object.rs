//! The GraphQL types `RaisedItem` and `RaisedItems`.

use std::sync::Arc;

use ::customer::raised::{RaisedItem as DomainItem, RaisedRecord};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Cursor;
use uuid::Uuid;

use crate::{
    audit::AuditSubject,
    connection::{Connection, PageArgs},
    customers::Customer,
    error::ApiError,
    page_batch::PageBatch,
    prospects::Prospect,
    request::{caller, services},
    scalars::Timestamp,
};

/// The GraphQL type `RaisedItem`, with what its page shares.
pub(crate) struct RaisedItem {
    item: DomainItem,
    resolution: Option<Resolution>,
    batch: Arc<PageBatch>,
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
    total_count: i64,
    /// The oldest of them, oldest first, at most 200.
    #[graphql(complexity = "crate::connection::cost(100, child_complexity)")]
    nodes: Vec<RaisedItem>,
}

impl RaisedItems {
    /// All that waits, of all records.
    pub(crate) async fn read(ctx: &Context<'_>) -> Result<Self, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let found = onboarding.raised(&caller(ctx)?.subject).await?;
        let batch = PageBatch::new(ctx, records(found.items.iter()))?;
        Ok(Self {
            total_count: found.count,
            nodes: RaisedItem::open(found.items, &batch),
        })
    }
}

impl RaisedItem {
    /// Items that nobody has resolved yet, about records of this batch.
    pub(crate) fn open(items: Vec<DomainItem>, batch: &Arc<PageBatch>) -> Vec<Self> {
        let open = |item| Self {
            item,
            resolution: None,
            batch: Arc::clone(batch),
        };
        items.into_iter().map(open).collect()
    }

    /// A page of what was resolved, newest first.
    pub(crate) async fn resolved_page(
        ctx: &Context<'_>,
        first: i32,
        after: Option<&str>,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<Cursor<i64>>::parse(first, after)?;
        let found = services(ctx)?
            .onboarding
            .resolved(&caller(ctx)?.subject, None, page.first, page.after)
            .await?;
        let more = found.next.is_some();
        let items = found.rows.iter().map(|found| &found.item);
        let batch = PageBatch::new(ctx, records(items))?;
        let nodes = found.rows.into_iter().map(|found| {
            let cursor = found.cursor();
            let resolution = Resolution {
                at: found.at,
                by: found.by,
                reason: found.reason,
            };
            let node = Self {
                item: found.item,
                resolution: Some(resolution),
                batch: Arc::clone(&batch),
            };
            (cursor, node)
        });
        Ok(page.connection(nodes, more))
    }
}

/// The records that items are about.
fn records<'a>(items: impl Iterator<Item = &'a DomainItem>) -> impl Iterator<Item = Uuid> {
    let records = items.flat_map(|item| [&item.about, &item.other]);
    records.flatten().map(|record| record.id)
}

/// Something that a person has to look at, until somebody resolves it.
#[Object]
impl RaisedItem {
    /// The item's number, counted upwards.
    async fn raised_item_id(&self) -> ID {
        self.item.id.into()
    }

    /// What somebody has to look at, in words.
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
            Some(about) => Prospect::in_batch(&self.batch, about.id).await,
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
            }) => Customer::in_batch(&self.batch, *id).await,
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
            Some(it) => Ok(Some(AuditSubject::from_audit(
                &it.by,
                &self.batch.actor_names().await?,
            ))),
            None => Ok(None),
        }
    }

    /// Why it was resolved, as typed; null while it waits, and once it is erased.
    async fn resolution(&self) -> Option<&str> {
        self.resolution.as_ref()?.reason.as_deref()
    }
}
