//! The GraphQL types `RaisedItem` and `RaisedItems`.

use std::sync::Arc;

use ::customer::raised::{Outcome, RaisedItem as DomainItem, RaisedRecord};
use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::Cursor;
use uuid::Uuid;

use super::enums::{
    DuplicateDecision, RaisedCause, RaisedItemBecame, RaisedItemsFilter, RaisedRemedy,
};
use crate::{
    audit::AuditSubject,
    connection::{Connection, PageArgs, SortDirection},
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

/// What became of one of several items that were to be resolved.
#[derive(SimpleObject)]
pub(crate) struct RaisedItemOutcome {
    /// The raised item's number.
    raised_item_id: ID,
    /// What became of it.
    became: RaisedItemBecame,
}

impl From<Outcome> for RaisedItemOutcome {
    fn from(outcome: Outcome) -> Self {
        Self {
            raised_item_id: outcome.id.into(),
            became: outcome.became.into(),
        }
    }
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

    /// A page of what waits.
    pub(crate) async fn open_page(
        ctx: &Context<'_>,
        first: i32,
        after: Option<&str>,
        filter: Option<RaisedItemsFilter>,
        direction: SortDirection,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<Cursor<i64>>::parse(first, after)?;
        let filter = filter.unwrap_or_default().into();
        let found = services(ctx)?
            .onboarding
            .open_page(&caller(ctx)?.subject, &filter, page.in_direction(direction))
            .await?;
        let batch = PageBatch::new(ctx, records(found.rows.iter()))?;
        let cursors: Vec<_> = found.rows.iter().map(DomainItem::cursor).collect();
        let nodes = cursors.into_iter().zip(Self::open(found.rows, &batch));
        Ok(page.connection(nodes, found.next.is_some()))
    }

    /// A page of what was resolved.
    pub(crate) async fn resolved_page(
        ctx: &Context<'_>,
        first: i32,
        after: Option<&str>,
        filter: Option<RaisedItemsFilter>,
        direction: SortDirection,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<Cursor<i64>>::parse(first, after)?;
        let filter = filter.unwrap_or_default().into();
        let found = services(ctx)?
            .onboarding
            .resolved_page(&caller(ctx)?.subject, &filter, page.in_direction(direction))
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

    /// Which cause it is; null when an older version raised it in other words.
    async fn cause_name(&self) -> Option<RaisedCause> {
        self.item.known.map(Into::into)
    }

    /// What to do about it, in sentences; null when the cause is not known.
    async fn to_do(&self) -> Option<&str> {
        self.item.known.map(|cause| cause.to_do())
    }

    /// What resolves it, as its records stand, the usual one first.
    async fn remedies(&self) -> Vec<RaisedRemedy> {
        self.item.remedies().into_iter().map(Into::into).collect()
    }

    /// What somebody decided of the two records that look like one person; null while nobody has.
    async fn decision(&self) -> Option<DuplicateDecision> {
        self.item.decided.as_ref().map(|it| it.decision.into())
    }

    /// Of two records that are decided to be one person, the newer, which is to be closed; null once one is closed.
    async fn to_close_id(&self) -> Option<Uuid> {
        self.item.to_close().map(|record| record.id)
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
                &self.batch.known_actors().await?,
            ))),
            None => Ok(None),
        }
    }

    /// Why it was resolved, as typed; null while it waits, and once it is erased.
    async fn resolution(&self) -> Option<&str> {
        self.resolution.as_ref()?.reason.as_deref()
    }
}
