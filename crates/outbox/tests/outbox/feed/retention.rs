//! Old events go when everybody has read them.

use std::time::Duration;

use outbox::{Cursor, Dropped, FeedError, Recorded};
use sqlx::PgPool;

use super::{House, ids};

const DAY: u64 = 24 * 60 * 60;
const KEEP: Duration = Duration::from_secs(90 * DAY);

/// Lets events have been written so many days ago, in weeks that have a partition of their own.
async fn age(house: &House, events: &[Recorded], days: i32) {
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
    .execute(house.pool())
    .await
    .unwrap();
    recorded(house.pool(), events, days).await;
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

async fn drop_old(house: &House) -> Dropped {
    let mut all = Dropped::default();
    loop {
        let dropped = outbox::drop_old(house.pool(), KEEP).await.unwrap();
        all.weeks += dropped.weeks;
        all.events += dropped.events;
        all.held_by = dropped.held_by;
        if !dropped.more {
            return all;
        }
    }
}

async fn kept(house: &House) -> Vec<uuid::Uuid> {
    sqlx::query_scalar("SELECT id FROM outbox_events ORDER BY era, turn, number")
        .fetch_all(house.pool())
        .await
        .unwrap()
}

async fn is_gone(house: &House, after: &Recorded) -> bool {
    matches!(house.read(Some(after.into())).await, Err(FeedError::Gone))
}

#[tokio::test]
async fn old_weeks_go_and_who_stands_at_the_cut_goes_on() {
    let house = House::open().await;
    let events = house.publish(6).await;
    age(&house, &events[..2], 120).await;
    age(&house, &events[2..4], 100).await;
    let start = house.read(None).await.unwrap();
    assert_eq!(start.events.len(), 6);
    // With the role that a server has.
    let server = house.database.as_server().await.pool;
    let dropped = outbox::drop_old(&server, KEEP).await.unwrap();
    assert!(
        dropped.weeks >= 2 && dropped.held_by.is_none(),
        "{dropped:?}"
    );
    assert_eq!(kept(&house).await, ids(&events[4..]));
    for before in &events[..3] {
        assert!(is_gone(&house, before).await);
    }
    let at_the_cut = house.read(Some((&events[3]).into())).await.unwrap();
    assert_eq!(ids(&at_the_cut.events), ids(&events[4..]));
    let anew = house.read(None).await.unwrap();
    assert_eq!(ids(&anew.events), ids(&events[4..]));
    assert!(matches!(
        house.read(Some(Cursor::START)).await,
        Err(FeedError::Gone)
    ));
    assert_eq!(drop_old(&house).await, Dropped::default(), "once");

    // When all have gone, who begins stands at the cut, too.
    age(&house, &events[4..], 95).await;
    drop_old(&house).await;
    let empty = house.read(None).await.unwrap();
    assert_eq!(
        (empty.events.len(), empty.next),
        (0, Cursor::from(&events[5]))
    );
    let more = house.publish(1).await;
    let page = house.read_all(Some(empty.next), 1).await;
    assert_eq!(ids(&page.events), ids(&more));
}

#[tokio::test]
async fn what_a_reader_has_yet_to_read_stays() {
    let house = House::open().await;
    let events = house.publish(3).await;
    age(&house, &events[..2], 120).await;
    let (slow, quick) = ("api-token:slow", "api-token:quick");
    let read = async |reader: &str, event: &Recorded| {
        outbox::has_read(house.pool(), reader, event.into())
            .await
            .unwrap();
    };
    read(slow, &events[0]).await;
    read(quick, &events[2]).await;
    let held = drop_old(&house).await;
    assert_eq!(held.held_by.as_deref(), Some(slow));
    assert_eq!(kept(&house).await.len(), 3);
    // How far it is, is written every few seconds only.
    read(slow, &events[1]).await;
    assert_eq!(drop_old(&house).await.held_by.as_deref(), Some(slow));
    let away = "UPDATE outbox_readers SET read_at = read_at - make_interval(days => 31) WHERE reader = 'api-token:slow'";
    house.run(away).await;
    read(slow, &events[1]).await;
    let dropped = drop_old(&house).await;
    assert!(
        dropped.held_by.is_none() && dropped.weeks > 0,
        "{dropped:?}"
    );
    assert_eq!(kept(&house).await, ids(&events[2..]));

    let more = house.publish(1).await;
    age(&house, &events[2..], 120).await;
    assert_eq!(drop_old(&house).await.held_by.as_deref(), Some(slow));
    house.run(away).await;
    assert_eq!(
        drop_old(&house).await.held_by,
        None,
        "it was away for a month"
    );
    assert_eq!(kept(&house).await, ids(&more));
    // Who goes back to read again is written down at once.
    read(quick, &more[0]).await;
    read(quick, &events[2]).await;
    let place: i64 = sqlx::query_scalar("SELECT number FROM outbox_readers WHERE reader = $1")
        .bind(quick)
        .fetch_one(house.pool())
        .await
        .unwrap();
    assert_eq!(place, events[2].position.number);
}

#[tokio::test]
async fn what_our_listeners_have_not_dealt_with_stays() {
    let house = House::open().await;
    let events = house.publish(2).await;
    age(&house, &events[..1], 120).await;
    house
        .run(
            "INSERT INTO outbox_deliveries (listener, event_id, subject, payload, created_at)
             SELECT 'busy', id, subject, payload, recorded_at FROM outbox_events",
        )
        .await;
    assert_eq!(
        drop_old(&house).await.held_by.as_deref(),
        Some("deliveries")
    );
    house
        .run("DELETE FROM outbox_deliveries WHERE created_at < now() - interval '1 day'")
        .await;
    assert_eq!(drop_old(&house).await.held_by, None);
    assert_eq!(kept(&house).await, ids(&events[1..]));
}

#[tokio::test]
async fn what_stands_in_no_week_of_its_own_goes_too() {
    let house = House::open().await;
    let events = house.publish(4).await;
    // Older than the oldest week.
    recorded(house.pool(), &events[..2], 300).await;
    let dropped = drop_old(&house).await;
    assert_eq!((dropped.events, dropped.held_by), (2, None));
    assert_eq!(kept(&house).await, ids(&events[2..]));
    assert!(is_gone(&house, &events[0]).await);
    let page = house.read(Some((&events[1]).into())).await.unwrap();
    assert_eq!(ids(&page.events), ids(&events[2..]));
}

#[tokio::test]
async fn more_than_a_batch_goes() {
    let house = House::open().await;
    house.publish(1).await;
    house
        .run(
            "INSERT INTO outbox_events (id, era, turn, number, subject, payload, recorded_at)
             SELECT gen_random_uuid(), 0, 0, number, gen_random_uuid(), '{}', now() - interval '200 days'
             FROM generate_series(1, 25000) AS number",
        )
        .await;
    assert_eq!(drop_old(&house).await.events, 25_000);
    assert_eq!(kept(&house).await.len(), 1);
}

#[tokio::test]
async fn what_is_young_stays_whatever_a_server_asks_for() {
    let house = House::open().await;
    let events = house.publish(2).await;
    recorded(house.pool(), &events[..1], 6).await;
    outbox::drop_old(house.pool(), Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(kept(&house).await.len(), 2);
}

#[tokio::test]
async fn a_clock_that_was_wrong_takes_nothing_away() {
    let house = House::open().await;
    let events = house.publish(3).await;
    // The last was written by a clock that was months behind: the others would be before the cut.
    age(&house, &events[2..], 120).await;
    assert_eq!(drop_old(&house).await.held_by.as_deref(), Some("clock"));
    assert_eq!(kept(&house).await.len(), 3);
    // What claims to be from years ahead holds nothing up.
    age(&house, &events[1..], 120).await;
    recorded(house.pool(), &events[..1], -1000).await;
    assert_eq!(drop_old(&house).await.held_by, None);
    assert_eq!(kept(&house).await, ids(&events[..1]));
}

#[tokio::test]
async fn nobody_waits_for_who_reads_for_long() {
    let house = House::open().await;
    let events = house.publish(2).await;
    age(&house, &events[..1], 120).await;
    let mut dump = house.pool().begin().await.unwrap();
    sqlx::query("SELECT FROM outbox_events")
        .execute(&mut *dump)
        .await
        .unwrap();
    assert_eq!(
        drop_old(&house).await.held_by.as_deref(),
        Some("transaction")
    );
    dump.rollback().await.unwrap();
    let dropped = drop_old(&house).await;
    assert!(
        dropped.held_by.is_none() && dropped.weeks > 0,
        "{dropped:?}"
    );
    assert_eq!(kept(&house).await, ids(&events[1..]));
}
