//! Connections for statements that stand alone, kept as they are.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Executor as _, PgConnection, PgPool, Postgres, Transaction, pool::PoolConnection};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use super::{FRESH, ONE_IN, SIGN_OF_LIFE, YOUNG, is_sound, plans::setting, within};

/// When all are in use, one is waited for so long before the pool helps out: a look takes less, and the pool's questions more.
const SHORTLY: Duration = Duration::from_millis(2);
/// One that nobody needed for so long is closed…
const IDLE_AT_MOST: Duration = Duration::from_secs(10 * 60);
/// …and each when it is so old, as sqlx's pools do.
const OLD: Duration = Duration::from_secs(30 * 60);

/// Connections of one kind.
pub(super) struct Alone {
    at_most: u32,
    /// What is set in each session.
    settings: String,
    places: Semaphore,
    /// The one that answered last is at the back, and is taken first.
    kept: Mutex<VecDeque<Kept>>,
}

pub(super) struct Kept {
    connection: PgConnection,
    opened: Instant,
    answered: Instant,
    uses: u32,
}

/// A connection in use.
pub(super) enum Lent<'a> {
    /// One that isn't given back, because its statement failed or nobody waited for its end, is closed.
    Alone(Kept, &'a Alone, SemaphorePermit<'a>),
    /// All of those are in use.
    OfThePool(PoolConnection<Postgres>),
    /// The same, and something is set for this statement.
    InATransaction(Transaction<'static, Postgres>),
}

impl Alone {
    pub(super) fn new(at_most: u32, settings: &[(&str, &str)]) -> Self {
        Self {
            at_most,
            settings: setting("SET", settings),
            places: Semaphore::new(usize::try_from(at_most).unwrap_or(1)),
            kept: Mutex::default(),
        }
    }

    /// How many are in use, and how many idle.
    pub(super) fn count(&self) -> (u32, u32) {
        let free = self.places.available_permits();
        let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let in_use = self.at_most.saturating_sub(count(free));
        (in_use, count(self.kept().len()))
    }

    /// One of them; none when all are in use.
    pub(super) async fn lend(&self, pool: &PgPool) -> Result<Option<Lent<'_>>, sqlx::Error> {
        if pool.is_closed() {
            self.kept().clear();
            return Err(sqlx::Error::PoolClosed);
        }
        let place = match self.places.try_acquire() {
            Ok(place) => place,
            Err(_) => match timeout(SHORTLY, self.places.acquire()).await {
                Ok(Ok(place)) => place,
                Ok(Err(_)) | Err(_) => return Ok(None),
            },
        };
        while let Some(mut kept) = self.take() {
            if kept.is_to_be_trusted().await {
                return Ok(Some(Lent::Alone(kept, self, place)));
            }
        }
        // Opened as the pool opens them: to the host of now, with the limits of a session.
        let mut connection = pool.acquire().await?.detach();
        if !self.settings.is_empty() {
            connection.execute(&*self.settings).await?;
        }
        let now = Instant::now();
        let kept = Kept {
            connection,
            opened: now,
            answered: now,
            uses: 0,
        };
        Ok(Some(Lent::Alone(kept, self, place)))
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that answered last.
    fn take(&self) -> Option<Kept> {
        let mut kept = self.kept();
        while kept
            .front()
            .is_some_and(|longest| longest.answered.elapsed() > IDLE_AT_MOST)
        {
            kept.pop_front();
        }
        kept.pop_back()
    }
}

impl Kept {
    async fn is_to_be_trusted(&mut self) -> bool {
        let age = self.opened.elapsed();
        if age > OLD {
            return false;
        }
        let unasked =
            self.answered.elapsed() < FRESH && age >= YOUNG && !self.uses.is_multiple_of(ONE_IN);
        unasked
            || matches!(
                within(SIGN_OF_LIFE, is_sound(&mut self.connection)).await,
                Ok(true)
            )
    }
}

impl Lent<'_> {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Alone(kept, ..) => &mut kept.connection,
            Self::OfThePool(connection) => connection,
            Self::InATransaction(transaction) => transaction,
        }
    }

    pub(super) async fn give_back(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Alone(mut kept, of, _place) => {
                kept.answered = Instant::now();
                kept.uses = kept.uses.wrapping_add(1);
                of.kept().push_back(kept);
                Ok(())
            }
            Self::OfThePool(_) => Ok(()),
            Self::InATransaction(transaction) => transaction.commit().await,
        }
    }
}
