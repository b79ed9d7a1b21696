//! `Callback`: the log of what Sumsub sent.

use std::sync::Arc;

use ::customer::{
    callback_log::view::{CallbackDetail, CallbackFilter as Filter, CallbackRow},
    primitives::CallbackId,
};
use async_graphql::{Context, ID, InputObject, Object};
use kernel::Error;
use uuid::Uuid;

use crate::{
    enums::CallbackOutcome,
    error::ApiError,
    loaders::Siblings,
    page::{self, Page},
    prospect::Prospect,
    request::{caller, services},
    scalars::{PublicId, Timestamp},
};

/// See its description.
pub struct Callback {
    row: CallbackRow,
    detail: Option<Detail>,
    about: Option<(Uuid, Arc<Siblings>)>,
}

/// What only a look at the one callback shows.
struct Detail {
    body: String,
    processed_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Which callbacks.
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
        match &self.about {
            Some((id, siblings)) => Prospect::among(siblings, *id).await,
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
        let found = match onboarding.callback(&caller(ctx)?.subject, id).await {
            Ok(found) => found,
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let CallbackDetail {
            row,
            body,
            processed_at,
        } = found;
        let about = about(ctx, std::slice::from_ref(&row)).await?;
        let detail = Detail { body, processed_at };
        Ok(Some(Self {
            about: about.of(&row),
            detail: Some(detail),
            row,
        }))
    }

    fn listed(row: CallbackRow, about: Option<(Uuid, Arc<Siblings>)>) -> (String, Self) {
        let node = Self {
            about,
            detail: None,
            row,
        };
        (node.row.id.to_string(), node)
    }
}

/// The prospects that a page of callbacks is about.
struct About {
    ids: std::collections::HashMap<String, Uuid>,
    siblings: Arc<Siblings>,
}

impl About {
    fn of(&self, row: &CallbackRow) -> Option<(Uuid, Arc<Siblings>)> {
        let id = self.ids.get(row.prospect.as_ref()?)?;
        Some((*id, Arc::clone(&self.siblings)))
    }
}

async fn about(ctx: &Context<'_>, rows: &[CallbackRow]) -> Result<About, ApiError> {
    let mut public_ids: Vec<String> = rows.iter().filter_map(|row| row.prospect.clone()).collect();
    public_ids.sort_unstable();
    public_ids.dedup();
    let ids = services(ctx)?
        .onboarding
        .ids_of(&caller(ctx)?.subject, &public_ids)
        .await?;
    let siblings = Siblings::of(ctx, ids.values().copied().collect())?;
    Ok(About { ids, siblings })
}

/// A page of the whole log, newest first.
pub(crate) async fn page_of_log(
    ctx: &Context<'_>,
    first: i32,
    after: Option<&str>,
    filter: CallbacksFilter,
) -> Result<Page<Callback>, ApiError> {
    let first = page::first(first)?;
    let before: Option<CallbackId> = page::after(after)?;
    let filter = Filter {
        outcome: filter.outcome.map(Into::into),
        callback_type: filter.callback_type,
        nobodys: filter.nobodys.unwrap_or(false),
        prospect: filter.prospect,
        answer: None,
    };
    let found = services(ctx)?
        .onboarding
        .callbacks(&caller(ctx)?.subject, &filter, first, before)
        .await?;
    let about = about(ctx, &found.rows).await?;
    let nodes = found.rows.into_iter().map(|row| {
        let about = about.of(&row);
        Callback::listed(row, about)
    });
    Ok(page::page(nodes, before.is_some(), found.next.is_some()))
}

/// A page of what is about one prospect, read for all of its siblings at once.
pub(crate) async fn page_of_prospect(
    siblings: &Arc<Siblings>,
    id: Uuid,
    first: i32,
    after: Option<&str>,
) -> Result<Page<Callback>, ApiError> {
    let first = page::first(first)?;
    let before: Option<CallbackId> = page::after(after)?;
    // One more says whether there is another page.
    let rows = siblings.callbacks(id, first + 1, before).await?;
    let more = rows.len() > first;
    let nodes = rows
        .into_iter()
        .take(first)
        .map(|row| Callback::listed(row, Some((id, Arc::clone(siblings)))));
    Ok(page::page(nodes, before.is_some(), more))
}
