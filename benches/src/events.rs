//! Two consumers of `/events`, one that polls and one that listens, beside transactions that overlap in every way: what they miss.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use e2e::Usher;
use es_entity::AtomicOperation as _;
use kernel::DomainEvent;
use outbox::Outbox;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

const WRITERS: u32 = 16;
const RECORDS: usize = 200;
/// Events of one transaction at most.
const AT_ONCE: u64 = 20;
/// Nobody takes longer to catch up.
const AT_MOST: Duration = Duration::from_secs(120);

/// As the house's event of this name, with a count by which the order is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Told {
    ProspectDetailsChanged { prospect_id: Uuid, count: i64 },
}

impl DomainEvent for Told {
    fn subject(&self) -> Uuid {
        let Self::ProspectDetailsChanged { prospect_id, .. } = self;
        *prospect_id
    }
}

/// Publishes so many events and prints what each consumer saw of them; whether that was all, once and in order.
pub async fn measure(binary: PathBuf, events: i64) -> Result<bool> {
    let mut usher = Usher::prepare("bench-events", &[])?.with_binary(binary);
    usher.launch().await?;
    let ready = usher.ready();
    let pool = PgPoolOptions::new()
        .max_connections(WRITERS + 2)
        .connect(&ready.database_url)
        .await?;
    let url = format!("{}/events", ready.admin_url.trim_end_matches('/'));
    let polls = tokio::spawn(poll(url.clone(), ready.api_token.clone()));
    let listens = tokio::spawn(listen(url, ready.api_token.clone()));
    let start = Instant::now();
    publish(&pool, events).await?;
    let took = start.elapsed();
    // The last one, by which consumers know the end.
    let outbox = Outbox::open(&pool).await?;
    let mut op = outbox.begin_op().await?;
    let end = Told::ProspectDetailsChanged {
        prospect_id: Uuid::nil(),
        count: 0,
    };
    outbox.publish_all(&mut op, [end]).await?;
    op.commit().await?;
    let polled = tokio::time::timeout(AT_MOST, polls)
        .await
        .context("who polls did not come to the end")???;
    let listened = tokio::time::timeout(AT_MOST, listens)
        .await
        .context("who listens did not come to the end")???;
    let on_record: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM outbox_events ORDER BY era, turn, number")
            .fetch_all(&pool)
            .await?;
    println!(
        "{} events published in {:.1} s: {:.0} a second; all read {:.1} s after the first",
        on_record.len(),
        took.as_secs_f64(),
        on_record.len() as f64 / took.as_secs_f64(),
        start.elapsed().as_secs_f64(),
    );
    let polled = judge("who polls", &polled, &on_record);
    let listened = judge("who listens", &listened, &on_record);
    usher.stop().await?;
    Ok(polled && listened)
}

/// What a consumer saw.
type Seen = Vec<(Uuid, Option<(Uuid, i64)>)>;

fn judge(who: &str, seen: &Seen, on_record: &[Uuid]) -> bool {
    let distinct: HashSet<Uuid> = seen.iter().map(|(id, _)| *id).collect();
    let missed = on_record.iter().filter(|id| !distinct.contains(id)).count();
    let twice = seen.len() - distinct.len();
    let in_order = seen.iter().map(|(id, _)| id).eq(on_record);
    let mut counts = std::collections::HashMap::new();
    let mut out_of_order = 0;
    for (record, count) in seen.iter().filter_map(|(_, counted)| *counted) {
        let next = counts.entry(record).or_insert(0);
        out_of_order += usize::from(*next != count);
        *next = count + 1;
    }
    println!(
        "{who}: {} read, {missed} missed, {twice} twice, {out_of_order} out of a record's order, {}",
        seen.len(),
        if in_order {
            "all in the order of the outbox"
        } else {
            "NOT in the order of the outbox"
        }
    );
    missed == 0 && out_of_order == 0 && in_order
}

