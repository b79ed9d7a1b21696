//! The database, as a service has it: sqlx's pool for what needs a transaction, and beside it connections for statements that
//! stand alone.
//!
//! A pool of sqlx 0.8 asks a connection that is given back for a sign of life, and we ask it whether somebody left it inside a
//! transaction: two round trips for a look that takes one. A statement that stands alone opens no transaction, and whether it was
//! given up half way is known here without asking. So its connection is kept as it is.
//!
//! And PostgreSQL plans many a prepared statement at each look, because it takes one plan for all parameters to be dearer than it
//! is: that takes longer than the look. So these connections are of two kinds. Those for statements run on `&Database` plan a
//! statement once for all its parameters; those for statements run on [`Database::planned`] plan it each time. Both plan by index: a
//! whole table is read only where none helps, also by a plan that was made when it was small.

mod alone;
mod plans;
mod reading;

use std::{fmt, ops::Deref, sync::Arc, time::Duration};

use futures::{TryStreamExt as _, future::BoxFuture, stream::BoxStream};
use sqlx::{
    Describe, Either, Execute, Executor, PgConnection, PgPool, Postgres, Row as _,
    postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::time::timeout;

use alone::{Alone, Lent};
pub use plans::PLANNED_ONCE;
use plans::{PLANNED_EACH_TIME, depends_on_parameters, setting};
pub use reading::Reading;

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

/// sqlx's pool, which it derefs to, and connections for statements that stand alone. Clones share them.
///
/// A statement run on `&Database` has one plan for all its parameters, unless it says itself that its best plan depends on them (a
/// condition that may be left out). One of which only its author knows that is run on [`Database::planned`].
#[derive(Clone)]
pub struct Database {
    pool: PgPool,
    alone: Arc<Alone>,
    /// None through a pooler: in its sessions nothing is set.
    planned: Option<Arc<Alone>>,
}

/// Runs a statement that stands alone, planned for its parameters, by indexes and never by a whole table, whatever PostgreSQL
/// supposes about how many rows have a part of a text. For searches and lists that end after some rows: a plan for the usual
/// part is ruinous for a rare one.
#[derive(Clone, Copy)]
pub struct Planned<'d>(&'d Database);

impl Database {
    /// How many connections it has at most for statements that are planned once: they are short, so few do. When all are in use,
    /// the pool helps out.
    pub const ALONE: u32 = 4;
    /// How many it has at most for statements that are planned each time; the pool helps out here, too.
    pub const PLANNED: u32 = 4;
    /// How many it has at most beside the pool's.
    pub const CONNECTIONS: u32 = Self::ALONE + Self::PLANNED;

    /// Of a pool whose sessions aren't its own, because a pooler hands them to others as well: nothing is set in them.
    #[must_use]
    pub fn through_a_pooler(pool: PgPool) -> Self {
        Self {
            pool,
            alone: Arc::new(Alone::new(Self::ALONE, &[])),
            planned: None,
        }
    }

    /// Where statements are planned for their parameters.
    #[must_use]
    pub fn planned(&self) -> Planned<'_> {
        Planned(self)
    }

    /// How many of the connections beside the pool's are in use, and how many idle.
    #[must_use]
    pub fn connections_alone(&self) -> (u32, u32) {
        let (in_use, idle) = self.alone.count();
        let planned = self.planned.as_ref().map(|planned| planned.count());
        let (planned_in_use, planned_idle) = planned.unwrap_or_default();
        (
            in_use.saturating_add(planned_in_use),
            idle.saturating_add(planned_idle),
        )
    }

    /// A connection for one read that asks for an operation, planned once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reading(&self) -> Result<Reading<'_>, sqlx::Error> {
        self.lend("").await.map(Reading)
    }

    fn pool(&self) -> &PgPool {
        &self.pool
    }

    async fn lend(&self, sql: &str) -> Result<Lent<'_>, sqlx::Error> {
        let alone = match &self.planned {
            Some(planned) if depends_on_parameters(sql) => planned,
            _ => &self.alone,
        };
        match alone.lend(&self.pool).await? {
            Some(alone) => Ok(alone),
            None => self.pool.acquire().await.map(Lent::OfThePool),
        }
    }
}

impl<'d> Planned<'d> {
    fn pool(self) -> &'d PgPool {
        &self.0.pool
    }

    async fn lend(self, _sql: &str) -> Result<Lent<'d>, sqlx::Error> {
        let Database { pool, planned, .. } = self.0;
        if let Some(planned) = planned
            && let Some(alone) = planned.lend(pool).await?
        {
            return Ok(alone);
        }
        let begin = format!("BEGIN; {}", setting("SET LOCAL", &PLANNED_EACH_TIME));
        let transaction = pool.begin_with(begin).await?;
        Ok(Lent::InATransaction(transaction))
    }
}

impl From<PgPool> for Database {
    fn from(pool: PgPool) -> Self {
        Self {
            pool,
            alone: Arc::new(Alone::new(Self::ALONE, &PLANNED_ONCE)),
            planned: Some(Arc::new(Alone::new(Self::PLANNED, &PLANNED_EACH_TIME))),
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

impl fmt::Debug for Planned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Planned").field(self.0).finish()
    }
}

/// Runs statements on what `lend` lends.
macro_rules! on_what_is_lent {
    ($executor:ty) => {
        impl<'d> Executor<'d> for $executor {
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
                    let mut lent = self.lend(query.sql()).await?;
                    {
                        let mut answers = lent.connection().fetch_many(query);
                        while let Some(answer) = answers.try_next().await? {
                            yield answer;
                        }
                    }
                    lent.give_back().await?;
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
                    let mut lent = self.lend(query.sql()).await?;
                    let row = lent.connection().fetch_optional(query).await?;
                    lent.give_back().await?;
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
                self.pool().prepare_with(sql, parameters)
            }

            fn describe<'e, 'q: 'e>(
                self,
                sql: &'q str,
            ) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
            where
                'd: 'e,
            {
                self.pool().describe(sql)
            }
        }
    };
}

on_what_is_lent!(&'d Database);
on_what_is_lent!(Planned<'d>);

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
