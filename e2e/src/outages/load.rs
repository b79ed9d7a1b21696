//! Clients: some begin an onboarding every now and then, and each goes on until it was acknowledged.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use rand::Rng as _;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use tokio::{sync::watch, task::JoinSet, time::MissedTickBehavior};
use uuid::Uuid;

use super::{deployment::Deployment, memory::Memory};
use crate::{Callback, Sumsub, admin::fresh_email, graphql::Api};

const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { prospectId } } }";
/// Who asks gives up on an answer after so long, and asks the other server.
const PATIENCE: Duration = Duration::from_secs(4);
/// So many onboardings under way; while nothing is answered nobody else begins.
const AT_ONCE: usize = 100;
/// How often the database is asked who is Active.
const LOOK: Duration = Duration::from_millis(100);
/// One of so many is found out later.
const FOUND_OUT: usize = 10;

/// The servers: each try goes to the next.
#[derive(Clone)]
pub struct Servers {
    servers: Arc<Vec<(Api, Sumsub)>>,
    turn: Arc<AtomicUsize>,
}

impl Servers {
    /// Of these servers.
    pub fn new(servers: Vec<(Api, Sumsub)>) -> Self {
        Self {
            servers: Arc::new(servers),
            turn: Arc::default(),
        }
    }

    fn next(&self) -> &(Api, Sumsub) {
        &self.servers[self.turn.fetch_add(1, Ordering::Relaxed) % self.servers.len()]
    }
}

/// A load that goes on until it is stopped; dropping it ends all clients.
pub struct Load {
    pub memory: Memory,
    /// Whether anybody new begins.
    open: watch::Sender<bool>,
    clients: JoinSet<()>,
}

impl Load {
    /// Begins `rate` onboardings a second.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn start(deployment: &Deployment, rate: f64) -> Result<Self> {
        let client = Client::of(deployment)?;
        let memory = client.memory.clone();
        let (open, is_open) = watch::channel(true);
        let mut clients = JoinSet::new();
        let owner_url = deployment.cluster.owner_url();
        clients.spawn(watch_for_active(memory.clone(), owner_url));
        clients.spawn(arrive(client, rate, is_open));
        Ok(Self {
            memory,
            open,
            clients,
        })
    }

    /// Nobody begins any more; who has begun goes on.
    pub fn no_more(&self) {
        self.open.send_replace(false);
    }

    /// Ends all clients.
    pub async fn end(mut self) {
        self.clients.shutdown().await;
    }
}

#[derive(Clone)]
struct Client {
    servers: Servers,
    memory: Memory,
    owner_url: Arc<str>,
}

async fn arrive(client: Client, rate: f64, mut open: watch::Receiver<bool>) {
    let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut clients = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            _ = open.wait_for(|open| !*open) => break,
        }
        while clients.try_join_next().is_some() {}
        if clients.len() < AT_ONCE {
            number += 1;
            clients.spawn(client.clone().onboard(number % FOUND_OUT == 0));
        }
    }
    while clients.join_next().await.is_some() {}
}

impl Client {
    fn of(deployment: &Deployment) -> Result<Self> {
        Ok(Self {
            servers: deployment.servers()?,
            memory: Memory::default(),
            owner_url: deployment.cluster.owner_url().into(),
        })
    }

    /// From nobody to an acknowledged GREEN; and on to a late RED for some.
    async fn onboard(self, found_out: bool) {
        let email = fresh_email("outages");
        let number = self.memory.begin(email.clone());
        let id = self.create(&email).await;
        self.memory.note(number, |person| person.id = Some(id));
        for callback in [
            Callback::created(id).in_ms(-3000),
            Callback::pending(id).in_ms(-2000),
        ] {
            self.deliver(number, &callback).await;
        }
        let taken = self.deliver(number, &Callback::green(id)).await;
        self.memory
            .note(number, |person| person.green = Some(taken));
        if !found_out {
            return;
        }
        while self.memory.people()[number].active.is_none() {
            tokio::time::sleep(LOOK).await;
        }
        let later = rand::rng().random_range(0..6000);
        tokio::time::sleep(Duration::from_millis(later)).await;
        let taken = self.deliver(number, &Callback::red(id, "FINAL")).await;
        self.memory.note(number, |person| person.red = Some(taken));
    }

