use std::{
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Mutex as Turn, oneshot},
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
    turn: Turn<()>,
    at_most: usize,
    longest: Duration,
}

impl<T, A> Default for Together<T, A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: Turn::default(),
            at_most: AT_MOST,
            longest: LONGEST,
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
        let _turn = tokio::select! {
            biased;
            answer = &mut answered => return answer.ok(),
            turn = self.turn.lock() => turn,
        };
        // Who had the turn may have done it just now.
        if let Ok(answer) = answered.try_recv() {
            return Some(answer);
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
        answered.try_recv().ok()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(T, oneshot::Sender<A>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::{sync::Notify, task::JoinSet};

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
