use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// What was read last, and when that was: for figures that may be a moment old, so that a crowd that looks costs what one does.
#[derive(Debug)]
pub struct Recent<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Recent<T> {
    /// How old what is shown may be: everybody who looks meanwhile sees the same.
    const FRESH_FOR: Duration = Duration::from_secs(2);

    /// It, or what `read` reads when it is too old. Whoever comes meanwhile waits for the one that reads.
    ///
    /// # Errors
    /// What `read` says; then the next one reads again.
    pub async fn or<E>(&self, read: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let mut last = self.0.lock().await;
        if let Some(known) = Self::fresh(&last) {
            return Ok(known);
        }
        let known = read.await?;
        *last = Some((Instant::now(), known.clone()));
        Ok(known)
    }

    /// It, unless it is too old: for who keeps it only when to read it was dear.
    pub async fn known(&self) -> Option<T> {
        Self::fresh(&*self.0.lock().await)
    }

    /// For who looks next.
    pub async fn keep(&self, known: T) {
        *self.0.lock().await = Some((Instant::now(), known));
    }

    fn fresh(last: &Option<(Instant, T)>) -> Option<T> {
        let (at, known) = last.as_ref()?;
        (at.elapsed() < Self::FRESH_FOR).then(|| known.clone())
    }
}
