//! People who share an identity, and operators who meet others: nobody waits in a circle, and little is raised.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::common::{Log, admin, applicant, drain, green, officer, somebody_waits};
use claim_loop::{Turn, Work as _};
use customer::{primitives::ProspectId, raised::RaisedItem};
use futures::future::{join, join_all};
use kernel::Error;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};
use testkit::TestDatabase;
use uuid::Uuid;

/// How often PostgreSQL undid something because two waited for each other. Closes the pool: a session counts when it ends.
async fn deadlocks(db: TestDatabase) -> i64 {
    db.pool.close().await;
    let (server, name) = db.url.rsplit_once('/').unwrap();
    let mut other = PgConnection::connect(&format!("{server}/postgres"))
        .await
        .unwrap();
    loop {
        let sessions: i64 =
            sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE datname = $1")
                .bind(name)
                .fetch_one(&mut other)
                .await
                .unwrap();
        if sessions == 0 {
            break;
        }
        // The service's own listeners end with it.
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
            .bind(name)
            .execute(&mut other)
            .await
            .unwrap();
    }
    sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = $1")
        .bind(name)
        .fetch_one(&mut other)
        .await
        .unwrap()
}

async fn raised(pool: &PgPool) -> Vec<(Uuid, Uuid)> {
    sqlx::query_as("SELECT prospect_id, other_id FROM raised WHERE other_id IS NOT NULL AND resolved_at IS NULL ORDER BY prospect_id")
        .fetch_all(pool)
        .await
        .unwrap()
}

impl Log {
    /// Sumsub knows the prospect under one name with all others, and approves.
    async fn ada(&self, n: usize) -> ProspectId {
        let id = self.prospect(&format!("ada-{n}@example.com")).await;
        let mut known = applicant(id, "completed", Some("GREEN"), 1);
        known["info"]["lastName"] = json!("Lovelace");
        self.sumsub.tell(id, known);
        id
    }

    async fn resolved(&self, item: i64) {
        let who = admin();
        let resolved = self.onboarding.resolve(&who, item, "twins indeed").await;
        resolved.unwrap();
    }

