use std::{
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Mutex as Turn, Notify, oneshot},
    time::timeout,
};
use tracing::Instrument as _;

/// So many are done at once at most.
const AT_MOST: usize = 64;
/// After how long a group is given up though nobody answered: the database is gone without a word, and those behind it are not to
/// wait for that.
const LONGEST: Duration = Duration::from_secs(30);

/// What waits at the same moment is done together, in one transaction perhaps: neighbours share its costs, and who comes alone waits
/// for nobody.
#[derive(Debug)]
pub struct Together<T, A> {
    waiting: Mutex<Vec<(T, oneshot::Sender<A>)>>,
    came: Notify,
    /// How many there were at the end of the last group: its own, and those that waited meanwhile.
    turn: Turn<usize>,
    at_most: usize,
    longest: Duration,
    gathers_for: Duration,
}

impl<T, A> Default for Together<T, A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            came: Notify::default(),
            turn: Turn::default(),
            at_most: AT_MOST,
            longest: LONGEST,
            gathers_for: Duration::ZERO,
        }
    }
}

impl<T, A> Together<T, A> {
    /// A group waits so long for as many as there were just now: whoever was answered comes again at once, and would else make a crowd
    /// of its own, each time after the other. For work that costs many hardly more than one.
    #[must_use]
    pub fn gathering_for(gathers_for: Duration) -> Self {
        Self {
            gathers_for,
            ..Self::default()
        }
    }
}

