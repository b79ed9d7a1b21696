use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Mutex as Turn, oneshot},
    time::timeout,
};
use tracing::Instrument as _;

/// After how long a group is given up though nobody answered: the database is gone without a word, and those behind it are not to
/// wait for that.
const LONGEST: Duration = Duration::from_secs(30);

/// What waits at the same moment is done together, in one transaction perhaps: neighbours share its costs, and who comes alone waits
/// for nobody.
#[derive(Debug)]
pub struct Together<T, A> {
    waiting: Mutex<Vec<(T, oneshot::Sender<A>)>>,
    turn: Turn<()>,
    longest: Duration,
}

impl<T, A> Default for Together<T, A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: Turn::default(),
            longest: LONGEST,
        }
    }
}

impl<T: Send + 'static, A: Send + 'static> Together<T, A> {
    /// Does this one with those that wait already, `at_most` so many at once; `work` gives their answers in their order. None: the
    /// work failed before this one was answered, by a panic, by giving too few answers, or by taking half a minute. The work goes on
    /// when nobody waits any more.
    pub async fn do_it<F>(
        &self,
        one: T,
        at_most: usize,
        work: impl FnOnce(Vec<T>) -> F,
    ) -> Option<A>
    where
        F: Future<Output = Vec<A>> + Send + 'static,
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
            let many = waiting.len().min(at_most.max(1));
            waiting.drain(..many).unzip()
        };
        let all = timeout(self.longest, work(some)).in_current_span();
        if let Ok(Ok(answers)) = tokio::spawn(all).await {
            for (answer, to) in answers.into_iter().zip(to) {
                // Nobody waits for it any more.
                let _ = to.send(answer);
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

    #[tokio::test]
    async fn who_waits_meanwhile_is_done_together_in_order() {
        let together = Arc::new(Together::<u32, (u32, usize)>::default());
        let begun = Arc::new(Notify::new());
        let go = Arc::new(Notify::new());
        let first = {
            let (together, begun, go) = (together.clone(), begun.clone(), go.clone());
            tokio::spawn(async move {
                let work = |some: Vec<u32>| async move {
                    begun.notify_one();
                    go.notified().await;
                    some.iter().map(|one| (*one, some.len())).collect()
                };
                together.do_it(0, 9, work).await
            })
        };
        begun.notified().await;
        let mut others = JoinSet::new();
        for one in 1..=12 {
            let together = together.clone();
            others.spawn(async move {
                let work = |some: Vec<u32>| async move {
                    some.iter().map(|one| (*one, some.len())).collect()
                };
                (one, together.do_it(one, 9, work).await)
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

    #[tokio::test]
    async fn work_that_fails_leaves_nobody_waiting() {
        let together = Together::<u32, u32>::default();
        let panics = |_| async { panic!("on purpose") };
        assert_eq!(together.do_it(1, 9, panics).await, None);
        assert_eq!(together.do_it(2, 9, |_| async { Vec::new() }).await, None);
        assert_eq!(together.do_it(3, 9, |some| async { some }).await, Some(3));
    }

    #[tokio::test]
    async fn work_that_never_ends_is_given_up() {
        let together = Together::<u32, u32> {
            longest: Duration::from_millis(20),
            ..Together::default()
        };
        let never = |_| std::future::pending();
        assert_eq!(together.do_it(1, 9, never).await, None);
        assert_eq!(together.do_it(2, 9, |some| async { some }).await, Some(2));
    }
}
