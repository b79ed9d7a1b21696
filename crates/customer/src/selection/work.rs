//! Works off, in the background, what is to be done to many prospects, and what a process that died left undone.

use claim_loop::{Turn, Work, WorkError};

use super::{CHANNEL, rows};
use crate::onboarding::Onboarding;

/// How many prospects a turn acts on: other selections have a turn in between.
const BATCH: usize = 25;

/// Works off selections; give it to `claim_loop::spawn`.
pub struct SelectionWorker {
    onboarding: Onboarding,
}

impl Onboarding {
    /// Works off selections, for a claim loop.
    #[must_use]
    pub fn selection_worker(&self) -> SelectionWorker {
        SelectionWorker {
            onboarding: self.clone(),
        }
    }
}

#[async_trait::async_trait]
impl Work for SelectionWorker {
    fn name(&self) -> &'static str {
        "selections"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        let Some((id, subject)) = rows::claim(&self.onboarding.pool).await? else {
            return Ok(Turn::Idle(None));
        };
        self.onboarding.act_on_next(&subject, id, BATCH).await?;
        Ok(Turn::Worked)
    }
}
