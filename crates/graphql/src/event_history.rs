//! `eventHistory`: what happened to a record, event by event.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use access::{AuditLog, AuditTrace};
use async_graphql::Object;
use kernel::TimelineEntry;

use crate::{
    audit::{AuditSubject, System},
    connection::{Connection, PageArgs},
    error::ApiError,
    page_batch::PageBatch,
    scalars::{AuditEntryId, Json, Timestamp},
};

/// The GraphQL type `EventTimelineEntry`, with what its page shares.
pub(crate) struct EventTimelineEntry {
    entry: TimelineEntry,
    audit_entry: Option<i64>,
    batch: Arc<PageBatch>,
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
    async fn description(&self) -> Result<String, ApiError> {
        let words = &self.entry.words;
        if words.to.is_none() {
            return Ok(words.what.clone());
        }
        let known = self.batch.known_actors().await?;
        Ok(words.told(|who| known.name(who)))
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> Timestamp {
        self.entry.words.at.into()
    }

    /// Who did it; `System` with the actor `sumsub` for what a callback did, with `usher` for what Usher did by itself.
    async fn subject(&self) -> Result<AuditSubject, ApiError> {
        match &self.entry.words.by {
            Some(by) => Ok(AuditSubject::from_audit(
                by,
                &self.batch.known_actors().await?,
            )),
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

/// A page of a history, oldest first. `traces` are what the audit log has of all histories of the page's records.
pub(crate) fn page_of(
    timeline: Vec<TimelineEntry>,
    traces: &AuditTraces,
    batch: &Arc<PageBatch>,
    first: i32,
    after: Option<&str>,
) -> Result<Connection<EventTimelineEntry>, ApiError> {
    let page = PageArgs::<usize>::parse(first, after)?;
    let skipped = page.after.unwrap_or(0);
    let more = timeline.len().saturating_sub(skipped) > page.first;
    let causes = traces.causes_of(&timeline);
    let events = timeline.into_iter().zip(causes).skip(skipped);
    let nodes = events.take(page.first).map(|(entry, audit_entry)| {
        let node = EventTimelineEntry {
            audit_entry,
            batch: Arc::clone(batch),
            entry,
        };
        (node.entry.sequence, node)
    });
    Ok(page.connection(nodes, more))
}

/// The audit log's entries that events may come from, by subject, action and object.
pub(crate) struct AuditTraces(HashMap<(String, String, String), Vec<AuditTrace>>);

impl AuditTraces {
    /// Those that these events may come from, in one statement.
    pub(crate) async fn read(
        audit: &AuditLog,
        events: impl Iterator<Item = TimelineEntry>,
    ) -> Result<Self, ApiError> {
        let (actions, objects): (BTreeSet<String>, BTreeSet<String>) = events
            .filter_map(|event| event.act)
            .map(|act| (act.action.to_owned(), act.object))
            .unzip();
        let objects: Vec<String> = objects.into_iter().collect();
        let actions: Vec<String> = actions.into_iter().collect();
        let mut traces: HashMap<_, Vec<AuditTrace>> = HashMap::new();
        for trace in audit.traces(&objects, &actions).await? {
            let (subject, action) = (trace.subject.clone(), trace.action.clone());
            let key = (subject, action, trace.object.clone());
            traces.entry(key).or_default().push(trace);
        }
        Ok(Self(traces))
    }

    /// The entry of the audit log behind each event: the only one with this subject, action and object since the last such
    /// event. More than one (an attempt that was refused for another reason, two at the same time) could be either: then none.
    fn causes_of(&self, timeline: &[TimelineEntry]) -> Vec<Option<i64>> {
        let mut last = HashMap::new();
        let cause_of = |event: &TimelineEntry| {
            let (act, by) = event.act.as_ref().zip(event.words.by.as_ref())?;
            let key = (by.clone(), act.action.to_owned(), act.object.clone());
            let before = last.insert(key.clone(), event.words.at);
            let mut candidates = self.0.get(&key)?.iter().filter(|trace| {
                trace.recorded_at <= event.words.at
                    && before.is_none_or(|before| trace.recorded_at > before)
            });
            let found = candidates.next()?.id;
            candidates.next().is_none().then_some(found)
        };
        timeline.iter().map(cause_of).collect()
    }
}
