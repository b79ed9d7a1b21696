//! Several batches of one step under way at once.

use std::time::{Duration, Instant};

use claim_loop::WorkError;
use futures::future::join_all;

use crate::run::{Claimed, StepLoop};

/// So many batches of one step are under way at once…
const BATCHES_AT_ONCE: usize = 3;
/// …and for so long another is begun when one has ended, before the loop looks at what else there is.
const BEGIN_FOR: Duration = Duration::from_secs(5);

impl StepLoop {
    /// Does a claimed batch and, when it was a full one, what else is due: several batches at once, so that one is written down while
    /// another waits for what is outside. They share the dependency's own limit on connections.
    pub(crate) async fn work_side_by_side(&self, first: Vec<Claimed>) -> Result<(), WorkError> {
        if i64::try_from(first.len()).is_ok_and(|claimed| claimed < self.step.info().batch_size) {
            return self.work(&first).await;
        }
        let begun = Instant::now();
        let lanes = std::iter::once(Some(first))
            .chain(std::iter::repeat_with(|| None))
            .take(BATCHES_AT_ONCE)
            .map(|claimed| self.work_one_after_the_other(claimed, begun));
        // One that fails keeps no other from its end.
        join_all(lanes).await.into_iter().collect()
    }

    async fn work_one_after_the_other(
        &self,
        mut claimed: Option<Vec<Claimed>>,
        begun: Instant,
    ) -> Result<(), WorkError> {
        while begun.elapsed() < BEGIN_FOR {
            let batch = match claimed.take() {
                Some(batch) => batch,
                None => self.presence.shown(self.claim()).await?,
            };
            if batch.is_empty() {
                return Ok(());
            }
            self.work(&batch).await?;
        }
        Ok(())
    }
}
