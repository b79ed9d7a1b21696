//! The background loops of a process, and whether they live.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use claim_loop::{Pulse, Wakeups, Work};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A claim loop that finishes no batch for so long is stuck: every call in it has a shorter time-out.
const STUCK_AFTER: Duration = Duration::from_secs(180);

struct Watched {
    name: &'static str,
    task: JoinHandle<()>,
    pulse: Option<Pulse>,
}

impl Watched {
    fn trouble(&self) -> Option<String> {
        if self.task.is_finished() {
            return Some("this loop has ended; restart the process".to_owned());
        }
        let age = self.pulse.as_ref()?.age();
        (age > STUCK_AFTER).then(|| {
            format!(
                "this loop has done nothing for {} s; look at the log",
                age.as_secs()
            )
        })
    }
}

/// All loops of a process.
#[derive(Clone)]
pub struct Loops {
    stop: CancellationToken,
    tasks: Arc<Mutex<Vec<Watched>>>,
}

impl Loops {
    /// None yet; they are to end when the token is cancelled.
    #[must_use]
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            stop,
            tasks: Arc::default(),
        }
    }

    /// Tells a loop when to end.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a loop.
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        self.lock().push(Watched {
            name,
            task: tokio::spawn(future),
            pulse: None,
        });
    }

    /// Runs a claim loop over a work queue.
    pub fn drain(&self, wakeups: &Wakeups, work: impl Work) {
        let name = work.name();
        let (task, pulse) = claim_loop::spawn(wakeups, work, self.stop_token());
        self.lock().push(Watched {
            name,
            task,
            pulse: Some(pulse),
        });
    }

    /// Each loop's name, and why it isn't alive if it isn't.
    #[must_use]
    pub fn states(&self) -> Vec<(&'static str, Option<String>)> {
        self.lock()
            .iter()
            .map(|watched| (watched.name, watched.trouble()))
            .collect()
    }

    /// Waits until all of them have ended.
    pub async fn ended(&self) {
        let tasks = std::mem::take(&mut *self.lock());
        for watched in tasks {
            if let Err(error) = watched.task.await
                && error.is_panic()
            {
                tracing::error!(name = watched.name, "a loop has panicked");
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Watched>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_loop_that_ends_or_panics_is_said() {
        let loops = Loops::new(CancellationToken::new());
        let stop = loops.stop_token();
        loops.spawn("lasting", async move { stop.cancelled().await });
        loops.spawn("dead", async { panic!("on purpose") });
        while loops.states().iter().all(|(_, reason)| reason.is_none()) {
            tokio::task::yield_now().await;
        }
        let states = loops.states();
        assert!(states[0].1.is_none());
        assert!(
            states[1]
                .1
                .as_deref()
                .is_some_and(|reason| reason.contains("ended"))
        );
        loops.stop_token().cancel();
        loops.ended().await;
    }
}
