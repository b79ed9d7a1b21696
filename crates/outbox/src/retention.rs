//! What the outbox needs from time to time, from whichever process comes first. The owner's functions do it: a server's role may
//! neither delete events nor drop tables.

use std::time::Duration;

use sqlx::PgPool;

/// What has gone, and what has not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dropped {
    /// How many whole weeks of events were dropped.
    pub weeks: i32,
    /// Events that stood in no week of their own.
    pub events: i64,
    /// What the next ones wait for, though they are old enough: a reader as the audit log names it, `deliveries` that our own
    /// listeners have not dealt with, a `clock` that was wrong when they were written, or a `transaction` that reads them.
    pub held_by: Option<String>,
    /// Whether there is more to drop at once.
    pub more: bool,
}

/// Drops events that are older than `keep`, but not what somebody has yet to read: a reader that was here in the last 30 days,
/// or one of our listeners. Nothing that is younger than a week goes. It takes a moment; when it says that there is more, call it again.
///
/// # Errors
/// When the database doesn't answer.
pub async fn drop_old(pool: &PgPool, keep: Duration) -> Result<Dropped, sqlx::Error> {
    let dropped = sqlx::query!(
        r#"SELECT events AS "events!", weeks AS "weeks!", more AS "more!", held_by
               FROM drop_old_outbox_events(make_interval(secs => $1))"#,
        keep.as_secs_f64(),
    )
    .fetch_one(pool)
    .await?;
    Ok(Dropped {
        weeks: dropped.weeks,
        events: dropped.events,
        held_by: dropped.held_by,
        more: dropped.more,
    })
}

/// Begins a new era when the database was restored into a cluster whose transactions' ids are behind its events; otherwise what
/// is published now would stand before them. Answers whether it had to.
///
/// # Errors
/// When the database doesn't answer.
pub async fn renew_era(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT renew_outbox_era() AS "renewed!""#)
        .fetch_one(pool)
        .await
}
