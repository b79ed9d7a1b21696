//! The time that all processes agree on: PostgreSQL's.
//!
//! Whatever is stored, or compared with what is stored, takes its time from the database (`clock_timestamp()`), or from [`now`]: the
//! database's time as it was measured last, and what has passed since then by a clock that nobody can set. So a process whose own clock
//! is wrong, or is set while it runs, comes to the same results as its neighbours.
//!
//! Whoever tells how long something in this process takes (time-outs, pauses, throttles) uses `Instant` instead. `usher dev` and tests
//! can set the database's time forward: [`movable`].

pub mod movable;

use std::{
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
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
/// By how many seconds the database that was measured was set forward.
static AHEAD: AtomicU64 = AtomicU64::new(0);
/// One measurement at a time, so that none from before the clock was set forward ends after it.
static MEASURING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn known() -> Option<Known> {
    *KNOWN.read().unwrap_or_else(PoisonError::into_inner)
}

/// What time it is, by PostgreSQL; by this process until it was measured first ([`measure`]).
#[must_use]
pub fn now() -> DateTime<Utc> {
    known().map_or_else(Utc::now, Known::now)
}

/// By how much the database's clock was set forward; zero but in `usher dev` ([`measure_movable`]).
#[must_use]
pub fn ahead() -> Duration {
    Duration::from_secs(AHEAD.load(Ordering::Relaxed))
}

/// [`now`] as it is for those outside, whose clocks go on as they are when ours is set forward: the app of a second factor, the
/// tokens of an identity provider.
#[must_use]
pub fn unmoved() -> DateTime<Utc> {
    now() - ahead()
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

/// What PostgreSQL calls `at`, as this process's own clock would call it: for libraries that ask the process.
#[must_use]
pub fn to_process(at: DateTime<Utc>) -> DateTime<Utc> {
    skew().map_or(at, |skew| at - skew)
}

/// Asks the database what time it is.
///
/// # Errors
/// When it does not answer; what was known before stays.
pub async fn measure(pool: &PgPool) -> Result<(), sqlx::Error> {
    let _alone = MEASURING.lock().await;
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

/// Asks a movable database what time it is, and how far ahead that is: at the start, and after it was set forward.
///
/// # Errors
/// When it doesn't answer, or isn't movable.
pub async fn measure_movable(pool: &PgPool) -> Result<(), sqlx::Error> {
    let ahead = movable::forward(pool).await?;
    measure(pool).await?;
    AHEAD.store(ahead.as_secs(), Ordering::Relaxed);
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