    async fn create(&self, email: &str) -> Uuid {
        let input = json!({"input": {"email": email, "customerType": "INDIVIDUAL"}});
        loop {
            let (api, _) = self.servers.next();
            let answer = tokio::time::timeout(PATIENCE, api.send(CREATE, input.clone())).await;
            if let Ok(Ok(answer)) = answer {
                let id = &answer.body["data"]["prospectCreate"]["prospect"]["prospectId"];
                if let Some(id) = id.as_str().and_then(|id| id.parse().ok()) {
                    return id;
                }
                // An earlier try came through and its answer didn't.
                if answer.code() == Some("CONFLICT")
                    && let Ok(id) = self.find(email).await
                {
                    return id;
                }
            }
            pause().await;
        }
    }

    async fn find(&self, email: &str) -> Result<Uuid> {
        let mut connection = PgConnection::connect(&self.owner_url).await?;
        Ok(
            sqlx::query_scalar("SELECT id FROM prospects WHERE email = $1")
                .bind(email)
                .fetch_one(&mut connection)
                .await?,
        )
    }

    /// Sends it until somebody has taken it; answers when that was.
    async fn deliver(&self, number: usize, callback: &Callback) -> Instant {
        tell(&self.servers, callback).await;
        let taken = callback.correlation();
        self.memory.note(number, |person| person.taken.push(taken));
        Instant::now()
    }
}

/// Sends a callback until somebody has taken it.
pub async fn tell(servers: &Servers, callback: &Callback) {
    loop {
        let (_, sumsub) = servers.next();
        let answer = tokio::time::timeout(PATIENCE, sumsub.send(callback)).await;
        if let Ok(Ok(StatusCode::OK)) = answer {
            return;
        }
        pause().await;
    }
}

/// So many onboardings, `at_once` of them under way.
///
/// # Errors
/// When no client can be made.
pub async fn crowd(deployment: &Deployment, count: usize, at_once: usize) -> Result<()> {
    let client = Client::of(deployment)?;
    let all = (0..count).map(|_| client.clone().onboard(false));
    futures::stream::iter(all)
        .buffer_unordered(at_once)
        .collect::<()>()
        .await;
    Ok(())
}

/// So many prospects whom nobody has told anything of.
///
/// # Errors
/// When no client can be made.
pub async fn prospects(deployment: &Deployment, count: usize) -> Result<Vec<Uuid>> {
    let client = Client::of(deployment)?;
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        ids.push(client.create(&fresh_email("outages")).await);
    }
    Ok(ids)
}

async fn pause() {
    let pause = rand::rng().random_range(150..450);
    tokio::time::sleep(Duration::from_millis(pause)).await;
}

/// Writes down who is Active, from the database itself.
async fn watch_for_active(memory: Memory, owner_url: String) {
    let mut connection = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let awaited = memory.awaited();
        if awaited.is_empty() {
            continue;
        }
        let look = look(&mut connection, &owner_url, &awaited);
        match tokio::time::timeout(Duration::from_secs(3), look).await {
            Ok(Ok(active)) => {
                let now = Instant::now();
                for person in memory.people().iter_mut() {
                    if person.id.is_some_and(|id| active.contains(&id)) {
                        person.active = Some(now);
                    }
                }
            }
            _ => connection = None,
        }
    }
}

async fn look(
    connection: &mut Option<PgConnection>,
    owner_url: &str,
    awaited: &[Uuid],
) -> Result<HashSet<Uuid>> {
    if connection.is_none() {
        *connection = Some(PgConnection::connect(owner_url).await?);
    }
    let connection = connection.as_mut().context("it was just made")?;
    let active =
        sqlx::query_scalar("SELECT id FROM customers WHERE id = ANY($1) AND activity = 'active'")
            .bind(awaited)
            .fetch_all(connection)
            .await?;
    Ok(active.into_iter().collect())
}
