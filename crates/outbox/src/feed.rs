//! The events as others read them: from where they stand, without a gap, or not at all.

use chrono::{DateTime, Utc};
use kernel::Event;
use serde_json::Value;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::{Cursor, Position, Recorded};

/// Some events in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// At most as many as were asked for.
    pub events: Vec<Recorded>,
    /// Where to go on; where the reader stands already when there are none.
    pub next: Cursor,
    /// Whether there are more already.
    pub more: bool,
}

/// Why a page can't be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// What came behind the cursor can't be told any more: retention has passed it, or the database was set back to a day
    /// before it.
    #[error("the events behind this cursor can't be told any more")]
    Gone,
    /// The database did not answer, or refused.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// A row of the page: the place where it begins, and an event behind it when there is one.
struct Row {
    good: bool,
    cut_id: Option<Uuid>,
    place_era: i32,
    place_turn: i64,
    place_number: i64,
    id: Option<Uuid>,
    era: Option<i32>,
    turn: Option<i64>,
    number: Option<i64>,
    subject: Option<Uuid>,
    payload: Option<Value>,
    recorded_at: Option<DateTime<Utc>>,
}

impl Row {
    /// Behind what retention has taken, if anything.
    fn cut(&self) -> Option<Cursor> {
        let position = Position {
            era: self.place_era,
            turn: self.place_turn,
            number: self.place_number,
        };
        self.cut_id.map(|id| Cursor::behind(position, id))
    }

    fn event(self) -> Option<Recorded> {
        Some(Recorded {
            id: self.id?,
            position: Position {
                era: self.era?,
                turn: self.turn?,
                number: self.number?,
            },
            event: Event {
                subject: self.subject?,
                payload: self.payload?,
            },
            recorded_at: self.recorded_at?,
        })
    }
}

/// At most `limit` events behind the cursor, or the oldest ones.
///
/// A cursor is good while the event that it names stands at its place, or was the last that retention has taken. All is looked
/// at in one statement, so nothing can go between the look and the reading.
///
/// # Errors
/// [`FeedError::Gone`], or the database.
#[allow(clippy::too_many_lines, reason = "most of it is one statement")]
pub async fn feed(
    executor: impl PgExecutor<'_>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Page, FeedError> {
    let position = after.map_or(Position::START, |cursor| cursor.position);
    let tag = after.map(|cursor| cursor.tag.to_vec());
    let rows = sqlx::query_as!(
        Row,
        r#"
        WITH cut AS MATERIALIZED (
            SELECT era, turn, number, id FROM outbox_cut
        ), place AS MATERIALIZED (
            SELECT cut.id AS cut_id,
                CASE WHEN $4::bytea IS NULL THEN coalesce(cut.era, $1) ELSE $1 END AS era,
                CASE WHEN $4 IS NULL THEN coalesce(cut.turn, $2) ELSE $2 END AS turn,
                CASE WHEN $4 IS NULL THEN coalesce(cut.number, $3) ELSE $3 END AS number,
                CASE
                    WHEN $4 IS NULL THEN TRUE
                    WHEN (cut.era, cut.turn, cut.number) = ($1, $2, $3) THEN substring(uuid_send(cut.id) FROM 9) = $4
                    WHEN (cut.era, cut.turn, cut.number) > ($1, $2, $3) THEN FALSE
                    WHEN $1 = -1 THEN TRUE
                    -- What lies behind the head was written before the database was set back.
                    ELSE ($1, $2) < (SELECT head.era, head.turn FROM outbox_head() AS head) AND EXISTS (
                        SELECT FROM outbox_events AS event
                        WHERE (event.era, event.turn, event.number) = ($1, $2, $3)
                          AND substring(uuid_send(event.id) FROM 9) = $4)
                END AS good
            FROM (SELECT) AS one LEFT JOIN cut ON TRUE
        )
        SELECT place.good AS "good!", place.cut_id AS "cut_id?",
            place.era AS "place_era!", place.turn AS "place_turn!", place.number AS "place_number!",
            event.id AS "id?", event.era AS "era?", event.turn AS "turn?", event.number AS "number?",
            event.subject AS "subject?", event.payload AS "payload?", event.recorded_at AS "recorded_at?"
        FROM place LEFT JOIN LATERAL (
            SELECT event.* FROM outbox_events AS event
            WHERE place.good AND (event.era, event.turn, event.number) > (place.era, place.turn, place.number)
              AND (event.era, event.turn) < (SELECT head.era, head.turn FROM outbox_head() AS head)
            ORDER BY event.era, event.turn, event.number LIMIT $5::bigint + 1
        ) AS event ON TRUE
        ORDER BY event.era, event.turn, event.number
        "#,
        position.era,
        position.turn,
        position.number,
        tag,
        limit,
    )
    .fetch_all(executor)
    .await?;
    if rows.iter().any(|row| !row.good) {
        return Err(FeedError::Gone);
    }
    let start = after.or_else(|| rows.first()?.cut());
    let mut events: Vec<Recorded> = rows.into_iter().filter_map(Row::event).collect();
    let most = usize::try_from(limit).unwrap_or(0);
    let more = events.len() > most;
    events.truncate(most);
    let next = events.last().map(Cursor::from).or(start);
    Ok(Page {
        next: next.unwrap_or(Cursor::START),
        events,
        more,
    })
}

/// A reader has read so far; what comes behind it is kept for it. Written every few seconds at most, so that it may be said at
/// each page.
///
/// # Errors
/// When the database doesn't answer.
pub async fn has_read(pool: &PgPool, reader: &str, cursor: Cursor) -> Result<(), sqlx::Error> {
    let Position { era, turn, number } = cursor.position;
    sqlx::query!(
        "INSERT INTO outbox_readers (reader, era, turn, number)
         SELECT $1, $2::int, $3::bigint, $4::bigint WHERE NOT EXISTS (
             SELECT FROM outbox_readers WHERE reader = $1 AND read_at > (SELECT clock_timestamp()) - interval '5 seconds'
               AND (era, turn, number) <= ($2, $3, $4))
         ON CONFLICT (reader) DO UPDATE
         SET era = excluded.era, turn = excluded.turn, number = excluded.number, read_at = excluded.read_at",
        reader,
        era,
        turn,
        number,
    )
    .execute(pool)
    .await?;
    Ok(())
}
