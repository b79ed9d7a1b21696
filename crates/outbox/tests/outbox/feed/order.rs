//! No event is missed, whatever transactions do.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use es_entity::AtomicOperation as _;
use outbox::{Cursor, Outbox, Recorded};
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

use super::Told;

const WRITERS: usize = 8;
const RECORDS: usize = 40;
const EVENTS: usize = 20_000;

/// A record, and how often something happened to it.
struct Record {
    id: Uuid,
    count: AtomicI64,
}

/// Numbers that look random and are the same each time.
fn dice(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// One transaction; answers how many events it published.
async fn write(outbox: &Outbox, records: &[Record], seed: &mut u64) -> usize {
    let record = &records[usize::try_from(dice(seed)).unwrap() % RECORDS];
    let events = 1 + usize::try_from(dice(seed) % 20).unwrap();
    let mut op = outbox.begin_op().await.unwrap();
    if dice(seed).is_multiple_of(3) {
        // It has an id long before it publishes, and lower than those of others who come before it.
        sqlx::query("SELECT pg_current_xact_id()")
            .execute(op.as_executor())
            .await
            .unwrap();
        pause(&mut op, dice(seed) % 30).await;
    }
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(record.id.to_string())
        .execute(op.as_executor())
        .await
        .unwrap();
    if dice(seed).is_multiple_of(8) {
        // It changes its mind.
        return 0;
    }
    let told: Vec<Told> = (0..events)
        .map(|_| Told::happened(record.id, record.count.fetch_add(1, Ordering::Relaxed)))
        .collect();
    outbox.publish_all(&mut op, told).await.unwrap();
    op.commit().await.unwrap();
    events
}

async fn pause(op: &mut es_entity::DbOp<'static>, milliseconds: u64) {
    sqlx::query("SELECT pg_sleep($1::float8 / 1000)")
        .bind(f64::from(u32::try_from(milliseconds).unwrap()))
        .execute(op.as_executor())
        .await
        .unwrap();
}

/// Polls all the time, until it is told that all was published and there is no more.
async fn poll(pool: PgPool, done: Arc<AtomicBool>) -> Vec<Recorded> {
    let mut seed = 7;
    let mut read = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let is_last = done.load(Ordering::SeqCst) && all_is_readable(&pool).await;
        let limit = i64::try_from(1 + dice(&mut seed) % 400).unwrap();
        let page = outbox::feed(&pool, cursor, limit).await.unwrap();
        let is_complete = is_last && page.events.is_empty();
        // As a program that keeps it as text.
        cursor = Some(page.next.to_string().parse().unwrap());
        read.extend(page.events);
        if is_complete {
            return read;
        }
    }
}

/// Other databases' transactions may hold the end up.
async fn all_is_readable(pool: &PgPool) -> bool {
    let head = outbox::head(pool).await.unwrap();
    sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT FROM outbox_events WHERE (era, turn, number) > ($1, $2, $3))",
    )
    .bind(head.era)
    .bind(head.turn)
    .bind(head.number)
    .fetch_one(pool)
    .await
    .unwrap()
}

async fn many(pool: &PgPool, outbox: &Outbox, records: &Arc<Vec<Record>>, events: usize) {
    let published = Arc::new(AtomicI64::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (outbox, records, published) =
                (outbox.clone(), Arc::clone(records), Arc::clone(&published));
            tokio::spawn(async move {
                let mut seed = u64::try_from(writer).unwrap() * 977 + 1;
                let events = i64::try_from(events).unwrap();
                while published.load(Ordering::Relaxed) < events {
                    let more = write(&outbox, &records, &mut seed).await;
                    published.fetch_add(i64::try_from(more).unwrap(), Ordering::Relaxed);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    // As a crash of PostgreSQL leaves the sequence, when nobody is at work.
    sqlx::query("SELECT setval('outbox_events_number', greatest(last_value - 12, 1)) FROM outbox_events_number")
        .execute(pool)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_polls_all_the_time_misses_nothing_and_sees_each_records_events_in_order() {
    let database = testkit::database().await;
    let pool = PgPoolOptions::new()
        .max_connections(u32::try_from(WRITERS).unwrap() + 4)
        .connect(&database.url)
        .await
        .unwrap();
    let outbox = Outbox::open(&pool).await.unwrap();
    let records: Vec<Record> = (0..RECORDS)
        .map(|_| Record {
            id: Uuid::new_v4(),
            count: AtomicI64::new(0),
        })
        .collect();
    let records = Arc::new(records);
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(poll(pool.clone(), Arc::clone(&done)));
    for _ in 0..4 {
        many(&pool, &outbox, &records, EVENTS / 4).await;
    }
    done.store(true, Ordering::SeqCst);
    let read = reader.await.unwrap();
    let on_record: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM outbox_events ORDER BY era, turn, number")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert!(on_record.len() >= EVENTS);
    let missed = on_record.len().abs_diff(read.len());
    assert_eq!(missed, 0, "of {}", on_record.len());
    assert!(
        super::ids(&read) == on_record,
        "read in the order of the places"
    );
    let mut counts: HashMap<Uuid, i64> = HashMap::new();
    for event in read {
        let Told::Happened { record, count } = event.event.read().unwrap();
        let next = counts.entry(record).or_default();
        assert_eq!(count, *next, "out of order: {record}");
        *next += 1;
    }
}
