//! Whether a loop turns.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Who rests shows so often that it is only resting.
const WHILE_RESTING: Duration = Duration::from_secs(5);

/// Tells all that rest to look now.
static ROUSED: Notify = Notify::const_new();

tokio::task_local! {
    static PULSE: Pulse;
}

/// Tells that a loop is alive: when it last came round, or at least got on. What failed and is tried again is alive, too.
#[derive(Clone, Debug)]
pub struct Pulse {
    started: Instant,
    /// Milliseconds after `started`.
    last_beat: Arc<AtomicU64>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

impl Pulse {
    /// Of a loop that begins now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            last_beat: Arc::default(),
        }
    }

    /// Runs a loop with this pulse: [`beat`] and [`rest`] in it are its signs of life.
    pub async fn of<T>(&self, looping: impl Future<Output = T>) -> T {
        PULSE.scope(self.clone(), looping).await
    }

    /// How long ago it last beat.
    #[must_use]
    pub fn age(&self) -> Duration {
        let last = Duration::from_millis(self.last_beat.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(last)
    }

    fn beat(&self) {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_beat.store(millis, Ordering::Relaxed);
    }
}

/// The loop that this is called in, if it is one, gets on.
pub fn beat() {
    let _ = PULSE.try_with(Pulse::beat);
}

/// Rests until the next turn, or until all are [`rouse`]d; false once it is time to stop.
pub async fn rest(time: Duration, stop: &CancellationToken) -> bool {
    let mut left = time;
    let mut roused = pin!(ROUSED.notified());
    loop {
        beat();
        let nap = left.min(WHILE_RESTING);
        tokio::select! {
            biased;
            () = stop.cancelled() => return false,
            () = &mut roused => left = Duration::ZERO,
            () = tokio::time::sleep(nap) => left -= nap,
        }
        if left.is_zero() {
            beat();
            return true;
        }
    }
}

/// Ends the rest of all loops that rest: the clock was set forward, so something may be due.
pub fn rouse() {
    ROUSED.notify_waiters();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_loop_that_gets_on_beats() {
        let (turning, hanging) = (Pulse::new(), Pulse::new());
        while turning.age() < Duration::from_millis(20) {
            tokio::task::yield_now().await;
        }
        let before = hanging.age();
        turning.of(async { beat() }).await;
        assert!(turning.age() < before);
        assert!(hanging.age() >= before);
        // Nobody's.
        beat();
    }

    #[tokio::test]
    async fn who_rests_is_alive_and_stops_at_once() {
        let stop = CancellationToken::new();
        let pulse = Pulse::new();
        while pulse.age() < Duration::from_millis(20) {
            tokio::task::yield_now().await;
        }
        let before = pulse.age();
        assert!(pulse.of(rest(Duration::from_millis(1), &stop)).await);
        assert!(pulse.age() < before);
        let (roused, ()) = tokio::join!(rest(Duration::from_secs(600), &stop), async { rouse() });
        assert!(roused);
        stop.cancel();
        assert!(!rest(Duration::from_secs(600), &stop).await);
    }
}
