//! A program that reads `GET /events` as its manual says, and nothing else: what does it never see?

use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use reqwest::StatusCode;
use serde_json::Value;
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{deployment::Deployment, load};
use crate::{Callback, until, wait::LATER};

/// How often it asks.
const PAUSE: Duration = Duration::from_millis(5);
/// How many become customers beside it.
const CUSTOMERS: usize = 250;
/// Who is told of again and again, for events by the thousand.
const TALKED_ABOUT: usize = 200;
const AT_ONCE: usize = 16;

/// What came of it.
#[derive(Debug, Clone)]
pub struct Read {
    /// Events that stand in the table.
    pub stand: usize,
    /// Those of them that it never saw.
    pub missed: usize,
    /// Those that it saw more than once.
    pub again: usize,
    /// Places at which another one was handed out than the table has there.
    pub out_of_order: usize,
    /// How often it asked.
    pub asked: usize,
    /// How long it took to read all.
    pub took: Duration,
}

/// What it remembers.
#[derive(Default)]
struct Seen {
    ids: HashSet<Uuid>,
    handed_out: usize,
    asked: usize,
    order: Vec<Uuid>,
}

/// Lets `events` and more happen beside a consumer, and compares.
///
/// # Errors
/// When the deployment refuses what is asked of it; not for what the consumer missed.
pub async fn read_beside(deployment: &Deployment, events: usize) -> Result<Read> {
    let start = Instant::now();
    let (admin, token) = deployment.admin();
    let seen = Arc::<Mutex<Seen>>::default();
    let reading = follow(format!("{admin}/events"), token, &seen);
    let pool = deployment.counts().await?.pool;
    let happening = async {
        load::crowd(deployment, CUSTOMERS, AT_ONCE).await?;
        talk(deployment, events).await?;
        until("nothing more happens", LATER * 10, || still(&pool)).await?;
        let stand: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox_events")
            .fetch_one(&pool)
            .await?;
        // What it hasn't seen by then it never sees: then its count is what is of interest.
        let _ = until("all of it read", LATER, || async {
            let known = lock(&seen).ids.len();
            ensure!(i64::try_from(known)? >= stand, "{known} of {stand}");
            Ok(())
        })
        .await;
        anyhow::Ok(())
    };
    tokio::select! {
        happened = happening => happened?,
        Err(refused) = reading => return Err(refused),
    }
    let stand: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM outbox_events ORDER BY era, turn, number")
            .fetch_all(&pool)
            .await?;
    let seen = lock(&seen);
    let due = stand.iter().filter(|id| seen.ids.contains(id));
    Ok(Read {
        stand: stand.len(),
        missed: stand.iter().filter(|id| !seen.ids.contains(id)).count(),
        again: seen.handed_out - seen.ids.len(),
        out_of_order: seen
            .order
            .iter()
            .zip(due)
            .filter(|(seen, due)| seen != due)
            .count(),
        asked: seen.asked,
        took: start.elapsed(),
    })
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn still(pool: &PgPool) -> Result<()> {
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM callbacks WHERE outcome = 'received')
              + (SELECT count(*) FROM provisioning_steps WHERE state IN ('running', 'retrying'))
              + (SELECT count(*) FROM provisioning_steps WHERE state = 'waiting' AND next_try <= now())",
    )
    .fetch_one(pool)
    .await?;
    ensure!(left == 0, "{left} callbacks and steps wait");
    Ok(())
}

/// Asks for what is after the last answer, blindly, for ever.
async fn follow(url: String, token: &str, seen: &Mutex<Seen>) -> Result<Infallible> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()?;
    let mut cursor = String::new();
    loop {
        let answer = client
            .get(&url)
            .query(&[("limit", "1000"), ("after", &cursor)])
            .bearer_auth(token)
            .send()
            .await?;
        let status = answer.status();
        ensure!(
            status == StatusCode::OK,
            "GET /events answers {status}: {:.200}",
            answer.text().await?
        );
        let body: Value = answer.json().await?;
        let events = body["events"].as_array().context("no events in it")?;
        {
            let mut seen = lock(seen);
            seen.asked += 1;
            for event in events {
                let id = event["id"].as_str().context("an event without an id")?;
                let id = id.parse()?;
                seen.handed_out += 1;
                if seen.ids.insert(id) {
                    seen.order.push(id);
                }
            }
        }
        body["next"]
            .as_str()
            .context("no next in it")?
            .clone_into(&mut cursor);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sumsub changes its mind about the same people until there are so many events.
async fn talk(deployment: &Deployment, events: usize) -> Result<()> {
    let ids = Arc::new(load::prospects(deployment, TALKED_ABOUT).await?);
    let servers = deployment.servers()?;
    let mut clients = JoinSet::new();
    for client in 0..AT_ONCE {
        let (ids, servers) = (Arc::clone(&ids), servers.clone());
        let share = events / AT_ONCE + 1;
        clients.spawn(async move {
            // Each has people of its own, so that their news has an order.
            let own: Vec<Uuid> = ids.iter().copied().skip(client).step_by(AT_ONCE).collect();
            for number in 0..share {
                let id = own[number % own.len()];
                let callback = if (number / own.len()).is_multiple_of(2) {
                    Callback::pending(id)
                } else {
                    Callback::on_hold(id)
                };
                load::tell(&servers, &callback).await;
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended?;
    }
    Ok(())
}
