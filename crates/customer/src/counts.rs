//! How many prospects are at each stage; may be [`FRESH_FOR`] old.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use access::{Permission, Subject};
use tokio::sync::Mutex;

use crate::{error::OnboardingError, onboarding::Onboarding, primitives::Stage};

/// Counting looks at every row, so it is not done for every page.
const FRESH_FOR: Duration = Duration::from_secs(2);

/// The last count.
#[derive(Default)]
pub(crate) struct StageCounts(Mutex<Option<(Instant, HashMap<Stage, i64>)>>);

impl Onboarding {
    /// How many prospects are at each stage (those at none are missing).
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn stage_counts(
        &self,
        subject: &Subject,
    ) -> Result<HashMap<Stage, i64>, OnboardingError> {
        self.may_read(subject, "prospect.list").await?;
        let mut last = self.counts.0.lock().await;
        if let Some((at, counts)) = &*last
            && at.elapsed() < FRESH_FOR
        {
            return Ok(counts.clone());
        }
        let counts: HashMap<Stage, i64> =
            sqlx::query!(r#"SELECT stage, count(*) AS "count!" FROM prospects GROUP BY stage"#)
                .fetch_all(&self.pool)
                .await?
                .into_iter()
                .filter_map(|row| Some((row.stage.parse().ok()?, row.count)))
                .collect();
        *last = Some((Instant::now(), counts.clone()));
        Ok(counts)
    }

    /// Lists show no more than what the role may see anyway: only a refusal is written down.
    pub(crate) async fn may_read(
        &self,
        subject: &Subject,
        action: &str,
    ) -> Result<(), OnboardingError> {
        if !subject.may(Permission::CustomerRead) {
            self.access
                .authorize(subject, Permission::CustomerRead, action, "list")
                .await?;
        }
        Ok(())
    }
}
