//! Tells the other servers that a loop lives: an advisory lock on a connection of its own. When the process dies,
//! so does the lock, and what the loop was running is taken over at once instead of after a lease.

use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::sync::Mutex;

/// First key of the advisory locks; the worker's number is the second.
pub(crate) const LOCK_CLASS: i32 = 7600;

/// One loop's sign of life.
pub(crate) struct Presence {
    pub(crate) worker: i32,
    connection: Mutex<Option<PgConnection>>,
}

impl Presence {
    pub(crate) fn new() -> Self {
        Self {
            worker: rand::random_range(1..i32::MAX),
            connection: Mutex::new(None),
        }
    }

    /// Sees to it that the lock is held.
    pub(crate) async fn assert(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut connection = self.connection.lock().await;
        if let Some(alive) = connection.as_mut()
            && alive.ping().await.is_ok()
        {
            return Ok(());
        }
        let mut fresh = PgConnection::connect_with(&pool.connect_options()).await?;
        sqlx::query!("SELECT pg_advisory_lock($1, $2)", LOCK_CLASS, self.worker)
            .fetch_one(&mut fresh)
            .await?;
        *connection = Some(fresh);
        Ok(())
    }
}
