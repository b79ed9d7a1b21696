//! The hash chain over the audit log, on the real database: nothing is skipped, and who tampers is found out.

use std::time::Duration;

use access::{
    Access, AuditAction, AuditFinding, AuditReport, KeptSeal, ObjectKind, Permission, Sealer,
    Subject, verify_audit_log,
};
use sqlx::{Executor as _, PgPool};

async fn record(pool: &PgPool, entries: usize) {
    let access = Access::new(pool.clone());
    for number in 0..entries {
        access
            .authorize(
                &Subject::system("test"),
                Permission::CustomerRead,
                AuditAction::ProspectRead,
                ObjectKind::Prospect.number(i64::try_from(number).unwrap()),
            )
            .await
            .unwrap();
    }
}

/// Three seals: entries 1 to 3, 4 to 6, 7 to 9.
async fn sealed() -> testkit::TestDatabase {
    let database = testkit::database().await;
    for _ in 0..3 {
        record(&database.pool, 3).await;
        Sealer::seal_all(&database.pool).await.unwrap();
    }
    let report = verify_audit_log(&database.pool).await.unwrap();
    assert_eq!((report.sealed, report.unsealed), (9, 0));
    assert_eq!(report.newest_seal.as_ref().unwrap().0, 3);
    assert_eq!(report.findings, []);
    database
}

async fn after(statement: &str) -> AuditReport {
    let database = sealed().await;
    let done = database.pool.execute(statement).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    verify_audit_log(&database.pool).await.unwrap()
}

const INSERT: &str =
    "INSERT INTO audit_entries (id, subject, action, object, authorized) OVERRIDING SYSTEM VALUE";

#[tokio::test]
async fn a_changed_entry_is_named() {
    for change in [
        "subject = 'operator:other'",
        "action = 'prospect.close'",
        "object = 'prospect:other'",
        "authorized = NOT authorized",
        "recorded_at = recorded_at - interval '1 microsecond'",
        "records = ARRAY['prospect:other']",
    ] {
        let report = after(&format!("UPDATE audit_entries SET {change} WHERE id = 5")).await;
        let changed = AuditFinding::EntryChanged { id: 5, seal: 2 };
        assert_eq!(report.findings, [changed], "{change}");
        assert!(
            report.findings[0]
                .to_string()
                .starts_with("audit entry 5 was changed after it was recorded"),
        );
    }
}

#[tokio::test]
async fn a_deleted_entry_is_named_wherever_it_stood() {
    for (id, seal) in [(1, 1), (5, 2), (6, 2), (9, 3)] {
        let report = after(&format!("DELETE FROM audit_entries WHERE id = {id}")).await;
        assert_eq!(report.findings, [AuditFinding::EntryDeleted { id, seal }]);
    }
}

#[tokio::test]
async fn an_inserted_entry_is_named() {
    let report = after(&format!(
        "{INSERT} VALUES (0, 's', 'a', 'o', TRUE), (-7, 's', 'a', 'o', TRUE)"
    ))
    .await;
    let inserted = |id| AuditFinding::EntryInserted { id, seal: 1 };
    assert_eq!(report.findings, [inserted(-7), inserted(0)]);

    // In the gap that a rolled-back transaction left.
    let database = testkit::database().await;
    let pool = &database.pool;
    record(pool, 2).await;
    let mut lost = pool.begin().await.unwrap();
    lost.execute("INSERT INTO audit_entries (subject, action, object, authorized) VALUES ('s', 'a', 'o', TRUE)")
        .await
        .unwrap();
    lost.rollback().await.unwrap();
    record(pool, 2).await;
    Sealer::seal_all(pool).await.unwrap();
    assert_eq!(verify_audit_log(pool).await.unwrap().findings, []);
    pool.execute(format!("{INSERT} VALUES (3, 's', 'a', 'o', TRUE)").as_str())
        .await
        .unwrap();
    assert_eq!(
        verify_audit_log(pool).await.unwrap().findings,
        [AuditFinding::EntryInserted { id: 3, seal: 1 }]
    );
}

#[tokio::test]
async fn a_seal_that_was_tampered_with_is_named() {
    let changed = |seal, last_id| AuditFinding::SealChanged { seal, last_id };
    for change in [
        "hash = sha256('x')",
        "previous_hash = sha256('x')",
        "digests = digests || sha256('x')",
        "digests = sha256('x') || substr(digests, 33)",
        "entry_ids = ARRAY[4, 6]",
        "sealed_at = sealed_at - interval '1 day'",
    ] {
        let report = after(&format!("UPDATE audit_seals SET {change} WHERE number = 2")).await;
        assert_eq!(report.findings, [changed(2, 6)], "{change}");
    }
    let report = after("UPDATE audit_seals SET last_id = 5 WHERE number = 2").await;
    assert_eq!(report.findings, [changed(2, 5)]);
    let report = after("DELETE FROM audit_seals WHERE number = 2").await;
    assert_eq!(report.findings, [AuditFinding::SealDeleted { seal: 2 }]);
    let report = after("DELETE FROM audit_seals WHERE number = 1").await;
    assert_eq!(report.findings, [AuditFinding::SealDeleted { seal: 1 }]);
}

