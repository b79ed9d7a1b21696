//! Reading the audit log, on the real database.

use access::{
    AccessError, AuditEntry, AuditFilter, AuditLog, Decision, ObjectKind, Permission, Role, Sealer,
    Subject,
};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Executor as _, PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

fn staff(role: Role) -> Subject {
    Subject::Operator {
        id: Uuid::now_v7().into(),
        role,
    }
}

/// Entry n was written n minutes after the first hour of 2026, by one of 10 subjects, about one of 100 objects.
async fn filled(entries: i32) -> testkit::TestDatabase {
    let database = testkit::database().await;
    sqlx::query(
        "INSERT INTO audit_entries (recorded_at, subject, action, object, authorized)
         SELECT timestamptz '2026-01-01 00:00Z' + n * interval '1 minute', 'operator:' || n % 10,
                (ARRAY['prospect.create', 'prospect.read', 'prospects.list', 'customer.close'])[n % 4 + 1],
                'prospect:' || n % 100, n % 1000 <> 7
         FROM generate_series(1, $1) n",
    )
    .bind(entries)
    .execute(&database.pool)
    .await
    .unwrap();
    database
        .pool
        .execute("ANALYZE audit_entries")
        .await
        .unwrap();
    database
}

fn minute(n: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::minutes(n)
}

