//! The time that all processes agree on: PostgreSQL's.
//!
//! Whatever is stored, or compared with what is stored, takes its time from the database (`clock_timestamp()`), or from [`now`]: the
//! database's time as it was measured last, and what has passed since then by a clock that nobody can set. So a process whose own clock
//! is wrong, or is set while it runs, comes to the same results as its neighbours.

use std::{
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// How often the database is asked what time it is.
const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// A measurement that took longer says too little, unless there is no other.
const TOO_LONG: Duration = Duration::from_millis(500);
/// How many are taken at once; the quickest counts.
const SAMPLES: usize = 3;

/// What the database's clock said, and when that was.
#[derive(Debug, Clone, Copy)]
struct Known {
    at: DateTime<Utc>,
    measured: Instant,
}

impl Known {
    fn now(self) -> DateTime<Utc> {
        self.at + self.measured.elapsed()
    }
}

static KNOWN: RwLock<Option<Known>> = RwLock::new(None);

fn known() -> Option<Known> {
    *KNOWN.read().unwrap_or_else(PoisonError::into_inner)
}

/// What time it is, by PostgreSQL; by this process until it was measured first ([`measure`]).
#[must_use]
pub fn now() -> DateTime<Utc> {
    known().map_or_else(Utc::now, Known::now)
}

/// By how much PostgreSQL's clock is ahead of this process's; negative when it is behind, none before it was measured.
#[must_use]
pub fn skew() -> Option<TimeDelta> {
    known().map(|known| known.now() - Utc::now())
}

/// What this process's own clock calls `at`, as PostgreSQL's would call it: for libraries that ask the process.
#[must_use]
pub fn from_process(at: DateTime<Utc>) -> DateTime<Utc> {
    skew().map_or(at, |skew| at + skew)
}

/// The other way round.
#[must_use]
pub fn to_process(at: DateTime<Utc>) -> DateTime<Utc> {
    skew().map_or(at, |skew| at - skew)
}

/// Asks the database what time it is.
///
/// # Errors
/// When it does not answer; what was known before stays.
pub async fn measure(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut best: Option<(Duration, Known)> = None;
    for _ in 0..SAMPLES {
        let asked = Instant::now();
        let at: DateTime<Utc> = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
            .fetch_one(&mut *connection)
            .await?;
        let took = asked.elapsed();
        if best.is_none_or(|(quickest, _)| took < quickest) {
            let measured = asked + took / 2;
            best = Some((took, Known { at, measured }));
        }
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if let Some((took, new)) = best
        && (known.is_none() || took < TOO_LONG)
    {
        *known = Some(new);
    }
    Ok(())
}

/// Measures again and again, until `stop` is cancelled.
pub async fn keep(pool: PgPool, stop: CancellationToken) {
    loop {
        vitals::beat();
        let wait = tokio::time::sleep(MEASURE_EVERY);
        if stop.run_until_cancelled(wait).await.is_none() {
            return;
        }
        if let Err(error) = measure(&pool).await {
            tracing::debug!(%error, "the database's clock could not be read; the time goes on from the last measurement");
        }
    }
}