/// Who has the owner's role cuts off the end: the newest seals with all that they hold for.
#[tokio::test]
async fn an_end_that_was_cut_off_is_named_for_good() {
    let database = sealed().await;
    let pool = &database.pool;
    let gone = |seal| AuditFinding::SealDeleted { seal };
    let tail = AuditFinding::TailMissing { from: 4, to: 9 };
    for statement in [
        "DELETE FROM audit_seals WHERE number > 1",
        "DELETE FROM audit_entries WHERE id > 3",
    ] {
        pool.execute(statement).await.unwrap();
    }
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!(report.findings, [gone(2), gone(3), tail]);
    let words = report.findings[2].to_string();
    assert!(
        words.contains("from 4 on") && words.contains("up to 9"),
        "{words}"
    );

    // Life goes on, and the gap stays.
    record(pool, 2).await;
    Sealer::seal_all(pool).await.unwrap();
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!(report.findings, [gone(2), gone(3)]);
    assert_eq!(report.newest_seal.unwrap().0, 4);
}

#[tokio::test]
async fn entries_without_a_seal_are_missed_too() {
    let database = sealed().await;
    let pool = &database.pool;
    record(pool, 3).await;
    pool.execute("DELETE FROM audit_entries WHERE id > 10")
        .await
        .unwrap();
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!(
        report.findings,
        [AuditFinding::TailMissing { from: 11, to: 12 }]
    );
}

/// PostgreSQL logs a sequence ahead that is drawn from, and goes on there after a crash.
#[tokio::test]
async fn after_a_crash_as_many_seals_are_counted_as_there_are() {
    let database = sealed().await;
    let (made, ahead): (i64, i64) =
        sqlx::query_as("SELECT last_value, log_cnt FROM audit_seals_made")
            .fetch_one(&database.pool)
            .await
            .unwrap();
    assert_eq!((made, ahead), (3, 0), "what is logged is what there is");
}

/// Whether somebody waits for the end of transactions that write into the log.
async fn is_waited_for(pool: &PgPool) -> bool {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                        AND query LIKE '%virtualtransaction = ANY%')",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

/// An id is given before its entry can be seen: who is writing while the log is looked through is waited for.
#[tokio::test]
async fn an_entry_on_its_way_is_not_missed() {
    let database = sealed().await;
    let pool = database.pool.clone();
    let mut late = pool.begin().await.unwrap();
    late.execute("INSERT INTO audit_entries (subject, action, object, authorized) VALUES ('late', 'a', 'o', TRUE)")
        .await
        .unwrap();
    let (report, ()) = tokio::join!(verify_audit_log(&pool), async {
        while !is_waited_for(&pool).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        late.commit().await.unwrap();
    });
    assert_eq!(report.unwrap().findings, []);
}

/// A chain that was made anew from its first seal fits in itself: only who kept a seal knows better.
#[tokio::test]
async fn a_kept_seal_knows_better_than_a_chain_made_anew() {
    let database = sealed().await;
    let pool = &database.pool;
    let (number, hash) = verify_audit_log(pool).await.unwrap().newest_seal.unwrap();
    let kept: KeptSeal = format!("{number}:{hash}").parse().unwrap();
    assert_eq!(kept.compare(pool).await.unwrap(), None);
    for statement in [
        "DELETE FROM audit_seals",
        "UPDATE audit_entries SET authorized = FALSE WHERE id = 5",
        "SELECT setval('audit_seals_made', 1, FALSE)",
    ] {
        pool.execute(statement).await.unwrap();
    }
    let missing = AuditFinding::KeptSealMissing { seal: 3 };
    assert_eq!(kept.compare(pool).await.unwrap(), Some(missing));
    Sealer::seal_all(pool).await.unwrap();
    assert_eq!(verify_audit_log(pool).await.unwrap().findings, []);
    let first: KeptSeal = format!("1:{hash}").parse().unwrap();
    let other = AuditFinding::NotTheKeptSeal { seal: 1 };
    assert_eq!(first.compare(pool).await.unwrap(), Some(other));
    for no in ["", "3", "x:00", "0:00", &format!("3:{}", &hash[1..])] {
        assert!(no.parse::<KeptSeal>().is_err(), "{no}");
    }
}

