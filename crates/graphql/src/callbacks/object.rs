//! The GraphQL type `Callback`.

use std::sync::Arc;

use ::customer::{
    callback_log::view::{CallbackDetail, CallbackRow},
    primitives::CallbackId,
};
use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    connection::{Connection, PageArgs},
    error::{ApiError, found},
    page_batch::PageBatch,
    prospects::Prospect,
    request::{caller, services},
    scalars::{PublicId, Timestamp},
};

/// The GraphQL type `Callback`, with what its page shares.
pub(crate) struct Callback {
    row: CallbackRow,
    detail: Option<Detail>,
    /// The prospect that it is about, and the prospects of its page.
    prospect: Option<(Uuid, Arc<PageBatch>)>,
}

/// What only a look at the one callback shows.
struct Detail {
    body: String,
    processed_at: Option<DateTime<Utc>>,
}

/// What became of a callback.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::kyc::Outcome")]
pub(crate) enum CallbackOutcome {
    /// Waits for its turn.
    Received,
    /// It moved something.
    Applied,
    /// Accepted, and there was nothing to move.
    NoChange,
    /// It does not count; the reason says why.
    Ignored,
    /// Older than what is known.
    Stale,
    /// Something that it must carry is missing.
    Incomplete,
    /// Processing failed; it is tried again by itself.
    Failed,
    /// It has the key of another callback and another body.
    Conflicting,
}

/// A callback of Sumsub's, or what it answered to a refresh.
#[Object]
impl Callback {
    /// Its number in the log.
    async fn callback_id(&self) -> ID {
        self.row.id.into()
    }

    /// As Sumsub names it, for example `applicantReviewed`.
    async fn callback_type(&self) -> Option<&str> {
        self.row.callback_type.as_deref()
    }

    /// When it came first.
    async fn received_at(&self) -> Timestamp {
        self.row.received_at.into()
    }

    /// When it came last.
    async fn last_received_at(&self) -> Timestamp {
        self.row.last_received_at.into()
    }

    /// How often it came.
    async fn receipts(&self) -> i64 {
        self.row.receipts
    }

    /// Whether it is what Sumsub answered to a refresh.
    async fn is_refresh(&self) -> bool {
        self.row.is_refresh
    }

    /// What became of it.
    async fn outcome(&self) -> CallbackOutcome {
        self.row.outcome.into()
    }

    /// Why, in words.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// What Sumsub answered, for example `GREEN` (Approved) or `RED` (Declined); null where it answered nothing, or the body
    /// was erased.
    async fn review_answer(&self) -> Option<&str> {
        self.row.answer.as_deref()
    }

    /// Sumsub's id of the applicant.
    async fn applicant_id(&self) -> Option<&str> {
        self.row.applicant_id.as_deref()
    }

    /// Our id of the prospect, as Sumsub sent it.
    async fn external_user_id(&self) -> Option<&str> {
        self.row.external_user_id.as_deref()
    }

    /// The public id of the prospect that it is about.
    async fn prospect_public_id(&self) -> Option<PublicId> {
        self.row.prospect.clone().map(PublicId)
    }

    /// The prospect that it is about.
    async fn prospect(&self) -> Result<Option<Prospect>, ApiError> {
        match &self.prospect {
            Some((id, batch)) => Prospect::in_batch(batch, *id).await,
            None => Ok(None),
        }
    }

    /// What was received, as it was received; may hold personal data. Only where one callback is asked for (`callback`,
    /// `callbackReprocess`), since every look at it is written down; null in lists.
    async fn body(&self) -> Option<&str> {
        self.detail.as_ref().map(|detail| detail.body.as_str())
    }

    /// When it was judged. As `body`, only where one callback is asked for.
    async fn processed_at(&self) -> Option<Timestamp> {
        let at = self.detail.as_ref().and_then(|detail| detail.processed_at);
        at.map(Timestamp)
    }
}

impl Callback {
    /// One callback with its body; none when there is no such.
    pub(crate) async fn by_id(ctx: &Context<'_>, id: &ID) -> Result<Option<Self>, ApiError> {
        // What is no number is no callback's.
        let Ok(id) = id.parse::<CallbackId>() else {
            return Ok(None);
        };
        let onboarding = &services(ctx)?.onboarding;
        let Some(CallbackDetail {
            row,
            body,
            processed_at,
        }) = found(onboarding.callback(&caller(ctx)?.subject, id).await)?
        else {
            return Ok(None);
        };
        let detail = Detail { body, processed_at };
        let mut callbacks = Self::listed(ctx, vec![row]).await?;
        Ok(callbacks.pop().map(|(_, callback)| Self {
            detail: Some(detail),
            ..callback
        }))
    }

    /// Callbacks of the whole log, each with its cursor.
    pub(crate) async fn listed(
        ctx: &Context<'_>,
        rows: Vec<CallbackRow>,
    ) -> Result<Vec<(CallbackId, Self)>, ApiError> {
        let public_ids = rows.iter().filter_map(|row| row.prospect.clone()).collect();
        let (batch, ids) = PageBatch::by_public_ids(ctx, public_ids).await?;
        let nodes = rows.into_iter().map(|row| {
            let id = row
                .prospect
                .as_ref()
                .and_then(|public_id| ids.get(public_id));
            let prospect = id.map(|id| (*id, Arc::clone(&batch)));
            Self::node(row, prospect)
        });
        Ok(nodes.collect())
    }

    /// A page of what is about one prospect, newest first, read for all prospects of the batch at once.
    pub(crate) async fn page_of_prospect(
        batch: &Arc<PageBatch>,
        id: Uuid,
        first: i32,
        after: Option<&str>,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<CallbackId>::parse(first, after)?;
        let (rows, more) = batch.callbacks(id, page).await?;
        let rows = rows.into_iter();
        let nodes = rows.map(|row| Self::node(row, Some((id, Arc::clone(batch)))));
        Ok(page.connection(nodes, more))
    }

    fn node(row: CallbackRow, prospect: Option<(Uuid, Arc<PageBatch>)>) -> (CallbackId, Self) {
        let id = row.id;
        let callback = Self {
            row,
            detail: None,
            prospect,
        };
        (id, callback)
    }
}