fn ids(entries: &[AuditEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn pages_lead_from_the_newest_to_the_oldest() {
    let database = filled(25).await;
    let log = AuditLog::new(database.pool.clone());
    let auditor = staff(Role::Auditor);
    let all = AuditFilter::default();
    let page = async |place| log.page(&auditor, &all, place, 10).await.unwrap();

    let first = page(None).await;
    assert_eq!(ids(&first.rows), (16..=25).rev().collect::<Vec<_>>());
    assert_eq!(first.next, Some(16));
    let second = page(first.next).await;
    assert_eq!(ids(&second.rows), (6..=15).rev().collect::<Vec<_>>());
    let last = page(second.next).await;
    assert_eq!(ids(&last.rows), (1..=5).rev().collect::<Vec<_>>());
    assert_eq!(last.next, None);

    assert!(first.rows.iter().all(|entry| !entry.sealed));
    Sealer::seal_all(&database.pool).await.unwrap();
    assert!(page(None).await.rows.iter().all(|entry| entry.sealed));
}

#[tokio::test]
async fn filters_alone_and_together() {
    let database = filled(3000).await;
    let log = AuditLog::new(database.pool.clone());
    let admin = staff(Role::Admin);
    let none = AuditFilter::default();
    let text = |text: &str| Some(text.to_owned());
    let found = async |filter: AuditFilter| {
        let page = log.page(&admin, &filter, None, 4).await.unwrap();
        ids(&page.rows)
    };
    let cases = [
        (
            AuditFilter {
                subject: text("operator:3"),
                ..none.clone()
            },
            vec![2993, 2983, 2973, 2963],
        ),
        (
            AuditFilter {
                objects: vec!["prospect:7".to_owned()],
                ..none.clone()
            },
            vec![2907, 2807, 2707, 2607],
        ),
        (
            AuditFilter {
                objects: vec!["prospect:".to_owned()],
                ..none.clone()
            },
            vec![],
        ),
        (
            AuditFilter {
                objects: ["prospect:7", "prospect:8", "prospect:nothing"]
                    .map(str::to_owned)
                    .to_vec(),
                ..none.clone()
            },
            vec![2908, 2907, 2808, 2807],
        ),
        (
            AuditFilter {
                objects: vec!["prospect:7".to_owned()],
                action: text("customer."),
                ..none.clone()
            },
            vec![2907, 2807, 2707, 2607],
        ),
        (
            AuditFilter {
                objects: vec!["prospect:7".to_owned()],
                action: text("prospect."),
                ..none.clone()
            },
            vec![],
        ),
        (
            AuditFilter {
                kind: Some(ObjectKind::Prospect),
                ..none.clone()
            },
            vec![3000, 2999, 2998, 2997],
        ),
        (
            AuditFilter {
                kind: Some(ObjectKind::Customer),
                ..none.clone()
            },
            vec![],
        ),
        (
            AuditFilter {
                action: text("prospect."),
                ..none.clone()
            },
            vec![3000, 2997, 2996, 2993],
        ),
        (
            AuditFilter {
                action: text("prospect"),
                ..none.clone()
            },
            vec![3000, 2998, 2997, 2996],
        ),
        (
            AuditFilter {
                action: text("customer.close"),
                ..none.clone()
            },
            vec![2999, 2995, 2991, 2987],
        ),
        (
            AuditFilter {
                action: text("prosp%"),
                ..none.clone()
            },
            vec![],
        ),
        (
            AuditFilter {
                action: text("x"),
                ..none.clone()
            },
            vec![],
        ),
        (
            AuditFilter {
                action: text(""),
                ..none.clone()
            },
            vec![3000, 2999, 2998, 2997],
        ),
        (
            AuditFilter {
                decision: Some(Decision::Refused),
                ..none.clone()
            },
            vec![2007, 1007, 7],
        ),
        (
            AuditFilter {
                decision: Some(Decision::Authorized),
                to: Some(minute(1008)),
                ..none.clone()
            },
            vec![1006, 1005, 1004, 1003],
        ),
        (
            AuditFilter {
                from: Some(minute(10)),
                to: Some(minute(12)),
                ..none.clone()
            },
            vec![11, 10],
        ),
        (
            AuditFilter {
                from: Some(minute(2999)),
                ..none.clone()
            },
            vec![3000, 2999],
        ),
        (
            AuditFilter {
                from: Some(minute(3001)),
                ..none.clone()
            },
            vec![],
        ),
        (
            AuditFilter {
                to: Some(minute(1)),
                ..none.clone()
            },
            vec![],
        ),
        (
            AuditFilter {
                subject: text("operator:7"),
                action: text("customer."),
                decision: Some(Decision::Refused),
                to: Some(minute(2500)),
                ..none.clone()
            },
            vec![2007, 1007, 7],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(found(filter.clone()).await, expected, "{filter:?}");
    }
    assert_eq!(
        log.actions(&admin).await.unwrap()[..],
        [
            "customer.close",
            "prospect.create",
            "prospect.read",
            "prospects.list"
        ]
    );
}

#[tokio::test]
async fn only_who_may_reads_it_and_only_the_refusal_is_written_down() {
    let database = testkit::database().await;
    let log = AuditLog::new(database.pool.clone());
    let all = AuditFilter::default();
    let auditor = staff(Role::Auditor);
    assert!(
        log.page(&auditor, &all, None, 5)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    assert!(log.actions(&auditor).await.unwrap().is_empty());

    let officer = staff(Role::OnboardingOfficer);
    let refused = log.page(&officer, &all, None, 5).await;
    assert!(matches!(
        refused,
        Err(AccessError::Forbidden {
            permission: Permission::AuditRead
        })
    ));
    assert!(log.actions(&officer).await.is_err());
    let page = log.page(&auditor, &all, None, 5).await.unwrap();
    assert_eq!(page.rows.len(), 2);
    for entry in page.rows {
        assert_eq!(
            (entry.subject, entry.action.as_str(), entry.authorized),
            (officer.as_text(), "audit.read", false)
        );
    }
}

/// Whatever is asked for, a page reads some hundred rows, not the table.
#[tokio::test]
async fn a_page_is_an_indexed_query_whatever_is_asked_for() {
    let database = filled(200_000).await;
    let counts: bool =
        sqlx::query_scalar("SELECT to_regproc('pg_stat_force_next_flush') IS NOT NULL")
            .fetch_one(&database.pool)
            .await
            .unwrap();
    if !counts {
        // PostgreSQL 14 tells what was read some time later.
        return;
    }
    let one = PgPoolOptions::new()
        .max_connections(1)
        .connect(&database.url)
        .await
        .unwrap();
    let log = AuditLog::new(one.clone());
    let admin = staff(Role::Admin);
    let none = AuditFilter::default();
    let text = |text: &str| Some(text.to_owned());
    let (from, to) = (Some(minute(1000)), Some(minute(1100)));
    for filter in [
        none.clone(),
        AuditFilter {
            subject: text("operator:3"),
            ..none.clone()
        },
        AuditFilter {
            subject: text("nobody"),
            ..none.clone()
        },
        AuditFilter {
            objects: vec!["prospect:42".to_owned()],
            ..none.clone()
        },
        AuditFilter {
            objects: vec!["prospect:42".to_owned(), "customer:42".to_owned()],
            ..none.clone()
        },
        AuditFilter {
            kind: Some(ObjectKind::Operator),
            ..none.clone()
        },
        AuditFilter {
            action: text("prospect."),
            ..none.clone()
        },
        AuditFilter {
            action: text("nothing"),
            ..none.clone()
        },
        AuditFilter {
            decision: Some(Decision::Refused),
            ..none.clone()
        },
        AuditFilter {
            from,
            to,
            ..none.clone()
        },
        AuditFilter {
            action: text("prospect."),
            from,
            to,
            ..none.clone()
        },
        AuditFilter {
            subject: text("operator:3"),
            from,
            to,
            ..none.clone()
        },
    ] {
        for place in [None, Some(100_000)] {
            let before = read(&one, &database.pool).await;
            log.page(&admin, &filter, place, 50).await.unwrap();
            log.actions(&admin).await.unwrap();
            let read = read(&one, &database.pool).await - before;
            assert!(
                read < 1000,
                "{read} rows were read for {filter:?}, {place:?}"
            );
        }
    }
}

/// How many rows of the log this pool's connection has read, in any way.
async fn read(one: &PgPool, other: &PgPool) -> i64 {
    one.execute("SELECT pg_stat_force_next_flush()")
        .await
        .unwrap();
    sqlx::query_scalar(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'audit_entries'",
    )
    .fetch_one(other)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_kind_is_found_under_every_name_that_it_ever_had() {
    let database = testkit::database().await;
    database
        .pool
        .execute(
            "INSERT INTO audit_entries (subject, action, object, authorized, records) VALUES
             ('system:test', 'credit_proposal.approve', 'credit-proposal:7', TRUE, '{}'),
             ('system:test', 'credit_proposal.list', 'list', TRUE, '{credit_proposal:7,customer:1}'),
             ('system:test', 'credit_proposal.list', 'list', TRUE, '{credit-proposal:7,customer:1}'),
             ('system:test', 'prospect.list', 'list', TRUE, '{prospect:7}')",
        )
        .await
        .unwrap();
    let log = AuditLog::new(database.pool.clone());
    for filter in [
        AuditFilter {
            kind: Some(ObjectKind::CreditProposal),
            ..AuditFilter::default()
        },
        AuditFilter {
            objects: vec!["credit-proposal:7".to_owned()],
            ..AuditFilter::default()
        },
    ] {
        let page = log
            .page(&staff(Role::Admin), &filter, None, 100)
            .await
            .unwrap();
        let found: Vec<_> = page.rows.iter().map(|entry| entry.id).collect();
        assert_eq!(found, [3, 2, 1]);
    }
}
