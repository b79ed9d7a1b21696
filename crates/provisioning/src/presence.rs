//! Tells the other servers that this process lives: an advisory lock, on one connection for all of its loops. When the
//! process dies, so does the lock, and what it was running is taken over at once instead of after a lease. When its host
//! is gone without a word, or it stands still, PostgreSQL ends the session that says nothing any more.

use std::{io::ErrorKind, sync::Arc, time::Duration};

use claim_loop::{WorkError, answered};
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::{
    sync::{OnceCell, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// First key of the advisory locks; the worker's number is the second.
pub(crate) const LOCK_CLASS: i32 = 7600;

/// How often the session says that it lives…
const BEAT: Duration = Duration::from_secs(2);
/// …and after how long PostgreSQL ends one that says nothing: several beats, for a machine that is slow.
const SILENT_AT_MOST: &str = "10s";
/// How long anything on it may take; the batches wait twice as long for the lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before it is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// A process's sign of life.
pub(crate) struct Presence {
    pub(crate) worker: i32,
    sessions: PgPool,
    held: Arc<watch::Sender<bool>>,
    keeping: OnceCell<DropGuard>,
}

impl Presence {
    /// On a session such as this pool's.
    pub(crate) fn new(sessions: &PgPool) -> Self {
        Self {
            worker: rand::random_range(1..i32::MAX),
            sessions: sessions.clone(),
            held: Arc::new(watch::Sender::new(false)),
            keeping: OnceCell::new(),
        }
    }

    /// Sees to it that the lock is held.
    pub(crate) async fn assert(&self) -> Result<(), sqlx::Error> {
        self.keeping.get_or_init(|| async { self.keep() }).await;
        let mut held = self.held.subscribe();
        let waited = timeout(2 * PATIENCE, held.wait_for(|held| *held)).await;
        match waited {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(sqlx::Error::Io(std::io::Error::new(
                ErrorKind::TimedOut,
                "the database doesn't take our sign of life",
            ))),
        }
    }

    /// Waits for the database while our sign of life is shown there; without it, what we claimed is others' anyway, and a database
    /// that is gone without a word is found by it.
    pub(crate) async fn shown<T, E: Into<WorkError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, WorkError> {
        let mut held = self.held.subscribe();
        tokio::select! {
            answer = answered(work) => answer,
            _ = held.wait_for(|held| !held) => Err(claim_loop::Silent.into()),
        }
    }

    /// Keeps the lock until this is dropped.
    fn keep(&self) -> DropGuard {
        let stop = CancellationToken::new();
        let (sessions, worker) = (self.sessions.clone(), self.worker);
        let (held, stopped) = (Arc::clone(&self.held), stop.clone());
        tokio::spawn(stopped.run_until_cancelled_owned(async move {
            loop {
                let error = match within(take(&sessions, worker)).await {
                    Ok(mut connection) => {
                        held.send_replace(true);
                        let error = beat(&mut connection).await;
                        held.send_replace(false);
                        error
                    }
                    Err(error) => error,
                };
                tracing::warn!(%error, "the sign of life is lost; showing it again");
                sleep(PAUSE).await;
            }
        }));
        stop.drop_guard()
    }
}

/// Takes the lock. Who holds it still is a session of ours that is lost to us.
async fn take(sessions: &PgPool, worker: i32) -> Result<PgConnection, sqlx::Error> {
    let options = sessions.connect_options().as_ref().clone();
    let options = options.options([("idle_session_timeout", SILENT_AT_MOST)]);
    let mut connection = PgConnection::connect_with(&options).await?;
    sqlx::query!(
        r#"
        SELECT pg_terminate_backend(pid) AS "ended!" FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 2
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid = $1::int::oid AND objid = $2::int::oid
        "#,
        LOCK_CLASS,
        worker,
    )
    .fetch_all(&mut connection)
    .await?;
    sqlx::query!("SELECT pg_advisory_lock($1, $2)", LOCK_CLASS, worker)
        .fetch_one(&mut connection)
        .await?;
    Ok(connection)
}

/// Shows that we live until that fails; answers why.
async fn beat(connection: &mut PgConnection) -> sqlx::Error {
    loop {
        sleep(BEAT).await;
        if let Err(error) = within(connection.ping()).await {
            return error;
        }
    }
}

async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into())))
}
