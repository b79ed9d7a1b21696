//! Writing events, just before the transaction commits.

use std::{mem, sync::Arc};

use es_entity::{
    AtomicOperation,
    hooks::{CommitHook, HookOperation, PreCommitRet},
};
use kernel::{DomainEvent, Event};
use serde_json::Value;
use uuid::Uuid;

use crate::{DELIVERIES_CHANNEL, Inner, Outbox};

/// Keeps what a transaction publishes until it commits.
struct Publish {
    outbox: Arc<Inner>,
    events: Vec<Event>,
    /// Who hears of each of the events.
    heard_by: Vec<&'static [&'static str]>,
}

pub(crate) async fn at_commit<D: DomainEvent>(
    outbox: &Outbox,
    op: &mut impl AtomicOperation,
    events: impl IntoIterator<Item = D>,
) -> Result<(), sqlx::Error> {
    let mut publish = Publish {
        outbox: Arc::clone(&outbox.0),
        events: Vec::new(),
        heard_by: Vec::new(),
    };
    for event in events {
        let written = Event::write(&event).map_err(|error| sqlx::Error::Encode(error.into()))?;
        publish.events.push(written);
        publish.heard_by.push(event.heard_by());
    }
    if publish.events.is_empty() {
        return Ok(());
    }
    if let Err(publish) = op.add_commit_hook(publish) {
        publish.force_execute_pre_commit(op).await?.post_commit();
    }
    Ok(())
}

impl CommitHook for Publish {
    async fn pre_commit(
        mut self,
        mut op: HookOperation<'_>,
    ) -> Result<PreCommitRet<'_, Self>, sqlx::Error> {
        let dealt_with = match self.outbox.in_transaction.get() {
            Some(listener) => {
                let subjects = listener.hear(&mut op, &self.events).await?;
                Some((listener.name(), subjects))
            }
            None => None,
        };
        let is_dealt_with = |listener: &str, subject: &Uuid| {
            dealt_with
                .as_ref()
                .is_some_and(|(name, subjects)| *name == listener && subjects.contains(subject))
        };
        let events = mem::take(&mut self.events);
        write(&mut op, events, &self.heard_by, is_dealt_with).await?;
        PreCommitRet::ok(self, op)
    }

    fn post_commit(self) {
        self.outbox.follower.published();
    }

    fn merge(&mut self, other: &mut Self) -> bool {
        let same = Arc::ptr_eq(&self.outbox, &other.outbox);
        if same {
            self.events.append(&mut other.events);
            self.heard_by.append(&mut other.heard_by);
        }
        same
    }
}

async fn write(
    op: &mut HookOperation<'_>,
    events: Vec<Event>,
    heard_by: &[&[&str]],
    is_dealt_with: impl Fn(&str, &Uuid) -> bool,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = events.iter().map(|_| Uuid::new_v4()).collect();
    let (subjects, payloads): (Vec<Uuid>, Vec<Value>) = events
        .into_iter()
        .map(|event| (event.subject, event.payload))
        .unzip();
    let (mut places, mut listeners) = (Vec::<i32>::new(), Vec::<String>::new());
    for (place, (listening, subject)) in (1..).zip(heard_by.iter().zip(&subjects)) {
        for listener in *listening {
            if !is_dealt_with(listener, subject) {
                places.push(place);
                listeners.push((*listener).to_owned());
            }
        }
    }
    sqlx::query!(
        r#"
        WITH events AS MATERIALIZED (
            SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::jsonb[]) WITH ORDINALITY AS event (id, subject, payload, place)
        ), delivered AS (
            INSERT INTO outbox_deliveries (listener, event_id, subject, payload)
            SELECT heard.listener, event.id, event.subject, event.payload
            FROM UNNEST($4::int[], $5::text[]) AS heard (place, listener) JOIN events AS event USING (place)
            ORDER BY event.place
            RETURNING 1
        ), published AS (
            INSERT INTO outbox_events (id, era, turn, number, subject, payload)
            SELECT id, era, turn, nextval('outbox_events_number'), subject, payload
            FROM (
                SELECT * FROM events, (SELECT outbox_era() AS era, greatest(
                    pg_current_xact_id()::text::bigint,
                    pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1) AS turn) AS now
                ORDER BY place
            ) AS ordered
        )
        SELECT pg_notify($6, '') FROM (SELECT FROM delivered LIMIT 1) AS delivery
        "#,
        &ids,
        &subjects,
        &payloads,
        &places,
        &listeners,
        DELIVERIES_CHANNEL,
    )
    .fetch_optional(op.as_executor())
    .await?;
    Ok(())
}
