//! One `LISTEN` connection for everything in a process that waits to be woken.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{
    Executor as _, PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How often the connection is asked for a sign of life: a peer that vanished without a word is found by nothing else.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// How long anything on it may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before it is made again begins here and doubles…
const PAUSE: Duration = Duration::from_millis(100);
/// …up to here.
const PAUSE_AT_MOST: Duration = Duration::from_secs(2);

/// Hears what PostgreSQL notifies, for a whole process, over one connection.
///
/// The connection is beside the pool's own, and is made again for as long as it takes; what is notified meanwhile is lost, so
/// everybody is woken once it is back.
#[derive(Clone)]
pub struct Wakeups {
    board: Arc<Board>,
}

/// One waiter's ear on a channel.
pub struct Wakeup {
    heard: watch::Receiver<()>,
}

#[derive(Default)]
struct Board {
    channels: Mutex<BTreeMap<&'static str, watch::Sender<()>>>,
    /// Somebody has asked for a channel that may not be listened to yet.
    asked: Notify,
}

impl Wakeups {
    /// Listens until `stop` is cancelled. The connections are made as the pool would make its next one.
    #[must_use]
    pub fn start(pool: &PgPool, stop: CancellationToken) -> Self {
        let board = Arc::<Board>::default();
        let (pool, listening) = (pool.clone(), Arc::clone(&board));
        tokio::spawn(async move {
            stop.run_until_cancelled(listening.keep_listening(&pool))
                .await;
        });
        Self { board }
    }

    /// An ear on a channel: it hears what is notified from now on, and may hear once without cause.
    #[must_use]
    pub fn on(&self, channel: &'static str) -> Wakeup {
        let heard = self
            .board
            .channels()
            .entry(channel)
            .or_default()
            .subscribe();
        self.board.asked.notify_one();
        Wakeup { heard }
    }
}

impl Wakeup {
    /// Waits until the channel was notified since the last call, or something may have been missed. Any number of
    /// notifications count as one. May be dropped and called again without losing one.
    pub async fn woken(&mut self) {
        if self.heard.changed().await.is_err() {
            // Nobody listens any more: the process is stopping.
            std::future::pending().await
        }
    }
}

impl Board {
    fn channels(&self) -> MutexGuard<'_, BTreeMap<&'static str, watch::Sender<()>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, channel: &str) {
        if let Some(ear) = self.channels().get(channel) {
            ear.send_replace(());
        }
    }

    async fn keep_listening(&self, pool: &PgPool) {
        let mut pause = PAUSE;
        loop {
            let mut listening = Vec::new();
            let error = match connect(pool).await {
                Ok(mut listener) => self.listen(&mut listener, &mut listening).await,
                Err(error) => error,
            };
            if !listening.is_empty() {
                pause = PAUSE;
            }
            // Said once for each time that it is lost.
            if pause == PAUSE {
                tracing::warn!(%error, "the connection that hears notifications is lost; making it again");
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_AT_MOST);
        }
    }

    /// Listens until the connection fails; answers why. `listening` are the channels that it came to.
    async fn listen(
        &self,
        listener: &mut PgListener,
        listening: &mut Vec<&'static str>,
    ) -> sqlx::Error {
        loop {
            if let Err(error) = self.listen_to_all(listener, listening).await {
                return error;
            }
            tokio::select! {
                heard = listener.try_recv() => match heard {
                    Ok(Some(notification)) => {
                        self.wake(notification.channel());
                        while let Some(notification) = listener.next_buffered() {
                            self.wake(notification.channel());
                        }
                    }
                    Ok(None) => return sqlx::Error::Io(std::io::ErrorKind::ConnectionAborted.into()),
                    Err(error) => return error,
                },
                () = self.asked.notified() => {}
                () = sleep(ASK_EVERY) => {
                    if let Err(error) = within(listener.execute("SELECT 1")).await {
                        return error;
                    }
                }
            }
        }
    }

    /// Listens to what was asked for since; something may have been missed there.
    async fn listen_to_all(
        &self,
        listener: &mut PgListener,
        listening: &mut Vec<&'static str>,
    ) -> Result<(), sqlx::Error> {
        let wanted: Vec<&'static str> = self.channels().keys().copied().collect();
        for channel in wanted {
            if !listening.contains(&channel) {
                within(listener.listen(channel)).await?;
                listening.push(channel);
                self.wake(channel);
            }
        }
        Ok(())
    }
}

/// A pool of its own each time: a listener whose peer vanished gives its connection back only when the network gives up.
async fn connect(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let own = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(pool.connect_options().as_ref().clone());
    let mut listener = PgListener::connect_with(&own).await?;
    listener.eager_reconnect(false);
    Ok(listener)
}

async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
}
