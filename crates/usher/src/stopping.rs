//! The end of a process, in order: it says that it is not ready, still serves for a while, closes its listeners, lets end what was
//! begun, and says what it waited for. Nothing holds it up beyond its limit.

use std::{collections::BTreeMap, future::Future, time::Duration};

use sqlx::PgPool;
use tokio::{
    signal::unix::{SignalKind, signal},
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{app, database::Reserved, failure::Failure, loops::Loops};

/// What takes less is not worth a word.
const WORTH_A_WORD: Duration = Duration::from_millis(100);

/// How long the end may take.
#[derive(Clone, Copy, Debug)]
pub struct StopDeadlines {
    /// How long everything is still served once we are no longer ready: whoever sends us requests has to hear of it.
    pub delay: Duration,
    /// When the process ends at the latest, counted from the signal.
    pub limit: Duration,
}

/// Tells the parts of a process when to end.
#[derive(Clone, Default)]
pub struct Stop {
    /// Somebody wants us to stop: not ready any more, but all is served.
    pub asked: CancellationToken,
    /// Nothing new is taken on, event streams end, loops finish what they have in hand.
    pub close: CancellationToken,
    /// Health and metrics end, too.
    pub over: CancellationToken,
    hurry: CancellationToken,
}

impl Stop {
    /// At SIGTERM, Ctrl-C or when the terminal is closed; a second one skips the delay.
    ///
    /// # Errors
    /// When the signals can't be listened to.
    pub fn at_signals() -> Result<Self, Failure> {
        let stop = Self::default();
        for kind in [
            SignalKind::terminate(),
            SignalKind::interrupt(),
            SignalKind::hangup(),
        ] {
            let mut signals = signal(kind).map_err(|error| {
                Failure::other(format!("Signals can't be listened to: {error}."))
            })?;
            let stop = stop.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    if stop.asked.is_cancelled() {
                        stop.hurry.cancel();
                    }
                    stop.asked.cancel();
                }
            });
        }
        Ok(stop)
    }
}

/// What runs until it is stopped.
pub struct Running {
    /// The listeners, by name, but for the ops listener.
    pub listeners: Vec<(&'static str, JoinHandle<()>)>,
    pub ops: (&'static str, JoinHandle<()>),
    pub loops: Loops,
    pub pool: PgPool,
    pub reserved: Reserved,
}

/// Waits until somebody wants us to stop, then brings everything to its end.
///
/// # Errors
/// When something didn't end within the limit.
pub async fn when_asked(
    stop: &Stop,
    deadlines: StopDeadlines,
    running: Running,
) -> Result<(), Failure> {
    stop.asked.cancelled().await;
    let began = Instant::now();
    let mut waits = Waits::until(began + deadlines.limit);
    tracing::info!(
        delay_s = deadlines.delay.as_secs_f64(),
        limit_s = deadlines.limit.as_secs_f64(),
        "stopping: not ready any more; all is still served until the delay is over"
    );
    let delay = tokio::time::sleep(deadlines.delay.min(deadlines.limit));
    if stop.hurry.run_until_cancelled(delay).await.is_none() {
        tracing::info!("a second signal: the rest of the delay is skipped");
    }
    stop.close.cancel();
    for (name, task) in running.listeners {
        waits.on(format!("open requests of the {name} listener"), task);
    }
    for (name, task) in running.loops.take() {
        waits.on(format!("loop {name}"), task);
    }
    waits.all().await;
    // Whoever looks hears of us until here.
    stop.over.cancel();
    let (name, ops) = running.ops;
    waits.on(format!("open requests of the {name} listener"), ops);
    let pool = running.pool.clone();
    let sealing = async move { app::last_seal(&pool).await };
    waits.on("the last audit seal".to_owned(), tokio::spawn(sealing));
    waits.all().await;
    let closing = async move {
        running.reserved.close().await;
        running.pool.close().await;
    };
    waits.on(
        "the database's connections".to_owned(),
        tokio::spawn(closing),
    );
    waits.all().await;
    waits.say(began, deadlines.limit)
}

/// What is waited for at the end.
struct Waits {
    end: Instant,
    under_way: JoinSet<String>,
    names: BTreeMap<String, Instant>,
    waited: Vec<String>,
    given_up: Vec<String>,
}

impl Waits {
    fn until(end: Instant) -> Self {
        Self {
            end,
            under_way: JoinSet::new(),
            names: BTreeMap::new(),
            waited: Vec::new(),
            given_up: Vec::new(),
        }
    }

    fn on(&mut self, name: String, task: JoinHandle<()>) {
        self.names.insert(name.clone(), Instant::now());
        self.under_way.spawn(async move {
            if let Err(error) = task.await
                && error.is_panic()
            {
                tracing::error!(name, "it has panicked");
            }
            name
        });
    }

    /// Waits for all of it, or gives it up at the end.
    async fn all(&mut self) {
        let end = self.end;
        while let Ok(Some(ended)) = at_most(end, self.under_way.join_next()).await {
            let Ok(name) = ended else { continue };
            if let Some(since) = self.names.remove(&name)
                && since.elapsed() >= WORTH_A_WORD
            {
                let seconds = since.elapsed().as_secs_f64();
                self.waited.push(format!("{name} {seconds:.1} s"));
            }
        }
        self.given_up
            .extend(std::mem::take(&mut self.names).into_keys());
        self.under_way.detach_all();
        self.under_way = JoinSet::new();
    }

    fn say(&self, began: Instant, limit: Duration) -> Result<(), Failure> {
        let took_s = (began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        let waited = self.waited.join(", ");
        if self.given_up.is_empty() {
            tracing::info!(took_s, waited, "stopped");
            return Ok(());
        }
        let given_up = self.given_up.join(", ");
        tracing::error!(
            took_s,
            waited,
            given_up,
            "stopped at shutdown.limit: what was given up is rolled back, and taken up again by another process or the next start"
        );
        Err(Failure::other(format!(
            "It did not end within {} (shutdown.limit), and was given up: {given_up}. Nothing is lost: it is taken up again by \
             another process, or at the next start.",
            humantime::format_duration(limit)
        )))
    }
}

async fn at_most<T>(end: Instant, work: impl Future<Output = T>) -> Result<T, ()> {
    tokio::time::timeout_at(end, work).await.map_err(drop)
}
