//! The callbacks of a batch that failed, one by one, so that one of them holds up no other.

use std::time::Duration;

use kernel::Error;

use super::{
    drain::{Drain, FailedBatch},
    retries,
};

/// How long one waits for what another transaction holds: many may have to, one after the other.
const PATIENCE: Duration = Duration::from_millis(500);

impl Drain {
    /// A callback that fails stays in the log with its error, to be tried again, and never holds up another. Nor does one whose
    /// record another transaction holds: it is put off.
    pub(super) async fn one_by_one(&self, count: usize) -> Result<usize, Error> {
        for done in 0..count {
            match self.process(1, PATIENCE).await {
                Ok(0) => return Ok(done),
                Ok(_) => {}
                Err(failed) if failed.error.is_blocked() => self.put_off(&failed).await?,
                Err(failed) if failed.error.is_transient() => return Err(failed.error),
                Err(failed) => {
                    let why = failed.error.to_string();
                    retries::record_failures(&self.pool, &failed.claimed, &why).await?;
                    tracing::error!(callback = ?failed.claimed, error = %failed.error, "a callback failed, it is tried again");
                }
            }
        }
        Ok(count)
    }

    async fn put_off(&self, failed: &FailedBatch) -> Result<(), Error> {
        for &callback in &failed.claimed {
            retries::put_off(&self.pool, callback).await?;
            tracing::warn!(callback, error = %failed.error, "another transaction holds what a callback changes, it is tried again");
        }
        Ok(())
    }
}
