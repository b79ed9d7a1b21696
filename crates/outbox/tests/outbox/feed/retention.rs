//! Old events go when everybody has read them.

use std::time::Duration;

use outbox::{Cursor, Dropped, FeedError, Recorded};
use sqlx::PgPool;

use super::{Feed, ids};

const DAY: u64 = 24 * 60 * 60;
const KEEP: Duration = Duration::from_secs(90 * DAY);

/// Lets events have been written so many days ago, in weeks that have a partition of their own.
async fn age(feed: &Feed, events: &[Recorded], days: i32) {
    sqlx::query(
        "DO $do$
         DECLARE
           monday TIMESTAMP := date_trunc('week', clock_timestamp() AT TIME ZONE 'UTC');
         BEGIN
           FOR week IN -20 .. -1 LOOP
             EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF outbox_events FOR VALUES FROM (%L) TO (%L)',
               'outbox_events_' || to_char(monday + make_interval(weeks => week), 'YYYYMMDD'),
               (monday + make_interval(weeks => week)) AT TIME ZONE 'UTC',
               (monday + make_interval(weeks => week + 1)) AT TIME ZONE 'UTC');
           END LOOP;
         END $do$",
    )
    .execute(feed.pool())
    .await
    .unwrap();
    recorded(feed.pool(), events, days).await;
}

async fn recorded(pool: &PgPool, events: &[Recorded], days: i32) {
    sqlx::query(
        "UPDATE outbox_events SET recorded_at = clock_timestamp() - make_interval(days => $2) WHERE id = ANY($1)",
    )
    .bind(ids(events))
    .bind(days)
    .execute(pool)
    .await
    .unwrap();
}

async fn drop_old(feed: &Feed) -> Dropped {
    let mut all = Dropped::default();
    loop {
        let dropped = outbox::drop_old(feed.pool(), KEEP).await.unwrap();
        all.weeks += dropped.weeks;
        all.events += dropped.events;
        all.held_by = dropped.held_by;
        if !dropped.more {
            return all;
        }
    }
}

async fn kept(feed: &Feed) -> Vec<uuid::Uuid> {
    sqlx::query_scalar("SELECT id FROM outbox_events ORDER BY era, turn, number")
        .fetch_all(feed.pool())
        .await
        .unwrap()
}

async fn is_gone(feed: &Feed, after: &Recorded) -> bool {
    matches!(feed.read(Some(after.into())).await, Err(FeedError::Gone))
}

#[tokio::test]
async fn old_weeks_go_and_who_stands_at_the_cut_goes_on() {
    let feed = Feed::open().await;
    let events = feed.publish(6).await;
    age(&feed, &events[..2], 120).await;
    age(&feed, &events[2..4], 100).await;
    let start = feed.read(None).await.unwrap();
    assert_eq!(start.events.len(), 6);
    // With the role that a server has.
    let server = feed.database.as_server().await.pool;
    let dropped = outbox::drop_old(&server, KEEP).await.unwrap();
    assert!(
        dropped.weeks >= 2 && dropped.held_by.is_none(),
        "{dropped:?}"
    );
    assert_eq!(kept(&feed).await, ids(&events[4..]));
    for before in &events[..3] {
        assert!(is_gone(&feed, before).await);
    }
    let at_the_cut = feed.read(Some((&events[3]).into())).await.unwrap();
    assert_eq!(ids(&at_the_cut.events), ids(&events[4..]));
    let anew = feed.read(None).await.unwrap();
    assert_eq!(ids(&anew.events), ids(&events[4..]));
    assert!(matches!(
        feed.read(Some(Cursor::START)).await,
        Err(FeedError::Gone)
    ));
    assert_eq!(drop_old(&feed).await, Dropped::default(), "once");

    // When all have gone, who begins stands at the cut, too.
    age(&feed, &events[4..], 95).await;
    drop_old(&feed).await;
    let empty = feed.read(None).await.unwrap();
    assert_eq!(
        (empty.events.len(), empty.next),
        (0, Cursor::from(&events[5]))
    );
    let more = feed.publish(1).await;
    let page = feed.read_all(Some(empty.next), 1).await;
    assert_eq!(ids(&page.events), ids(&more));
}

