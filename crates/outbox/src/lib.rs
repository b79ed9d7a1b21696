//! The outbox: events are written in the transaction that they tell of, so an event is there exactly when it happened.
//!
//! - [`Outbox::publish_all`] writes them when the transaction commits, and hands out *deliveries* to our own listeners.
//! - [`Deliveries`] drains the deliveries of one [`Listener`] by the claim loop: many at once, one record's in order, no owner.
//! - [`feed`] reads events in an order that has no gaps, for others (`docs/events.md`); [`drop_old`] makes room behind them.
//! - [`Outbox::changes`] tells live pages and subscriptions of what happens from now on.
//!
//! It knows no event by name: a domain declares its own ([`DomainEvent`]), and whoever hears one reads it as that domain's
//! ([`Event::read`]). The tables are in `0100_outbox.sql`.

mod cursor;
mod deliveries;
mod feed;
mod follow;
mod publish;
mod read;
mod retention;

use std::sync::{Arc, OnceLock};

use es_entity::{AtomicOperation, DbOp, hooks::HookOperation};
use futures::Stream;
use kernel::{DomainEvent, Event};
use sqlx::PgPool;
use uuid::Uuid;

pub use cursor::{Cursor, UnknownCursor};
pub use deliveries::{Deliveries, Listener};
pub use feed::{FeedError, Page, feed, has_read};
pub use follow::{EVENTS_CHANNEL, News};
pub use read::{Position, Recorded, exists, head, page};
pub use retention::{Dropped, drop_old, renew_era};

use follow::Follower;

/// The channel that is notified when there are deliveries.
pub const DELIVERIES_CHANNEL: &str = "usher_deliveries";

/// Somebody who acts in the very transaction in which events are published, just before it commits.
#[async_trait::async_trait]
pub trait TransactionListener: Send + Sync + 'static {
    /// The [`Listener::name`] whose deliveries this makes unnecessary.
    fn name(&self) -> &'static str;

    /// Acts on what the transaction publishes; answers the subjects for whom nothing is left to be delivered.
    ///
    /// # Errors
    /// When the database refuses or doesn't answer; then nothing of the transaction has happened.
    async fn hear(
        &self,
        op: &mut HookOperation<'_>,
        events: &[Event],
    ) -> Result<Vec<Uuid>, sqlx::Error>;
}

struct Inner {
    pool: PgPool,
    in_transaction: OnceLock<Arc<dyn TransactionListener>>,
    follower: Follower,
}

/// The outbox of a database. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

impl Outbox {
    /// Opens it; what is published from now on is told to whoever asks for [`Outbox::changes`].
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn open(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self(Arc::new(Inner {
            pool: pool.clone(),
            in_transaction: OnceLock::new(),
            follower: Follower::start(pool).await?,
        })))
    }

    /// Registers who acts in the publishing transaction. There is one at most: the first stays.
    pub fn in_transaction(&self, listener: Arc<dyn TransactionListener>) {
        if self.0.in_transaction.set(listener).is_err() {
            tracing::error!("somebody acts in the outbox's transactions already");
        }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    /// Begins a transaction that can publish.
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn begin_op(&self) -> Result<DbOp<'static>, sqlx::Error> {
        DbOp::init(&self.0.pool).await
    }

    /// Publishes events when the transaction commits, in this order and behind what it published before.
    ///
    /// # Errors
    /// When `op` is none that can wait for the commit, and the database refuses or doesn't answer.
    pub async fn publish_all<D: DomainEvent>(
        &self,
        op: &mut impl AtomicOperation,
        events: impl IntoIterator<Item = D>,
    ) -> Result<(), sqlx::Error> {
        publish::at_commit(self, op, events).await
    }

    /// Says from now on when there is something new to read, without telling it: costs nothing however slow its reader is.
    #[must_use]
    pub fn news(&self) -> News {
        self.0.follower.news()
    }

    /// Wakes whoever follows [`Outbox::changes`] when another process notifies [`EVENTS_CHANNEL`]; without it they look twice a second.
    pub fn woken_by(&self, mut wakeup: claim_loop::Wakeup) {
        let outbox = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                wakeup.woken().await;
                let Some(outbox) = outbox.upgrade() else {
                    return;
                };
                outbox.follower.look();
            }
        });
    }

    /// Up to where this process has told of events: whoever asks for [`Outbox::changes`] now hears at least of what comes behind it.
    #[must_use]
    pub fn told(&self) -> Position {
        self.0.follower.told()
    }

    /// Tells of every event from now on, of any process on the database, in order and at least once.
    pub fn changes(&self) -> impl Stream<Item = Event> + Send + 'static {
        self.0.follower.changes()
    }
}
