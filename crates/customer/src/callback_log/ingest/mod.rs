//! Stores callbacks as they come. Requests that wait at the same moment share one insert and one commit.

mod incoming;
mod insert;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kernel::Database;
use sumsub::webhook::Callback;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    time::{sleep, timeout},
};

use super::CHANNEL;
use incoming::IncomingCallback;
use insert::insert;

/// How many callbacks share a commit at most.
const GROUP_AT_MOST: usize = 512;

/// How long the next group waits for the one before it…
const PATIENCE: Duration = Duration::from_millis(30);
/// …and how many may be under way when it has waited long enough.
const GROUPS_AT_ONCE: usize = 4;

/// Many groups wake the drain once: it does what came meanwhile together.
const BETWEEN_WAKES: Duration = Duration::from_millis(10);

/// After how long a group's lane is free again, though the database never answered. A row may be locked for a while
/// (`database.lock_timeout`).
const LONGEST: Duration = Duration::from_secs(30);

/// The callback could not be stored: Sumsub has to send it again.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the database does not take callbacks now")]
pub struct NotStored;

struct PendingStore {
    incoming: IncomingCallback,
    answer: oneshot::Sender<Result<(), NotStored>>,
}

/// How many callbacks have come in at this process since somebody looked last.
#[derive(Clone, Default)]
pub struct Pressure(Arc<AtomicU64>);

impl Pressure {
    /// How many, and begins to count anew.
    pub(crate) fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// The entrance of the callback log.
#[derive(Clone)]
pub struct Ingest {
    queue: mpsc::Sender<PendingStore>,
    pressure: Pressure,
}

impl Ingest {
    /// As many connections as it ever uses at the same time. It needs them for itself: who else floods the database must
    /// not keep a callback out.
    pub const CONNECTIONS: u32 = GROUPS_AT_ONCE as u32 + 1;

    /// Starts the tasks that store what arrives. They end when the last clone is dropped.
    #[must_use]
    pub fn start(pool: impl Into<Database>) -> Self {
        let pool = pool.into();
        let (queue, waiting) = mpsc::channel(4 * GROUP_AT_MOST);
        let (stored, wake) = mpsc::channel(1);
        tokio::spawn(wake_the_drain(pool.clone(), wake));
        tokio::spawn(store_groups(pool, waiting, stored));
        Self {
            queue,
            pressure: Pressure::default(),
        }
    }

    /// Waits until nobody stores any more what arrives: never, unless something is badly wrong.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }

    /// For the processing, which steps back while many come in.
    #[must_use]
    pub fn pressure(&self) -> Pressure {
        self.pressure.clone()
    }

    /// Stores a callback and answers once it is committed. `body` is what it was parsed from, as it was received.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn store(
        &self,
        callback: &Callback,
        body: impl Into<Vec<u8>>,
    ) -> Result<(), NotStored> {
        self.pressure.0.fetch_add(1, Ordering::Relaxed);
        let (answer, stored) = oneshot::channel();
        let incoming = IncomingCallback::new(callback, body.into());
        self.queue
            .send(PendingStore { incoming, answer })
            .await
            .map_err(|_| NotStored)?;
        stored.await.map_err(|_| NotStored)?
    }
}

/// One group after the other: the next gathers while this one is written, and fewer, larger ones cost PostgreSQL less than
/// several at once (measured: half as much again at 16 clients).
async fn store_groups(
    pool: Database,
    mut waiting: mpsc::Receiver<PendingStore>,
    stored: mpsc::Sender<()>,
) {
    let lanes = Arc::new(Semaphore::new(GROUPS_AT_ONCE));
    loop {
        let Ok(lane) = Arc::clone(&lanes).acquire_owned().await else {
            return;
        };
        let mut group = Vec::new();
        if waiting.recv_many(&mut group, GROUP_AT_MOST).await == 0 {
            return;
        }
        let (pool, stored) = (pool.clone(), stored.clone());
        let storing = tokio::spawn(async move {
            store_group(&pool, group, &stored).await;
            drop(lane);
        });
        // A repeat may wait for the processing of its row; nobody else has to.
        let _ = timeout(PATIENCE, storing).await;
    }
}

async fn store_group(pool: &Database, group: Vec<PendingStore>, stored: &mpsc::Sender<()>) {
    let (incoming, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|w| (w.incoming, w.answer)).unzip();
    let count = incoming.len();
    let results = timeout(LONGEST, store(pool, incoming))
        .await
        .unwrap_or_else(|_| vec![Err(NotStored); count]);
    // Full: the drain is about to be woken anyway.
    let _ = stored.try_send(());
    for (answer, result) in answers.into_iter().zip(results) {
        // Who hung up gets no answer; the callback is stored all the same.
        let _ = answer.send(result);
    }
}

/// Notifies after the commit, not in it: PostgreSQL lets only one transaction that notifies commit at a time, and
/// the groups would no longer share a flush. A notification that is lost costs the drain's idle pause.
async fn wake_the_drain(pool: Database, mut wake: mpsc::Receiver<()>) {
    while wake.recv().await.is_some() {
        let woken = sqlx::query!("SELECT pg_notify($1, '')", CHANNEL).fetch_one(&pool);
        if let Err(error) = claim_loop::answered(woken).await {
            tracing::debug!(%error, "the drain could not be woken, it looks by itself");
        }
        sleep(BETWEEN_WAKES).await;
    }
}

/// A bad item never fails its neighbours: a group that fails is stored one by one.
async fn store(pool: &Database, incoming: Vec<IncomingCallback>) -> Vec<Result<(), NotStored>> {
    match insert(pool, &incoming).await {
        Ok(()) => vec![Ok(()); incoming.len()],
        Err(error) if kernel::transient::is_transient(&error) => {
            tracing::error!(callbacks = incoming.len(), error = %error, "callbacks could not be stored");
            vec![Err(NotStored); incoming.len()]
        }
        Err(_) => {
            let mut results = Vec::with_capacity(incoming.len());
            for one in incoming {
                results.push(store_one(pool, one).await);
            }
            results
        }
    }
}

/// What the database refuses for good is stored bare: Sumsub would send it again for ever, and nobody would hear of it.
async fn store_one(pool: &Database, incoming: IncomingCallback) -> Result<(), NotStored> {
    let one = [incoming];
    let Err(error) = insert(pool, &one).await else {
        return Ok(());
    };
    let mut stored = Err(error);
    if stored
        .as_ref()
        .is_err_and(|error| !kernel::transient::is_transient(error))
    {
        let without_parsed_fields = one.map(IncomingCallback::without_parsed_fields);
        stored = insert(pool, &without_parsed_fields).await;
        tracing::warn!(key = %without_parsed_fields[0].key, ok = stored.is_ok(), "a callback was stored without what was read of it: the database refused that");
    }
    stored.map_err(|error| {
        tracing::error!(error = %error, "a callback could not be stored");
        NotStored
    })
}