impl<T: Send + 'static, A: Send + 'static> Together<T, A> {
    /// Does this one with those that wait already; `work` gives their answers in their order. None: this one is to be done by itself,
    /// because the work failed (or panicked, or took half a minute), or gave too few answers. The work goes on when nobody waits any
    /// more.
    pub async fn do_it<F, E>(&self, one: T, work: impl FnOnce(Vec<T>) -> F) -> Option<A>
    where
        F: Future<Output = Result<Vec<A>, E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        self.waiting().push((one, answer));
        self.came.notify_one();
        let mut crowd = tokio::select! {
            biased;
            answer = &mut answered => return answer.ok(),
            crowd = self.turn.lock() => crowd,
        };
        // Who had the turn may have done it just now.
        if let Ok(answer) = answered.try_recv() {
            return Some(answer);
        }
        if *crowd > 1 && !self.gathers_for.is_zero() {
            // In vain: then those that are there.
            let _ = timeout(self.gathers_for, self.gathered(*crowd)).await;
        }
        let (some, to): (Vec<T>, Vec<oneshot::Sender<A>>) = {
            let mut waiting = self.waiting();
            let many = waiting.len().min(self.at_most);
            waiting.drain(..many).unzip()
        };
        let count = some.len();
        let all = timeout(self.longest, work(some)).in_current_span();
        match tokio::spawn(all).await {
            Ok(Ok(Ok(answers))) => {
                for (answer, to) in answers.into_iter().zip(to) {
                    // Nobody waits for it any more.
                    let _ = to.send(answer);
                }
            }
            Ok(Ok(Err(error))) => {
                tracing::debug!(%error, count, "what was to be done together is done one by one");
            }
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(
                    count,
                    "what was to be done together did not come to its end: it is done one by one"
                );
            }
        }
        *crowd = count + self.waiting().len();
        answered.try_recv().ok()
    }

    async fn gathered(&self, how_many: usize) {
        while self.waiting().len() < how_many.min(self.at_most) {
            self.came.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(T, oneshot::Sender<A>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::task::JoinSet;

    use super::*;

    /// Each with how many were done together.
    fn sized(some: &[u32]) -> Result<Vec<(u32, usize)>, &'static str> {
        Ok(some.iter().map(|one| (*one, some.len())).collect())
    }

    #[tokio::test]
    async fn who_waits_meanwhile_is_done_together_in_order() {
        let together = Arc::new(Together::<u32, (u32, usize)> {
            at_most: 9,
            ..Together::default()
        });
        let begun = Arc::new(Notify::new());
        let go = Arc::new(Notify::new());
        let first = {
            let (together, begun, go) = (together.clone(), begun.clone(), go.clone());
            tokio::spawn(async move {
                let work = |some: Vec<u32>| async move {
                    begun.notify_one();
                    go.notified().await;
                    sized(&some)
                };
                together.do_it(0, work).await
            })
        };
        begun.notified().await;
        let mut others = JoinSet::new();
        for one in 1..=12 {
            let together = together.clone();
            others.spawn(async move {
                let work = |some: Vec<u32>| async move { sized(&some) };
                (one, together.do_it(one, work).await)
            });
        }
        while together.waiting().len() < 12 {
            tokio::task::yield_now().await;
        }
        go.notify_one();
        assert_eq!(first.await.unwrap(), Some((0, 1)));
        let mut sizes = Vec::new();
        for (one, answer) in others.join_all().await {
            let (same, size) = answer.unwrap();
            assert_eq!(same, one);
            sizes.push(size);
        }
        sizes.sort_unstable();
        assert_eq!(sizes, [3, 3, 3, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
    }

    /// One is done, two come meanwhile, and a little later `more`: how many were done with each of them.
    async fn after_a_crowd_of_three(gathers_for: Duration, more: u32) -> Vec<usize> {
        let together = Arc::new(Together::<u32, (u32, usize)>::gathering_for(gathers_for));
        let go = Arc::new(Notify::new());
        let mut others = JoinSet::new();
        let first = {
            let (together, go) = (together.clone(), go.clone());
            tokio::spawn(async move {
                let work = |some: Vec<u32>| async move {
                    go.notified().await;
                    sized(&some)
                };
                together.do_it(0, work).await
            })
        };
        let mut come = |one| {
            let together = together.clone();
            others.spawn(async move {
                let work = |some: Vec<u32>| async move { sized(&some) };
                together.do_it(one, work).await.unwrap().1
            });
        };
        while together.turn.try_lock().is_ok() {
            tokio::task::yield_now().await;
        }
        come(1);
        come(2);
        while together.waiting().len() < 2 {
            tokio::task::yield_now().await;
        }
        go.notify_one();
        assert_eq!(first.await.unwrap(), Some((0, 1)), "it waits for nobody");
        for one in 0..more {
            come(3 + one);
        }
        let mut sizes = others.join_all().await;
        sizes.sort_unstable();
        sizes
    }

    #[tokio::test]
    async fn who_was_answered_is_waited_for_and_not_for_long() {
        let long = Duration::from_secs(600);
        assert_eq!(after_a_crowd_of_three(long, 1).await, [3, 3, 3]);
        let short = Duration::from_millis(20);
        assert_eq!(after_a_crowd_of_three(short, 0).await, [2, 2]);
    }

    async fn done(some: Vec<u32>) -> Result<Vec<u32>, &'static str> {
        Ok(some)
    }

    #[tokio::test]
    async fn work_that_fails_leaves_nobody_waiting() {
        let together = Together::<u32, u32>::default();
        let panics = |_| async {
            if true {
                panic!("on purpose");
            }
            Ok::<_, &str>(Vec::new())
        };
        assert_eq!(together.do_it(1, panics).await, None);
        let few = |_| async { Ok::<_, &str>(Vec::new()) };
        assert_eq!(together.do_it(2, few).await, None);
        let fails = |_| async { Err("on purpose") };
        assert_eq!(together.do_it(3, fails).await, None);
        assert_eq!(together.do_it(4, done).await, Some(4));
    }

    #[tokio::test]
    async fn work_that_never_ends_is_given_up() {
        let together = Together::<u32, u32> {
            longest: Duration::from_millis(20),
            ..Together::default()
        };
        let never = |_| std::future::pending::<Result<Vec<u32>, &str>>();
        assert_eq!(together.do_it(1, never).await, None);
        assert_eq!(together.do_it(2, done).await, Some(2));
    }
}
