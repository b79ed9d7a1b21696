//! The background loops of a process, and whether they turn.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use claim_loop::{Wakeups, Work};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vitals::Pulse;

/// A loop that got on with nothing for so long is late: the process isn't ready. Every call in it has a shorter time-out.
pub const LATE: Duration = Duration::from_secs(60);
/// After so long it hangs, and only a restart is likely to mend it: the process isn't live.
pub const HANGS: Duration = Duration::from_secs(180);

struct Watched {
    name: &'static str,
    task: JoinHandle<()>,
    /// None for what only waits for its end.
    pulse: Option<Pulse>,
}

impl Watched {
    fn trouble(&self, limit: Duration) -> Option<String> {
        if self.task.is_finished() {
            return Some(
                "this loop has ended, which it never should: the log says why; restart the process"
                    .to_owned(),
            );
        }
        let age = self.pulse.as_ref()?.age();
        (age >= limit).then(|| {
            format!(
                "this loop has got on with nothing for {} s: look at the log for what it waits for; a restart of the process \
                 begins it anew, and loses nothing",
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

    /// Runs a loop, which rests by [`vitals::rest`] between its turns.
    pub fn spawn(&self, name: &'static str, looping: impl Future<Output = ()> + Send + 'static) {
        let pulse = Pulse::new();
        let its = pulse.clone();
        let task = tokio::spawn(async move { its.of(looping).await });
        self.watch(name, task, Some(pulse));
    }

    /// Runs what has no turns, and only must not end before its time.
    pub fn hold(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.watch(name, tokio::spawn(work), None);
    }

    /// Runs a claim loop over a work queue.
    pub fn drain(&self, wakeups: &Wakeups, work: impl Work) {
        let name = work.name();
        let (task, pulse) = claim_loop::spawn(wakeups, work, self.stop_token());
        self.watch(name, task, Some(pulse));
    }

    fn watch(&self, name: &'static str, task: JoinHandle<()>, pulse: Option<Pulse>) {
        self.lock().push(Watched { name, task, pulse });
    }

    /// Each loop's name, and what is wrong with it if it got on with nothing for so long, or has ended. When they are to end,
    /// nothing is wrong.
    #[must_use]
    pub fn states(&self, limit: Duration) -> Vec<(&'static str, Option<String>)> {
        let stopping = self.stop.is_cancelled();
        self.lock()
            .iter()
            .map(|watched| {
                let trouble = (!stopping).then(|| watched.trouble(limit));
                (watched.name, trouble.flatten())
            })
            .collect()
    }

    /// How long ago each loop got on.
    #[must_use]
    pub fn ages(&self) -> Vec<(&'static str, Duration)> {
        self.lock()
            .iter()
            .filter_map(|watched| Some((watched.name, watched.pulse.as_ref()?.age())))
            .collect()
    }

    /// All of them, for who waits for their end.
    #[must_use]
    pub fn take(&self) -> Vec<(&'static str, JoinHandle<()>)> {
        std::mem::take(&mut *self.lock())
            .into_iter()
            .map(|watched| (watched.name, watched.task))
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Watched>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use claim_loop::{Turn, WorkError};

    use super::*;

    /// Its batches never end, or all fail.
    struct Stuck {
        hangs: bool,
    }

    #[async_trait::async_trait]
    impl Work for Stuck {
        fn name(&self) -> &'static str {
            if self.hangs { "hanging" } else { "failing" }
        }

        fn channel(&self) -> &'static str {
            "nobody"
        }

        async fn batch(&self) -> Result<Turn, WorkError> {
            if self.hangs {
                std::future::pending::<()>().await;
            }
            Err("the database is away".into())
        }
    }

    async fn troubled(loops: &Loops, limit: Duration, name: &str) -> String {
        loop {
            let states = loops.states(limit);
            let trouble = states.into_iter().find(|(known, _)| *known == name);
            match trouble {
                Some((_, Some(reason))) => return reason,
                _ => tokio::task::yield_now().await,
            }
        }
    }

    #[tokio::test]
    async fn a_loop_that_ends_or_panics_is_said() {
        let loops = Loops::new(CancellationToken::new());
        let stop = loops.stop_token();
        loops.hold("lasting", async move { stop.cancelled().await });
        loops.spawn("dead", async { panic!("on purpose") });
        let reason = troubled(&loops, LATE, "dead").await;
        assert!(reason.contains("ended"), "{reason}");
        assert_eq!(loops.states(LATE)[0], ("lasting", None));
        loops.stop_token().cancel();
        for (_, task) in loops.take() {
            let _ = task.await;
        }
    }

    #[tokio::test]
    async fn a_loop_that_hangs_is_said_and_one_that_fails_again_and_again_turns() {
        let nobody = sqlx::postgres::PgPoolOptions::new()
            .acquire_timeout(Duration::from_millis(50))
            .connect_lazy("postgres://nobody@127.0.0.1:1/nothing")
            .unwrap();
        let loops = Loops::new(CancellationToken::new());
        let stop = loops.stop_token();
        let wakeups = Wakeups::start(&nobody, stop.clone());
        loops.drain(&wakeups, Stuck { hangs: true });
        loops.drain(&wakeups, Stuck { hangs: false });
        loops.spawn("resting", async move {
            while vitals::rest(Duration::from_millis(5), &stop).await {}
        });
        let second = Duration::from_secs(1);
        loop {
            let ages = loops.ages();
            if ages[1..].iter().all(|(_, age)| *age + second < ages[0].1) {
                break;
            }
            tokio::task::yield_now().await;
        }
        let reason = troubled(&loops, second, "hanging").await;
        assert!(reason.contains("restart"), "{reason}");
        loops.stop_token().cancel();
        assert_eq!(loops.states(second)[0].1, None, "it is stopping");
    }
}
