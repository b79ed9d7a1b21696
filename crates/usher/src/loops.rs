//! The background loops of a process, and whether they live.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// All loops of a process.
#[derive(Clone)]
pub struct Loops {
    stop: CancellationToken,
    tasks: Arc<Mutex<Vec<(&'static str, JoinHandle<()>)>>>,
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
        self.watch(name, tokio::spawn(future));
    }

    /// Keeps an eye on a loop that runs already.
    pub fn watch(&self, name: &'static str, task: JoinHandle<()>) {
        self.lock().push((name, task));
    }

    /// Each loop's name, and why it isn't alive if it isn't.
    #[must_use]
    pub fn states(&self) -> Vec<(&'static str, Option<String>)> {
        self.lock()
            .iter()
            .map(|(name, task)| {
                (
                    *name,
                    task.is_finished()
                        .then(|| "this loop has ended; restart the process".to_owned()),
                )
            })
            .collect()
    }

    /// Waits until all of them have ended.
    pub async fn ended(&self) {
        let tasks = std::mem::take(&mut *self.lock());
        for (name, task) in tasks {
            if let Err(error) = task.await
                && error.is_panic()
            {
                tracing::error!(name, "a loop has panicked");
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(&'static str, JoinHandle<()>)>> {
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