#[tokio::test]
async fn what_a_reader_has_yet_to_read_stays() {
    let feed = Feed::open().await;
    let events = feed.publish(3).await;
    age(&feed, &events[..2], 120).await;
    let (slow, quick) = ("api-token:slow", "api-token:quick");
    let read = async |reader: &str, event: &Recorded| {
        outbox::has_read(feed.pool(), reader, event.into())
            .await
            .unwrap();
    };
    read(slow, &events[0]).await;
    read(quick, &events[2]).await;
    let held = drop_old(&feed).await;
    assert_eq!(held.held_by.as_deref(), Some(slow));
    assert_eq!(kept(&feed).await.len(), 3);
    // How far it is, is written every few seconds only.
    read(slow, &events[1]).await;
    assert_eq!(drop_old(&feed).await.held_by.as_deref(), Some(slow));
    let away = "UPDATE outbox_readers SET read_at = read_at - make_interval(days => 31) WHERE reader = 'api-token:slow'";
    feed.run(away).await;
    read(slow, &events[1]).await;
    let dropped = drop_old(&feed).await;
    assert!(
        dropped.held_by.is_none() && dropped.weeks > 0,
        "{dropped:?}"
    );
    assert_eq!(kept(&feed).await, ids(&events[2..]));

    let more = feed.publish(1).await;
    age(&feed, &events[2..], 120).await;
    assert_eq!(drop_old(&feed).await.held_by.as_deref(), Some(slow));
    feed.run(away).await;
    assert_eq!(
        drop_old(&feed).await.held_by,
        None,
        "it was away for a month"
    );
    assert_eq!(kept(&feed).await, ids(&more));
    // Who goes back to read again is written down at once.
    read(quick, &more[0]).await;
    read(quick, &events[2]).await;
    let place: i64 = sqlx::query_scalar("SELECT number FROM outbox_readers WHERE reader = $1")
        .bind(quick)
        .fetch_one(feed.pool())
        .await
        .unwrap();
    assert_eq!(place, events[2].position.number);
}

#[tokio::test]
async fn what_our_listeners_have_not_dealt_with_stays() {
    let feed = Feed::open().await;
    let events = feed.publish(2).await;
    age(&feed, &events[..1], 120).await;
    feed.run(
        "INSERT INTO outbox_deliveries (listener, event_id, subject, payload, created_at)
             SELECT 'busy', id, subject, payload, recorded_at FROM outbox_events",
    )
    .await;
    assert_eq!(drop_old(&feed).await.held_by.as_deref(), Some("deliveries"));
    feed.run("DELETE FROM outbox_deliveries WHERE created_at < now() - interval '1 day'")
        .await;
    assert_eq!(drop_old(&feed).await.held_by, None);
    assert_eq!(kept(&feed).await, ids(&events[1..]));
}

#[tokio::test]
async fn what_stands_in_no_week_of_its_own_goes_too() {
    let feed = Feed::open().await;
    let events = feed.publish(4).await;
    // Older than the oldest week.
    recorded(feed.pool(), &events[..2], 300).await;
    let dropped = drop_old(&feed).await;
    assert_eq!((dropped.events, dropped.held_by), (2, None));
    assert_eq!(kept(&feed).await, ids(&events[2..]));
    assert!(is_gone(&feed, &events[0]).await);
    let page = feed.read(Some((&events[1]).into())).await.unwrap();
    assert_eq!(ids(&page.events), ids(&events[2..]));
}

#[tokio::test]
async fn more_than_a_batch_goes() {
    let feed = Feed::open().await;
    feed.publish(1).await;
    feed
        .run(
            "INSERT INTO outbox_events (id, era, turn, number, subject, payload, recorded_at)
             SELECT gen_random_uuid(), 0, 0, number, gen_random_uuid(), '{}', now() - interval '200 days'
             FROM generate_series(1, 25000) AS number",
        )
        .await;
    assert_eq!(drop_old(&feed).await.events, 25_000);
    assert_eq!(kept(&feed).await.len(), 1);
}

#[tokio::test]
async fn what_is_young_stays_whatever_a_server_asks_for() {
    let feed = Feed::open().await;
    let events = feed.publish(2).await;
    recorded(feed.pool(), &events[..1], 6).await;
    outbox::drop_old(feed.pool(), Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(kept(&feed).await.len(), 2);
}

#[tokio::test]
async fn a_clock_that_was_wrong_takes_nothing_away() {
    let feed = Feed::open().await;
    let events = feed.publish(3).await;
    // The last was written by a clock that was months behind: the others would be before the cut.
    age(&feed, &events[2..], 120).await;
    assert_eq!(drop_old(&feed).await.held_by.as_deref(), Some("clock"));
    assert_eq!(kept(&feed).await.len(), 3);
    // What claims to be from years ahead holds nothing up.
    age(&feed, &events[1..], 120).await;
    recorded(feed.pool(), &events[..1], -1000).await;
    assert_eq!(drop_old(&feed).await.held_by, None);
    assert_eq!(kept(&feed).await, ids(&events[..1]));
}

#[tokio::test]
async fn nobody_waits_for_who_reads_for_long() {
    let feed = Feed::open().await;
    let events = feed.publish(2).await;
    age(&feed, &events[..1], 120).await;
    let mut dump = feed.pool().begin().await.unwrap();
    sqlx::query("SELECT FROM outbox_events")
        .execute(&mut *dump)
        .await
        .unwrap();
    assert_eq!(
        drop_old(&feed).await.held_by.as_deref(),
        Some("transaction")
    );
    dump.rollback().await.unwrap();
    let dropped = drop_old(&feed).await;
    assert!(
        dropped.held_by.is_none() && dropped.weeks > 0,
        "{dropped:?}"
    );
    assert_eq!(kept(&feed).await, ids(&events[1..]));
}
