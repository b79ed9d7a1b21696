//! How many prospects are at each stage; may be [`FRESH_FOR`] old.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use sqlx::PgPool;
use tokio::sync::Mutex;

use crate::primitives::Stage;

/// Counting looks at every row, so it is not done for every page.
const FRESH_FOR: Duration = Duration::from_secs(2);

/// The last count, and when it was made.
#[derive(Default)]
pub(crate) struct StageCounts(Mutex<Option<(Instant, HashMap<Stage, i64>)>>);

impl StageCounts {
    pub(crate) async fn get(&self, pool: &PgPool) -> Result<HashMap<Stage, i64>, sqlx::Error> {
        let mut last = self.0.lock().await;
        if let Some((at, counts)) = &*last
            && at.elapsed() < FRESH_FOR
        {
            return Ok(counts.clone());
        }
        let counts: HashMap<Stage, i64> =
            sqlx::query!(r#"SELECT stage, count(*) AS "count!" FROM prospects GROUP BY stage"#)
                .fetch_all(pool)
                .await?
                .into_iter()
                .filter_map(|row| Some((row.stage.parse().ok()?, row.count)))
                .collect();
        *last = Some((Instant::now(), counts.clone()));
        Ok(counts)
    }
}
