//! The claim loop: drains a table that is a work queue, batch by batch, woken by `LISTEN`.
//!
//! The table is claimed with `FOR UPDATE SKIP LOCKED` by the [`Work`] itself; any number of loops, in any number
//! of processes, may drain one table. (`docs/decisions/0007-own-claim-loop.md` says why this is ours and not the crate `job`.)

mod backoff;
mod sums;
mod wakeups;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use backoff::pause_after;
pub use sums::{KeptSums, SumsTable};
pub use vitals::Pulse;
pub use wakeups::{Wakeup, Wakeups};

/// How long a loop sleeps at most when nothing wakes it: a lost notification costs this much.
const IDLE: Duration = Duration::from_secs(1);
/// The pause after a batch, unless the work has one of its own.
const BETWEEN_BATCHES: Duration = Duration::from_millis(10);
/// The pause after a failed batch (the database is away, say) begins here and doubles…
const PAUSE: Duration = Duration::from_millis(100);
/// …up to here.
const PAUSE_AT_MOST: Duration = Duration::from_secs(1);

/// How long our own database may take for one thing. It ends what takes longer itself (`database.statement_timeout`); this is for
/// one that is gone without a word, of which sqlx hears nothing.
const DATABASE_ANSWERS_WITHIN: Duration = Duration::from_secs(45);
/// The longest batch, unless the work has a limit of its own.
const LONGEST_BATCH: Duration = Duration::from_secs(120);

/// Whatever kept a batch from being done.
pub type WorkError = Box<dyn std::error::Error + Send + Sync>;

/// What a batch found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// There was work; there may be more.
    Worked,
    /// There was none; nothing falls due before this has passed (`None`: nobody knows).
    Idle(Option<Duration>),
}

/// A work queue.
#[async_trait::async_trait]
pub trait Work: Send + Sync + 'static {
    /// For logs and for the health check.
    fn name(&self) -> &'static str;
    /// The channel that is notified when there is new work.
    fn channel(&self) -> &'static str;
    /// How long the loop pauses after a batch: what comes meanwhile shares the next one, and whoever brings the work gets
    /// the processor.
    fn pause(&self) -> Duration {
        BETWEEN_BATCHES
    }
    /// After how long a batch is given up, as if the process had died in the middle of it: whom it waits for is gone.
    fn limit(&self) -> Duration {
        LONGEST_BATCH
    }
    /// Whether a batch waits for nobody but our own database, so that it is given up as soon as that is found to be gone without
    /// a word.
    fn is_ours_alone(&self) -> bool {
        true
    }
    /// Claims and does one batch. It may be dropped half way (see [`Work::limit`]).
    ///
    /// # Errors
    /// When the batch could not be done at all; it is tried again after a pause.
    async fn batch(&self) -> Result<Turn, WorkError>;
}

/// Nobody answered, and nobody said that he won't.
#[derive(Debug, thiserror::Error)]
#[error("no answer came in time")]
pub struct Silent;

/// Waits for our own database, for three quarters of a minute at most.
///
/// # Errors
/// The work's own, or [`Silent`].
pub async fn answered<T, E: Into<WorkError>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, WorkError> {
    match tokio::time::timeout(DATABASE_ANSWERS_WITHIN, work).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Silent.into()),
    }
}

/// Starts a loop over `work` until `stop` is cancelled; a batch under way is finished first.
pub fn spawn(
    wakeups: &Wakeups,
    work: impl Work,
    stop: CancellationToken,
) -> (tokio::task::JoinHandle<()>, Pulse) {
    let pulse = Pulse::new();
    let its = pulse.clone();
    let wakeups = wakeups.clone();
    let task = tokio::spawn(async move { its.of(run(wakeups, work, stop)).await });
    (task, pulse)
}

async fn run(wakeups: Wakeups, work: impl Work, stop: CancellationToken) {
    let (mut wakeup, mut silence) = (wakeups.on(work.channel()), wakeups.silence());
    let mut pause = PAUSE;
    while !stop.is_cancelled() {
        silence.mark_unchanged();
        let batch = tokio::select! {
            done = work.batch() => done,
            () = tokio::time::sleep(work.limit()) => Err(Silent.into()),
            _ = silence.changed(), if work.is_ours_alone() => Err(Silent.into()),
        };
        // One that fails again and again turns, too.
        vitals::beat();
        let wait = match batch {
            Ok(turn) => {
                pause = PAUSE;
                match turn {
                    Turn::Worked => {
                        tokio::time::sleep(work.pause()).await;
                        continue;
                    }
                    Turn::Idle(due) => due.map_or(IDLE, |due| due.min(IDLE)),
                }
            }
            Err(error) => {
                tracing::warn!(queue = work.name(), %error, "a batch failed, it is tried again");
                let wait = pause;
                pause = (pause * 2).min(PAUSE_AT_MOST);
                tokio::select! {
                    () = tokio::time::sleep(wait) => continue,
                    // Also when the connection is back.
                    () = wakeup.woken() => continue,
                    () = stop.cancelled() => return,
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
            () = wakeup.woken() => {}
        }
    }
}
