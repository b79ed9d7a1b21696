//! Waiting for something to become true, never for time to pass.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};

/// How long a thing that takes a blink may take on a slow machine that does something else too.
pub const SOON: Duration = Duration::from_secs(30);

/// The same for what needs several stages (a customer to become Active).
pub const LATER: Duration = Duration::from_secs(90);

const PAUSE: Duration = Duration::from_millis(60);

/// Looks again and again until `look` answers `Ok`, and gives its answer.
///
/// # Errors
/// After `within`: what was waited for, and what `look` saw last.
pub async fn until<T, F, Fut>(what: &str, within: Duration, mut look: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let start = Instant::now();
    loop {
        let left = within.saturating_sub(start.elapsed());
        let last = match tokio::time::timeout(left.max(PAUSE), look()).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) => error,
            Err(_) => anyhow!("the last look did not come back"),
        };
        if start.elapsed() >= within {
            return Err(last.context(format!("{what}: not within {within:?}; last seen")));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
