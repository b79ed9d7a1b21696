//! `eventHistory`: what happened to a record, event by event.

use std::sync::Arc;

use async_graphql::Object;
use kernel::TimelineEntry;

use crate::{
    error::ApiError,
    loaders::{Siblings, Traces},
    page::{self, Page},
    scalars::{AuditEntryId, Json, Timestamp},
    subject::{AuditSubject, System},
};

/// See its description.
pub(crate) struct EventTimelineEntry {
    entry: TimelineEntry,
    audit_entry: Option<i64>,
    siblings: Arc<Siblings>,
}

/// An event of a prospect or customer.
#[Object]
impl EventTimelineEntry {
    /// Its number in the record's history, from 1.
    async fn sequence(&self) -> usize {
        self.entry.sequence
    }

    /// What happened, for example `initialized`, `link_created`, `callback_accepted`.
    async fn event_type(&self) -> &str {
        &self.entry.event_type
    }

    /// The event as it is kept for ever. Personal data and typed reasons are null in it: they are kept apart, so that they
    /// can be erased.
    async fn payload(&self) -> Json {
        Json(self.entry.payload.clone())
    }

    /// What happened, in words; with the typed reason, until that is erased.
    async fn description(&self) -> &str {
        &self.entry.words.what
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> Timestamp {
        self.entry.words.at.into()
    }

    /// Who did it; `System` with the actor `sumsub` for what a callback did, with `usher` for what Usher did by itself.
    async fn subject(&self) -> Result<AuditSubject, ApiError> {
        match &self.entry.words.by {
            Some(by) => Ok(AuditSubject::named(by, &self.siblings.names().await?)),
            None => Ok(AuditSubject::System(System {
                actor: match self.entry.words.callback {
                    Some(_) => "sumsub".to_owned(),
                    None => "usher".to_owned(),
                },
            })),
        }
    }

    /// The entry of the audit log by which it was allowed; null for what nobody asked for, and where two requests for the
    /// same can't be told apart.
    async fn audit_entry_id(&self) -> Option<AuditEntryId> {
        self.audit_entry.map(AuditEntryId)
    }

    /// The callback that caused it.
    async fn callback_id(&self) -> Option<async_graphql::ID> {
        self.entry.words.callback.map(Into::into)
    }
}

/// A page of a history, oldest first.
pub(crate) fn page_of(
    timeline: Vec<TimelineEntry>,
    traces: &Traces,
    siblings: &Arc<Siblings>,
    first: i32,
    after: Option<&str>,
) -> Result<Page<EventTimelineEntry>, ApiError> {
    let first = page::first(first)?;
    let after: usize = page::after(after)?.unwrap_or(0);
    let caused = caused_by(&timeline, traces);
    let left = timeline.len().saturating_sub(after);
    let nodes = timeline
        .into_iter()
        .zip(caused)
        .skip(after)
        .take(first)
        .map(|(entry, audit_entry)| {
            let node = EventTimelineEntry {
                audit_entry,
                siblings: Arc::clone(siblings),
                entry,
            };
            (node.entry.sequence.to_string(), node)
        });
    Ok(page::page(nodes, after > 0, left > first))
}

/// The entry of the audit log behind each event: the only one with this subject, action and object since the last such event.
/// More than one (an attempt that was refused for another reason, two at the same time) could be either: then none.
fn caused_by(timeline: &[TimelineEntry], traces: &Traces) -> Vec<Option<i64>> {
    let mut last = std::collections::HashMap::new();
    timeline
        .iter()
        .map(|event| {
            let (act, by) = event.act.as_ref().zip(event.words.by.as_ref())?;
            let key = (by.clone(), act.action.to_owned(), act.object.clone());
            let before = last.insert(key.clone(), event.words.at);
            let mut candidates = traces.get(&key)?.iter().filter(|trace| {
                trace.recorded_at <= event.words.at
                    && before.is_none_or(|before| trace.recorded_at > before)
            });
            let found = candidates.next()?.id;
            candidates.next().is_none().then_some(found)
        })
        .collect()
}
