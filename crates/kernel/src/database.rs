//! The database, as a service has it: sqlx's pool for what needs a transaction, and beside it connections for statements that
//! stand alone.
//!
//! A pool of sqlx 0.8 asks a connection that is given back for a sign of life, and we ask it whether somebody left it inside a
//! transaction: two round trips for a look that takes one. A statement that stands alone opens no transaction, and whether it was
//! given up half way is known here without asking. So its connection is kept as it is.

use std::{
    collections::VecDeque,
    fmt,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures::{TryStreamExt as _, future::BoxFuture, stream::BoxStream};
use sqlx::{
    Describe, Either, Execute, Executor, PgConnection, PgPool, Postgres, Row as _,
    pool::PoolConnection,
    postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// How long a request waits for a connection before it is told that the database is away.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How long an idle connection may take to show that it lives.
pub const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// One that answered so lately is handed out unasked: who gets it is no worse off than who was waiting for its answer just then.
pub const FRESH: Duration = Duration::from_millis(20);
/// One that is no older is asked each time whether it takes changes…
pub const YOUNG: Duration = Duration::from_secs(2);
/// …and of the others one in so many, so that none is asked never.
pub const ONE_IN: u32 = 32;
/// One that nobody needed for so long is closed…
const IDLE_AT_MOST: Duration = Duration::from_secs(10 * 60);
/// …and each when it is so old, as sqlx's pools do.
const OLD: Duration = Duration::from_secs(30 * 60);

/// sqlx's pool, which it derefs to, and connections for statements that stand alone: run those on `&Database`. Clones share both.
#[derive(Clone)]
pub struct Database {
    pool: PgPool,
    alone: Arc<Alone>,
}

struct Alone {
    places: Semaphore,
    /// The one that answered last is at the back, and is taken first.
    kept: Mutex<VecDeque<Kept>>,
}

struct Kept {
    connection: PgConnection,
    opened: Instant,
    answered: Instant,
    uses: u32,
}

/// A connection in use.
enum Lent<'a> {
    /// One that isn't given back, because its statement failed or nobody waited for its end, is closed.
    Alone(Kept, &'a Alone, SemaphorePermit<'a>),
    /// All of those are in use.
    OfThePool(PoolConnection<Postgres>),
}

impl Database {
    /// How many connections it has at most beside the pool's: statements are short, so few do. When all are in use, the pool helps out.
    pub const CONNECTIONS: u32 = 4;

    /// How many of the connections beside the pool's are in use, and how many idle.
    #[must_use]
    pub fn connections_alone(&self) -> (u32, u32) {
        let free = self.alone.places.available_permits();
        let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let in_use = Self::CONNECTIONS.saturating_sub(count(free));
        (in_use, count(self.alone.kept().len()))
    }

    async fn lend(&self) -> Result<Lent<'_>, sqlx::Error> {
        if self.pool.is_closed() {
            self.alone.kept().clear();
            return Err(sqlx::Error::PoolClosed);
        }
        let Ok(place) = self.alone.places.try_acquire() else {
            return self.pool.acquire().await.map(Lent::OfThePool);
        };
        while let Some(mut kept) = self.alone.take() {
            if kept.is_to_be_trusted().await {
                return Ok(Lent::Alone(kept, &self.alone, place));
            }
        }
        // Opened as the pool opens them: to the host of now, with the limits of a session.
        let connection = self.pool.acquire().await?.detach();
        let now = Instant::now();
        let kept = Kept {
            connection,
            opened: now,
            answered: now,
            uses: 0,
        };
        Ok(Lent::Alone(kept, &self.alone, place))
    }
}

impl Alone {
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
    fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Alone(kept, ..) => &mut kept.connection,
            Self::OfThePool(connection) => connection,
        }
    }

    fn give_back(self) {
        if let Self::Alone(mut kept, of, _place) = self {
            kept.answered = Instant::now();
            kept.uses = kept.uses.wrapping_add(1);
            of.kept().push_back(kept);
        }
    }
}

impl From<PgPool> for Database {
    fn from(pool: PgPool) -> Self {
        let places = usize::try_from(Self::CONNECTIONS).unwrap_or(1);
        Self {
            pool,
            alone: Arc::new(Alone {
                places: Semaphore::new(places),
                kept: Mutex::default(),
            }),
        }
    }
}

impl From<&PgPool> for Database {
    fn from(pool: &PgPool) -> Self {
        pool.clone().into()
    }
}

impl Deref for Database {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.pool
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl<'d> Executor<'d> for &'d Database {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        'd: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async_stream::try_stream! {
            let mut lent = self.lend().await?;
            {
                let mut answers = lent.connection().fetch_many(query);
                while let Some(answer) = answers.try_next().await? {
                    yield answer;
                }
            }
            lent.give_back();
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'd: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async move {
            let mut lent = self.lend().await?;
            let row = lent.connection().fetch_optional(query).await?;
            lent.give_back();
            Ok(row)
        })
    }

    fn prepare_with<'e, 'q: 'e>(
        self,
        sql: &'q str,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement<'q>, sqlx::Error>>
    where
        'd: 'e,
    {
        self.pool.prepare_with(sql, parameters)
    }

    fn describe<'e, 'q: 'e>(
        self,
        sql: &'q str,
    ) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'd: 'e,
    {
        self.pool.describe(sql)
    }
}

/// Whether a connection is outside a transaction and takes changes.
///
/// A `BEGIN` that is given up half way, because a browser went away, leaves one of sqlx 0.8 inside (its issues 4385 and 4393),
/// and whoever got it next would write into nowhere. And one to a server that became a standby, or that was opened while
/// the database took no changes, would refuse them for as long as it lives.
///
/// # Errors
/// When it can't be asked.
pub async fn is_sound(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    // Text alone is a simple query: only there is the first statement's time the transaction's.
    const IS_SOUND: &str = "SELECT transaction_timestamp() = statement_timestamp()
        AND NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'";
    connection.fetch_one(IS_SOUND).await?.try_get(0)
}

/// Ends a wait for the database.
///
/// # Errors
/// When its time is over, as the kernel would say it.
pub async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
}

#[cfg(test)]
mod tests;
