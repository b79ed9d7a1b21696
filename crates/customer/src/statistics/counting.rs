//! The statistics' background work: what happened is added to the sums, and prospects that no trigger has counted are counted from
//! their events.
//!
//! Nobody waits for the sums: whoever reads them adds what happened since (`read.rs`). Any process does it, one at a time.

use std::time::Duration;

use claim_loop::{KeptSums, SumsTable, Turn, Work, WorkError};
use sqlx::PgPool;

use crate::onboarding::Onboarding;

/// Nobody is told of new work, because nobody waits for it: the loop looks once a second.
const CHANNEL: &str = "usher_statistics";
/// What comes meanwhile shares the next batch; and who has many prospects to count leaves room for other work.
const PAUSE: Duration = Duration::from_millis(500);
/// How many prospects share one, when they are counted from their events.
const PROSPECTS: i32 = 1_000;
const TABLE: SumsTable = SumsTable {
    name: "statistics",
    changes: "statistics_changes",
    sums: "statistics",
    keys: "figure, day, name, customer_type, created_by, bucket",
    figures: &["n"],
};
const CUSTOMERS: SumsTable = SumsTable {
    name: "customer_counts",
    changes: "customer_count_changes",
    sums: "customer_counts",
    keys: "activity, customer_type",
    figures: &["n"],
};

/// Adds up the statistics, for a claim loop.
pub struct Counting {
    pool: PgPool,
    sums: KeptSums,
    customers: KeptSums,
}

#[async_trait::async_trait]
impl Work for Counting {
    fn name(&self) -> &'static str {
        "statistics"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pause(&self) -> Duration {
        PAUSE
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        let counted = self.count_from_events(PROSPECTS).await?;
        let added = self.sums.add_up().await?;
        let customers = self.customers.add_up().await?;
        Ok(if counted || added || customers {
            Turn::Worked
        } else {
            Turn::Idle(None)
        })
    }
}

impl Counting {
    /// Counts prospects that no trigger has counted. False: there is none, or others are at them.
    async fn count_from_events(&self, at_most: i32) -> Result<bool, sqlx::Error> {
        if !uncounted(&self.pool).await? {
            return Ok(false);
        }
        let counted = sqlx::query_scalar!(r#"SELECT count_from_events($1) AS "counted!""#, at_most)
            .fetch_one(&self.pool)
            .await?;
        Ok(counted > 0)
    }
}

/// Whether there are prospects that are not counted yet, so that the figures are not whole.
pub(super) async fn uncounted(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM prospects WHERE stage_since IS NULL) AS "uncounted!""#
    )
    .fetch_one(pool)
    .await
}

impl Onboarding {
    /// The adding up of the statistics, for a claim loop.
    #[must_use]
    pub fn counting(&self) -> Counting {
        Counting {
            pool: PgPool::clone(&self.pool),
            sums: KeptSums::new(PgPool::clone(&self.pool), TABLE),
            customers: KeptSums::new(PgPool::clone(&self.pool), CUSTOMERS),
        }
    }
}