    async fn refreshed(&self, id: ProspectId) {
        let told = self.onboarding.refresh_from_sumsub(&officer(), id).await;
        told.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_share_an_identity_are_judged_at_once_without_a_deadlock_and_raised_once_each() {
    const MANY: usize = 40;
    let db = testkit::database().await;
    let log = Log::open_on(db.pool.clone()).await;
    for n in 0..MANY {
        let id = log.ada(n).await;
        log.store(&green(id, 1)).await;
    }
    // Four processes: each judges, and asks Sumsub about whom it has judged.
    let busy = AtomicUsize::new(0);
    let each = (0..4).map(|_| async {
        loop {
            drain(&log.onboarding.drain()).await;
            match log.onboarding.refresher().batch().await {
                Ok(Turn::Idle(_)) => break,
                Ok(Turn::Worked) => {}
                Err(_) => {
                    busy.fetch_add(1, Relaxed);
                }
            }
        }
    });
    join_all(each).await;
    // What one has claimed when the others found nothing left.
    while log.onboarding.refresher().batch().await.unwrap() == Turn::Worked {}

    assert_eq!(log.count("customers").await, 40);
    assert_eq!(
        log.count("prospects WHERE identity_key IS NOT NULL").await,
        40
    );
    let raised = raised(&log.pool).await;
    let about: std::collections::HashSet<Uuid> = raised.iter().map(|(one, _)| *one).collect();
    let pairs = MANY - 1;
    assert_eq!(
        (raised.len(), about.len()),
        (pairs, pairs),
        "one for each but the first"
    );
    let list = log.onboarding.raised(&admin()).await.unwrap();
    let named = |item: &RaisedItem| match item.cause.split_once(" others (10") {
        Some((words, _)) => words.rsplit(' ').next().unwrap().parse().unwrap(),
        None => 1,
    };
    let mut named: Vec<usize> = list.items.iter().map(named).collect();
    named.sort_unstable();
    assert_eq!(
        named,
        (1..MANY).collect::<Vec<_>>(),
        "each pair is named once"
    );
    drop(log);
    assert_eq!((deadlocks(db).await, busy.into_inner()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_resolved_is_raised_again_only_for_somebody_new() {
    let log = Log::open().await;
    let (one, two) = (log.ada(1).await, log.ada(2).await);
    log.refreshed(one).await;
    assert_eq!(raised(&log.pool).await, []);
    log.refreshed(two).await;
    let pair = |one: ProspectId, other: ProspectId| (Uuid::from(one), Uuid::from(other));
    assert_eq!(raised(&log.pool).await, [pair(two, one)]);
    let list = log.onboarding.raised(&admin()).await.unwrap();
    for item in list.items {
        assert!(!item.cause.contains("others"), "{}", item.cause);
        log.resolved(item.id).await;
    }
    // The same is told again: it is one fact.
    log.refreshed(one).await;
    assert_eq!(raised(&log.pool).await, []);

    let three = log.ada(3).await;
    log.refreshed(three).await;
    assert_eq!(raised(&log.pool).await, [pair(three, one)]);
    let list = log.onboarding.raised(&admin()).await.unwrap();
    let item = list.items.into_iter().next().unwrap();
    assert!(item.cause.contains("2 others (10"), "{}", item.cause);
    // What was read when it was resolved stays.
    log.resolved(item.id).await;
    log.refreshed(log.ada(4).await).await;
    let resolved = log.onboarding.resolved(&admin(), None, 1, None).await;
    assert_eq!(resolved.unwrap().rows[0].item.cause, item.cause);
}

/// What a process that died between the two has left is done by the next.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_recorded_and_not_compared_is_compared_by_the_next() {
    let log = Log::open().await;
    let (one, two) = (log.ada(1).await, log.ada(2).await);
    log.refreshed(one).await;
    log.refreshed(two).await;
    for statement in [
        "DELETE FROM raised",
        "UPDATE prospect_identities SET compared = FALSE",
    ] {
        log.pool.execute(statement).await.unwrap();
    }
    log.onboarding.refresher().batch().await.unwrap();
    assert_eq!(raised(&log.pool).await.len(), 1);
}

/// Those of before, one for each pair.
#[tokio::test(flavor = "multi_thread")]
async fn pairs_of_before_become_one_item_for_each_record_and_then_for_each_pair() {
    const MIGRATION: &str = include_str!("../../../../migrations/0127_twins.sql");
    const ONE_ROW: &str = include_str!("../../../../migrations/0174_one_row_for_a_pair.sql");
    let log = Log::open().await;
    let mut ids = Vec::new();
    for n in 0..4 {
        let id = log.ada(n).await;
        log.refreshed(id).await;
        ids.push(Uuid::from(id));
    }
    log.pool
        .execute(
            "DELETE FROM raised;
             INSERT INTO raised (cause, prospect_id, other_id)
             SELECT 'possible duplicate', a.id, b.id FROM prospects a, prospects b WHERE a.id <> b.id;
             DROP TABLE prospect_identities;
             DROP TRIGGER keep_prospect_identities ON prospects;
             DROP FUNCTION keep_prospect_identities;
             CREATE INDEX prospects_by_identity ON prospects (id);",
        )
        .await
        .unwrap();
    log.pool.execute(MIGRATION).await.unwrap();
    let about: Vec<Uuid> = raised(&log.pool)
        .await
        .iter()
        .map(|(one, _)| *one)
        .collect();
    assert_eq!(about, ids);
    assert_eq!(log.count("raised").await, 12, "and nothing is lost");
    log.pool
        .execute("DROP FUNCTION one_row_for_a_pair CASCADE; DROP INDEX raised_by_other;")
        .await
        .unwrap();
    log.pool.execute(ONE_ROW).await.unwrap();
    let pairs = raised(&log.pool).await;
    let about: Vec<Uuid> = pairs.iter().map(|(one, _)| *one).collect();
    assert_eq!(about, ids[1..], "the first is named by the others");
    assert!(pairs.iter().all(|(one, other)| other < one), "{pairs:?}");
    let fifth = log.ada(5).await;
    log.refreshed(fifth).await;
    assert_eq!(raised(&log.pool).await.len(), 4, "a fifth adds its own");
}

/// Who processes callbacks locks their ids, then the prospects: so does who reopens.
#[tokio::test(flavor = "multi_thread")]
async fn reopening_takes_its_locks_in_the_order_of_the_drain() {
    let db = testkit::database().await;
    let log = Log::open_on(db.pool.clone()).await;
    let id = log.prospect("ada@example.com").await;
    log.onboarding
        .close_prospect(&officer(), id, "a mistake")
        .await
        .unwrap();
    log.store(&green(id, 1)).await;
    log.drained().await;

    let mut processing = db.pool.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7602))")
        .bind(format!("applicant-{id}"))
        .execute(&mut *processing)
        .await
        .unwrap();
    let who = officer();
    let reopening = log.onboarding.reopen_prospect(&who, id, "no mistake");
    let processing = async {
        somebody_waits(&db.pool).await;
        let locked = sqlx::query("SELECT id FROM prospects WHERE id = $1 FOR UPDATE")
            .bind(Uuid::from(id))
            .execute(&mut *processing)
            .await;
        processing.rollback().await.unwrap();
        locked
    };
    let (reopened, locked) = join(reopening, processing).await;
    assert!(
        reopened.is_ok() && locked.is_ok(),
        "{reopened:?} {locked:?}"
    );
    // The callback that came meanwhile was judged again.
    assert_eq!(log.count("prospects WHERE stage = 'converted'").await, 1);
    drop(log);
    assert_eq!(deadlocks(db).await, 0);
}

/// An operator whose transaction is undone because it met another one hears nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_met_another_one_is_done_again() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    let mut other = log.pool.begin().await.unwrap();
    for statement in [
        // The service finds out first that the two wait for each other, and is the one that is undone.
        "SET LOCAL deadlock_timeout = '1h'",
        "INSERT INTO taken (kind, value, owner) VALUES ('email', 'new@example.com', gen_random_uuid())",
    ] {
        sqlx::query(statement).execute(&mut *other).await.unwrap();
    }
    let who = officer();
    let changing = log.onboarding.change_email(&who, id, "new@example.com");
    let other = async {
        somebody_waits(&log.pool).await;
        sqlx::query("SELECT id FROM prospects WHERE id = $1 FOR UPDATE")
            .bind(Uuid::from(id))
            .execute(&mut *other)
            .await
            .unwrap();
        other.rollback().await.unwrap();
    };
    let (changed, ()) = join(changing, other).await;
    assert!(changed.is_ok(), "{changed:?}");
    // Two who want each other's address are told so, whoever is undone.
    let second = log.prospect("ben@example.com").await;
    let (one, two) = join(
        log.onboarding.change_email(&who, id, "ben@example.com"),
        log.onboarding.change_email(&who, second, "new@example.com"),
    )
    .await;
    for answer in [one, two] {
        assert!(
            matches!(answer, Ok(()) | Err(Error::Invalid(_))),
            "{answer:?}"
        );
    }
}
