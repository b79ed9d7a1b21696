//! Where a reader stands, whatever becomes of the database meanwhile.

use outbox::{Cursor, FeedError};

use super::{Feed, ids};

fn is_gone<T: std::fmt::Debug>(read: Result<T, FeedError>) -> bool {
    matches!(read, Err(FeedError::Gone))
}

#[tokio::test]
async fn a_reader_goes_on_where_it_stood() {
    let feed = Feed::open().await;
    let nothing = feed.read(None).await.unwrap();
    assert_eq!((nothing.next, nothing.more), (Cursor::START, false));
    let events = feed.publish(5).await;
    for start in [None, Some(nothing.next)] {
        let page = outbox::feed(feed.pool(), start, 2).await.unwrap();
        assert_eq!((ids(&page.events), page.more), (ids(&events[..2]), true));
        let page = outbox::feed(feed.pool(), Some(page.next), 3).await.unwrap();
        assert_eq!((ids(&page.events), page.more), (ids(&events[2..]), false));
        let at_the_end = feed.read(Some(page.next)).await.unwrap();
        assert!(at_the_end.events.is_empty() && !at_the_end.more);
        assert_eq!(at_the_end.next, page.next, "it stands where it stood");
    }
}

#[tokio::test]
async fn a_database_that_was_set_back_says_so() {
    let feed = Feed::open().await;
    let events = feed.publish(5).await;
    let (third, fifth) = (Cursor::from(&events[2]), Cursor::from(&events[4]));
    // Restored to a moment when the last two were not there yet.
    let lost = [events[3].id, events[4].id];
    sqlx::query("DELETE FROM outbox_events WHERE id = ANY($1)")
        .bind(&lost[..])
        .execute(feed.pool())
        .await
        .unwrap();
    assert!(is_gone(feed.read(Some(fifth)).await));
    assert!(feed.read(Some(third)).await.unwrap().events.is_empty());
    // Another one comes to the very place of one that was read.
    let place = events[4].position;
    sqlx::query(
        "INSERT INTO outbox_events (id, era, turn, number, subject, payload)
         VALUES (gen_random_uuid(), $1, $2, $3, gen_random_uuid(), '{}')",
    )
    .bind(place.era)
    .bind(place.turn)
    .bind(place.number)
    .execute(feed.pool())
    .await
    .unwrap();
    assert!(is_gone(feed.read(Some(fifth)).await));
    assert_eq!(feed.read_all(Some(third), 1).await.events.len(), 1);
    let all = feed.read_all(None, 4).await;
    assert_eq!(all.events.len(), 4, "who begins anew has what is there");
}

#[tokio::test]
async fn in_another_cluster_what_was_read_goes_on() {
    let feed = Feed::open().await;
    let before = feed.publish(3).await;
    let second = Cursor::from(&before[1]);
    // A dump was restored where transactions are counted anew: what is there is complete, and all else comes behind.
    feed.run("UPDATE outbox_eras SET system_identifier = 42")
        .await;
    feed.run("UPDATE outbox_events SET turn = turn + 1000000000000")
        .await;
    assert!(is_gone(feed.read(Some(second)).await), "moved by this test");
    let page = feed.read(None).await.unwrap();
    assert_eq!(
        ids(&page.events),
        ids(&before),
        "also before anything is published"
    );
    let second = Cursor::from(&page.events[1]);
    let after = feed.publish(2).await;
    assert_eq!(after[0].position.era, 2);
    let expected = [&ids(&before[2..])[..], &ids(&after)[..]].concat();
    assert_eq!(ids(&feed.read_all(Some(second), 3).await.events), expected);
}

#[tokio::test]
async fn in_a_copy_of_its_cluster_from_an_earlier_day_nothing_comes_before_what_was_read() {
    let feed = Feed::open().await;
    let before = feed.publish(2).await;
    assert!(!outbox::renew_era(feed.pool()).await.unwrap());
    // The dump of a cluster, restored into a copy of it that has seen fewer transactions.
    feed.run("UPDATE outbox_events SET turn = turn + 1000000000000")
        .await;
    let mut position = before[1].position;
    position.turn += 1_000_000_000_000;
    let mut moved = before[1].clone();
    moved.position = position;
    let read = Cursor::from(&moved);
    assert!(
        is_gone(feed.read(Some(read)).await),
        "what is published now may stand before it"
    );
    let server = feed.database.as_server().await.pool;
    assert!(outbox::renew_era(&server).await.unwrap());
    assert!(!outbox::renew_era(&server).await.unwrap(), "once is enough");
    let after = feed.publish(1).await;
    assert_eq!(after[0].position.era, 2);
    let page = feed.read_all(Some(read), 1).await;
    assert_eq!(ids(&page.events), ids(&after));
}