#[tokio::test]
async fn a_seal_that_was_made_anew_does_not_fit_the_next() {
    let database = sealed().await;
    let pool = &database.pool;
    // The newest seal and all that it holds for is thrown away and sealed again, then the old one's follower is kept.
    let kept = "CREATE TABLE kept AS SELECT * FROM audit_seals WHERE number = 3";
    for statement in [
        kept,
        "DELETE FROM audit_seals WHERE number > 1",
        "CREATE TABLE later AS SELECT * FROM audit_entries WHERE id > 6",
        "DELETE FROM audit_entries WHERE id > 6",
        "UPDATE audit_entries SET authorized = FALSE WHERE id = 5",
        "SELECT setval('audit_seals_made', 1)",
        "SELECT setval('audit_entries_id_seq', 6)",
    ] {
        pool.execute(statement).await.unwrap();
    }
    Sealer::seal_all(pool).await.unwrap();
    pool.execute("INSERT INTO audit_seals SELECT * FROM kept")
        .await
        .unwrap();
    pool.execute("INSERT INTO audit_entries OVERRIDING SYSTEM VALUE SELECT * FROM later")
        .await
        .unwrap();
    assert_eq!(
        verify_audit_log(pool).await.unwrap().findings,
        [AuditFinding::SealBroken { seal: 3 }]
    );
}

#[tokio::test]
async fn a_lower_id_that_commits_later_is_sealed_too() {
    let database = testkit::database().await;
    let pool = &database.pool;
    record(pool, 1).await;
    let mut late = pool.begin().await.unwrap();
    late.execute("INSERT INTO audit_entries (subject, action, object, authorized) VALUES ('late', 'a', 'o', TRUE)")
        .await
        .unwrap();
    record(pool, 2).await;
    Sealer::seal_all(pool).await.unwrap();
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!(report.sealed, 0, "it waits for the open transaction");
    late.commit().await.unwrap();
    Sealer::seal_all(pool).await.unwrap();
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!(
        (report.sealed, report.unsealed, report.findings),
        (4, 0, vec![])
    );
}

#[tokio::test]
async fn writers_of_all_kinds_and_two_sealers_at_once() {
    let database = testkit::database().await;
    let pool = &database.pool;
    let writers: Vec<_> = (0_u64..6)
        .map(|writer| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for round in 0_u64..40 {
                    let mut tx = pool.begin().await.unwrap();
                    for _ in 0..=round % 3 {
                        tx.execute("INSERT INTO audit_entries (subject, action, object, authorized) VALUES ('s', 'a', 'o', TRUE)")
                            .await
                            .unwrap();
                        // Each stays open for another while.
                        for _ in 0..(writer * 7 + round) % 5 {
                            tx.execute("SELECT 1").await.unwrap();
                        }
                    }
                    if round % 10 == 9 {
                        tx.rollback().await.unwrap();
                    } else {
                        tx.commit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    let sealers: Vec<_> = (0..2)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for _ in 0..30 {
                    Sealer::seal_all(&pool).await.unwrap();
                }
            })
        })
        .collect();
    for task in writers.into_iter().chain(sealers) {
        task.await.unwrap();
    }
    Sealer::seal_all(pool).await.unwrap();
    let (entries, seals): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM audit_entries), (SELECT count(*) FROM audit_seals)",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!(
        (report.sealed, report.unsealed, report.findings),
        (entries, 0, vec![])
    );
    assert!(seals > 3, "many seals were made meanwhile: {seals}");
}

#[tokio::test]
async fn more_than_a_seal_takes_makes_several() {
    let database = testkit::database().await;
    let pool = &database.pool;
    pool.execute("INSERT INTO audit_entries (subject, action, object, authorized) SELECT 's', 'a', 'o', TRUE FROM generate_series(1, 2500)")
        .await
        .unwrap();
    Sealer::seal_all(pool).await.unwrap();
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!((report.sealed, report.newest_seal.unwrap().0), (2500, 3));
    pool.execute("DELETE FROM audit_entries").await.unwrap();
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!((report.findings.len(), report.unlisted), (100, 2400));
}

#[tokio::test]
async fn entries_that_nobody_seals_are_a_finding() {
    let database = testkit::database().await;
    let pool = &database.pool;
    record(pool, 2).await;
    let report = verify_audit_log(pool).await.unwrap();
    assert_eq!((report.unsealed, report.findings), (2, vec![]));
    pool.execute("UPDATE audit_entries SET recorded_at = recorded_at - interval '90 seconds'")
        .await
        .unwrap();
    let report = verify_audit_log(pool).await.unwrap();
    assert!(
        matches!(
            report.findings[..],
            [AuditFinding::Unsealed {
                entries: 2,
                seconds: 90..120
            }]
        ),
        "{report:?}"
    );
    assert!(report.findings[0].to_string().contains("usher worker"));
}
