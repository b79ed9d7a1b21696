//! Reading events in an order that has no gaps.

use chrono::{DateTime, Utc};
use kernel::Event;
use sqlx::PgExecutor;
use uuid::Uuid;

/// An event's place in the order. Whoever has read up to a place misses nothing before it: what commits later comes behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counts the clusters that the database has lived in, from 1; 0 is what was before the outbox was ours.
    pub era: i32,
    /// The transaction's turn, as `0100_outbox.sql` explains it.
    pub turn: i64,
    /// Orders what shares a turn.
    pub number: i64,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.era, self.turn, self.number)
    }
}

impl Position {
    /// Where whoever has read nothing begins.
    pub const START: Self = Self {
        era: -1,
        turn: 0,
        number: 0,
    };
}

/// An event as it is on record.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its own, for ever.
    pub id: Uuid,
    /// The event's place in the order.
    pub position: Position,
    /// Whose it is, and what the domain wrote.
    pub event: Event,
    /// By PostgreSQL's clock.
    pub recorded_at: DateTime<Utc>,
}

/// At most `limit` events behind a place, in order.
///
/// # Errors
/// When the database doesn't answer.
pub async fn page(
    executor: impl PgExecutor<'_>,
    after: Position,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, event.era, event.turn, number, subject, payload, recorded_at
        FROM outbox_events AS event
        WHERE (event.era, event.turn, event.number) > ($1, $2, $3)
          AND (event.era, event.turn) < (SELECT head.era, head.turn FROM outbox_head() AS head)
        ORDER BY event.era, event.turn, event.number LIMIT $4
        "#,
        after.era,
        after.turn,
        after.number,
        limit,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Recorded {
            id: row.id,
            position: Position {
                era: row.era,
                turn: row.turn,
                number: row.number,
            },
            event: Event {
                subject: row.subject,
                payload: row.payload,
            },
            recorded_at: row.recorded_at,
        })
        .collect())
}

/// The place of the newest event that [`page`] hands out; [`Position::START`] when there is none.
///
/// # Errors
/// When the database doesn't answer.
pub async fn head(executor: impl PgExecutor<'_>) -> Result<Position, sqlx::Error> {
    let newest = sqlx::query!(
        r#"
        SELECT event.era, event.turn, number FROM outbox_events AS event
        WHERE (event.era, event.turn) < (SELECT head.era, head.turn FROM outbox_head() AS head)
        ORDER BY event.era DESC, event.turn DESC, event.number DESC LIMIT 1
        "#
    )
    .fetch_optional(executor)
    .await?;
    Ok(newest.map_or(Position::START, |row| Position {
        era: row.era,
        turn: row.turn,
        number: row.number,
    }))
}

/// Whether an event is on record at this place.
///
/// # Errors
/// When the database doesn't answer.
pub async fn exists(
    executor: impl PgExecutor<'_>,
    position: Position,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM outbox_events WHERE era = $1 AND turn = $2 AND number = $3) AS "there!""#,
        position.era,
        position.turn,
        position.number,
    )
    .fetch_one(executor)
    .await
}
