//! Telling this process's pages and subscriptions of what is published, by any process.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{Stream, StreamExt as _, stream};
use kernel::Event;
use sqlx::PgPool;
use tokio::sync::{Notify, broadcast, broadcast::error::RecvError};

use crate::read::{self, Position};

/// The channel on which processes tell each other that there are new events.
pub const EVENTS_CHANNEL: &str = "usher_events";
/// How many events a slow page may lag behind before it reads them again itself.
const BUFFER: usize = 4096;
/// How many events are read at once.
const PAGE: i64 = 500;
/// After somebody published, an older transaction may hold the event up for a moment: the first looks follow quickly…
const SOON: Duration = Duration::from_millis(10);
/// …and then less and less so; this is what a lost notification costs.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// While nobody listens.
const NOBODY: Duration = Duration::from_secs(5);

struct Shared {
    pool: PgPool,
    wake: Notify,
    /// This process published: the others are to look, too.
    announce: AtomicBool,
    /// What was told last.
    position: Mutex<Position>,
}

impl Shared {
    fn position(&self) -> Position {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_position(&self, position: Position) {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = position;
    }
}

/// Reads the outbox's new events once for the whole process.
pub(crate) struct Follower {
    shared: Arc<Shared>,
    sender: broadcast::Sender<Arc<(Position, Event)>>,
}

impl Follower {
    /// Begins at the head. It ends with the last one who holds the follower.
    pub(crate) async fn start(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let shared = Arc::new(Shared {
            pool: pool.clone(),
            wake: Notify::new(),
            announce: AtomicBool::new(false),
            position: Mutex::new(read::head(pool).await?),
        });
        let (sender, _) = broadcast::channel(BUFFER);
        tokio::spawn(run(Arc::clone(&shared), sender.downgrade()));
        Ok(Self { shared, sender })
    }

    /// This process has published.
    pub(crate) fn published(&self) {
        self.shared.announce.store(true, Ordering::Relaxed);
        self.look();
    }

    /// Somebody may have published.
    pub(crate) fn look(&self) {
        self.shared.wake.notify_one();
    }

    pub(crate) fn news(&self) -> News {
        let news = News(self.sender.subscribe());
        self.look();
        news
    }

    pub(crate) fn told(&self) -> Position {
        self.shared.position()
    }

    pub(crate) fn changes(&self) -> impl Stream<Item = Event> + Send + 'static {
        // The place first: what comes between the two is told twice rather than never.
        let seen = self.shared.position();
        let listening = Listening {
            receiver: self.sender.subscribe(),
            shared: Arc::clone(&self.shared),
            seen,
            read_to: None,
        };
        self.look();
        stream::unfold(listening, |mut listening| async move {
            let events = listening.next().await?;
            Some((stream::iter(events), listening))
        })
        .flatten()
    }
}

async fn run(shared: Arc<Shared>, sender: broadcast::WeakSender<Arc<(Position, Event)>>) {
    let mut pause = LOOK_EVERY;
    while let Some(listeners) = sender.upgrade() {
        if shared.announce.swap(false, Ordering::Relaxed)
            && let Err(error) = announce(&shared.pool).await
        {
            tracing::debug!(%error, "other processes look for new events by themselves");
        }
        let looked = if listeners.receiver_count() == 0 {
            rest_at_head(&shared, &listeners).await.map(|()| NOBODY)
        } else {
            forward(&shared, &listeners).await.map(|()| LOOK_EVERY)
        };
        drop(listeners);
        let longest = looked.unwrap_or_else(|error| {
            tracing::debug!(%error, "the outbox can't be read; trying again");
            LOOK_EVERY
        });
        let wait = pause.min(longest);
        pause = (pause * 2).min(NOBODY);
        if tokio::time::timeout(wait, shared.wake.notified())
            .await
            .is_ok()
        {
            // Neighbours share a look.
            tokio::time::sleep(SOON).await;
            pause = SOON;
        }
    }
}

/// Outside of any transaction: one that notifies holds up every other that does while it commits.
async fn announce(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_notify($1, '')", EVENTS_CHANNEL)
        .fetch_one(pool)
        .await
        .map(|_| ())
}

/// Whoever comes hears of what is published from then on.
async fn rest_at_head(
    shared: &Shared,
    listeners: &broadcast::Sender<Arc<(Position, Event)>>,
) -> Result<(), sqlx::Error> {
    let head = read::head(&shared.pool).await?;
    // Who came meanwhile hears all that is behind the old place.
    if listeners.receiver_count() == 0 {
        shared.set_position(head);
    }
    Ok(())
}

async fn forward(
    shared: &Shared,
    listeners: &broadcast::Sender<Arc<(Position, Event)>>,
) -> Result<(), sqlx::Error> {
    loop {
        let position = shared.position();
        let events = read::page(&shared.pool, position, PAGE).await?;
        if events.is_empty() {
            // A database that was set back may have lost what was read last: its next events come before that place.
            if position != Position::START && !read::exists(&shared.pool, position).await? {
                shared.set_position(read::head(&shared.pool).await?);
            }
            return Ok(());
        }
        for recorded in events {
            // Nobody may listen any more.
            let _ = listeners.send(Arc::new((recorded.position, recorded.event)));
            shared.set_position(recorded.position);
        }
    }
}

/// Says that something was published, and not what: for who reads it from the outbox.
pub struct News(broadcast::Receiver<Arc<(Position, Event)>>);

impl News {
    /// Ready once something was published since this began to listen, or since it was asked last.
    pub async fn some(&mut self) {
        if let Err(RecvError::Closed) = self.0.recv().await {
            std::future::pending::<()>().await;
        }
    }
}

/// One who listens.
struct Listening {
    shared: Arc<Shared>,
    receiver: broadcast::Receiver<Arc<(Position, Event)>>,
    seen: Position,
    /// Up to where it has read by itself, after it lagged.
    read_to: Option<Position>,
}

impl Listening {
    /// Some events; none once the outbox is gone.
    async fn next(&mut self) -> Option<Vec<Event>> {
        loop {
            match self.receiver.recv().await {
                Ok(told) if self.read_to.is_some_and(|read_to| told.0 <= read_to) => {}
                Ok(told) => {
                    self.read_to = None;
                    self.seen = told.0;
                    return Some(vec![told.1.clone()]);
                }
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(_)) => match self.read_on().await {
                    Ok(events) => return Some(events),
                    Err(error) => tracing::warn!(%error, "a page has missed events"),
                },
            }
        }
    }

    /// Reads what it was too slow for.
    async fn read_on(&mut self) -> Result<Vec<Event>, sqlx::Error> {
        let mut missed = Vec::new();
        loop {
            let events = read::page(&self.shared.pool, self.seen, PAGE).await?;
            let Some(last) = events.last() else {
                self.read_to = Some(self.seen);
                return Ok(missed);
            };
            self.seen = last.position;
            missed.extend(events.into_iter().map(|recorded| recorded.event));
        }
    }
}
