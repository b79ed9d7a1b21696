//! The claim loop: drains a table that is a work queue, batch by batch, woken by `LISTEN`.
//!
//! The table is claimed with `FOR UPDATE SKIP LOCKED` by the [`Work`] itself; any number of loops, in any number
//! of processes, may drain one table. (`design.md` says why this is ours and not `job`'s.)

mod backoff;
mod wakeups;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use backoff::pause_after;
pub use vitals::Pulse;
pub use wakeups::{Wakeup, Wakeups};

/// How long a loop sleeps at most when nothing wakes it: a lost notification costs this much.
const IDLE: Duration = Duration::from_secs(1);
/// The breath after a batch, unless the work has one of its own.
const BREATH: Duration = Duration::from_millis(10);
/// The pause after a failed batch (the database is away, say) begins here and doubles…
const PAUSE: Duration = Duration::from_millis(100);
/// …up to here.
const PAUSE_AT_MOST: Duration = Duration::from_secs(1);

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
    /// How long the loop breathes after a batch: what comes meanwhile shares the next one, and whoever brings the work gets
    /// the processor.
    fn breath(&self) -> Duration {
        BREATH
    }
    /// Claims and does one batch.
    ///
    /// # Errors
    /// When the batch could not be done at all; it is tried again after a pause.
    async fn batch(&self) -> Result<Turn, WorkError>;
}

/// Starts a loop over `work` until `stop` is cancelled; a batch under way is finished first.
pub fn spawn(
    wakeups: &Wakeups,
    work: impl Work,
    stop: CancellationToken,
) -> (tokio::task::JoinHandle<()>, Pulse) {
    let pulse = Pulse::new();
    let its = pulse.clone();
    let wakeup = wakeups.on(work.channel());
    let task = tokio::spawn(async move { its.of(run(wakeup, work, stop)).await });
    (task, pulse)
}

async fn run(mut wakeup: Wakeup, work: impl Work, stop: CancellationToken) {
    let mut pause = PAUSE;
    while !stop.is_cancelled() {
        let came = work.batch().await;
        // One that fails again and again turns, too.
        vitals::beat();
        let wait = match came {
            Ok(turn) => {
                pause = PAUSE;
                match turn {
                    Turn::Worked => {
                        tokio::time::sleep(work.breath()).await;
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