async fn publish(pool: &PgPool, events: i64) -> Result<()> {
    let outbox = Outbox::open(pool).await?;
    let records: Arc<Vec<(Uuid, AtomicI64)>> = Arc::new(
        (0..RECORDS)
            .map(|_| (Uuid::new_v4(), AtomicI64::new(0)))
            .collect(),
    );
    let published = Arc::new(AtomicI64::new(0));
    let writers = (0..u64::from(WRITERS)).map(|writer| {
        let (outbox, records, published) =
            (outbox.clone(), Arc::clone(&records), Arc::clone(&published));
        tokio::spawn(async move {
            let mut seed = writer * 977 + 1;
            while published.load(Ordering::Relaxed) < events {
                let more = write(&outbox, &records, &mut seed).await?;
                published.fetch_add(more, Ordering::Relaxed);
            }
            anyhow::Ok(())
        })
    });
    for writer in futures::future::join_all(writers).await {
        writer??;
    }
    Ok(())
}

/// Numbers that look random and are the same each time.
fn dice(seed: &mut u64, sides: u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % sides
}

async fn write(outbox: &Outbox, records: &[(Uuid, AtomicI64)], seed: &mut u64) -> Result<i64> {
    let (record, count) = &records[usize::try_from(dice(seed, RECORDS as u64))?];
    let mut op = outbox.begin_op().await?;
    if dice(seed, 4) == 0 {
        // It has its id long before it publishes.
        sqlx::query("SELECT pg_current_xact_id(), pg_sleep($1::float8 / 1000)")
            .bind(i32::try_from(dice(seed, 60))?)
            .execute(op.as_executor())
            .await?;
    }
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(record.to_string())
        .execute(op.as_executor())
        .await?;
    let events = 1 + i64::try_from(dice(seed, AT_ONCE))?;
    let told: Vec<Told> = (0..events)
        .map(|_| Told::ProspectDetailsChanged {
            prospect_id: *record,
            count: count.fetch_add(1, Ordering::Relaxed),
        })
        .collect();
    outbox.publish_all(&mut op, told).await?;
    op.commit().await?;
    Ok(events)
}

/// Adds an event; whether it was the last.
fn see(seen: &mut Seen, event: &Value) -> Result<bool> {
    let id = event["id"].as_str().context("an event without an id")?;
    let record: Option<Uuid> = event["prospect_id"].as_str().and_then(|id| id.parse().ok());
    let counted = record.zip(event["count"].as_i64());
    seen.push((id.parse()?, counted));
    Ok(record == Some(Uuid::nil()))
}

/// As `docs/events.md` says.
async fn poll(url: String, token: String) -> Result<Seen> {
    let client = reqwest::Client::new();
    let (mut seen, mut after) = (Seen::new(), String::new());
    loop {
        let answer = client
            .get(format!("{url}?limit=500&after={after}"))
            .bearer_auth(&token)
            .send()
            .await?
            .error_for_status()?;
        let page: Value = serde_json::from_str(&answer.text().await?)?;
        for event in page["events"].as_array().context("a page without events")? {
            if see(&mut seen, event)? {
                return Ok(seen);
            }
        }
        page["next"]
            .as_str()
            .context("a page without next")?
            .clone_into(&mut after);
    }
}

/// As `docs/events.md` says, taken up again every 20,000 events.
async fn listen(url: String, token: String) -> Result<Seen> {
    let client = reqwest::Client::new();
    let (mut seen, mut last) = (Seen::new(), String::new());
    loop {
        let mut answer = client
            .get(&url)
            .bearer_auth(&token)
            .header("accept", "text/event-stream")
            .header("last-event-id", &last)
            .send()
            .await?
            .error_for_status()?;
        let mut text = Vec::new();
        let until = seen.len() + 20_000;
        while seen.len() < until {
            let Some(chunk) = answer.chunk().await? else {
                break;
            };
            text.extend_from_slice(&chunk);
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8(text.drain(..=end).collect())?;
                match line.trim_end().split_once(": ") {
                    Some(("id", id)) => id.clone_into(&mut last),
                    Some(("event", "gone")) => bail!("the stream is gone"),
                    Some(("data", data)) => {
                        let event: Value = serde_json::from_str(data)?;
                        ensure!(event["cursor"] == last.as_str(), "another cursor: {event}");
                        if see(&mut seen, &event)? {
                            return Ok(seen);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}
