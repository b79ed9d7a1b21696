//! What the lists are narrowed down to, and where a page stands in its list.

use access::{OperatorId, Operators, Role, Subject};
use chrono::{DateTime, Utc};
use customer::{
    list::{Assigned, Created, CustomerFilter, Extent, ProspectFilter, Snoozed},
    onboarding::SnoozeUntil,
    primitives::{CustomerType, ProspectId, Stage},
    raised::Count,
};
use kernel::{Cursor, Direction, PageRequest};
use serde_json::json;
use sqlx::Executor as _;
use uuid::Uuid;

use crate::common::{Log, callback, green, officer, red};

fn page(first: usize) -> PageRequest {
    PageRequest {
        first,
        after: None,
        before: None,
        direction: Direction::Descending,
    }
}

async fn hired(log: &Log, name: &str) -> OperatorId {
    let operators = Operators::new(log.pool.clone());
    let email = format!("{name}@bank.example");
    operators
        .ensure(&email, "correct horse battery", Role::OnboardingOfficer)
        .await
        .unwrap()
}

fn at(time: &str) -> Option<DateTime<Utc>> {
    Some(time.parse().unwrap())
}

impl Log {
    async fn listed(&self, filter: &ProspectFilter) -> Vec<Uuid> {
        let found = self
            .onboarding
            .list_prospects(&officer(), filter, page(100))
            .await
            .unwrap();
        found.rows.into_iter().map(|row| row.id).collect()
    }

    async fn set(&self, id: ProspectId, what: &str) {
        sqlx::query(&format!("UPDATE prospects SET {what} WHERE id = $1"))
            .bind(Uuid::from(id))
            .execute(&self.pool)
            .await
            .unwrap();
    }

    async fn extent(&self, filter: &ProspectFilter, request: PageRequest) -> Extent {
        let (service, who) = (&self.onboarding, officer());
        let found = service.list_prospects(&who, filter, request).await.unwrap();
        service
            .extent_of_prospects(&who, filter, request.direction, &found)
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_narrowed_down_to_days_and_to_a_time_at_a_stage() {
    let log = Log::open().await;
    let old = log.prospect("old@bank.example").await;
    let new = log.prospect("new@bank.example").await;
    log.set(
        old,
        "created_at = '2026-03-01 00:00:00Z', stage_since = '2026-03-05 12:00:00Z'",
    )
    .await;
    log.set(
        new,
        "created_at = '2026-03-31 23:59:59.999Z', stage_since = '2026-04-02 12:00:00Z'",
    )
    .await;
    let (old, new) = (Uuid::from(old), Uuid::from(new));
    for (from, before, found) in [
        (
            at("2026-03-01T00:00:00Z"),
            at("2026-04-01T00:00:00Z"),
            vec![new, old],
        ),
        (at("2026-03-01T00:00:01Z"), None, vec![new]),
        (None, at("2026-03-31T00:00:00Z"), vec![old]),
        (None, at("2026-03-01T00:00:00Z"), vec![]),
        (at("2026-04-01T00:00:00Z"), None, vec![]),
    ] {
        let filter = ProspectFilter {
            created: Created { from, before },
            ..ProspectFilter::default()
        };
        assert_eq!(log.listed(&filter).await, found, "{from:?} {before:?}");
    }
    for (since, stage, found) in [
        ("2026-04-02T12:00:00Z", None, vec![new, old]),
        ("2026-04-02T11:59:59Z", None, vec![old]),
        ("2026-03-05T11:00:00Z", None, vec![]),
        ("2026-04-01T00:00:00Z", Some(Stage::New), vec![old]),
        ("2026-04-01T00:00:00Z", Some(Stage::KycStarted), vec![]),
    ] {
        let filter = ProspectFilter {
            in_stage_since: at(since),
            stage,
            ..ProspectFilter::default()
        };
        assert_eq!(log.listed(&filter).await, found, "{since} {stage:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_is_the_newest_answers_and_only_as_long_as_it_stands() {
    const MIGRATION: &str = include_str!("../../../../migrations/0160_lists.sql");
    let log = Log::open().await;
    let service = &log.onboarding;
    let id = log.prospect("ada@bank.example").await;
    let other = log.prospect("other@bank.example").await;
    let because = |reason: &str| ProspectFilter {
        reason: Some(reason.to_owned()),
        ..ProspectFilter::default()
    };
    log.receives(&callback(id, "applicantCreated", 1)).await;
    log.receives(&red(id, 2, "RETRY")).await;
    assert_eq!(log.listed(&because("FORGERY")).await, [Uuid::from(id)]);
    assert!(log.listed(&because("forgery")).await.is_empty());
    let who = officer();
    let forgery = because("FORGERY");
    let listed = service.list_prospects(&who, &forgery, page(9));
    assert_eq!(listed.await.unwrap().rows[0].reasons, ["FORGERY"]);

    log.receives(&callback(id, "applicantPending", 3)).await;
    assert!(log.listed(&because("FORGERY")).await.is_empty());
    let filter = ProspectFilter::default();
    let all = service.list_prospects(&who, &filter, page(9));
    for row in all.await.unwrap().rows {
        assert!(row.reasons.is_empty(), "{row:?}");
    }

    let mut again = red(id, 4, "FINAL");
    again["reviewResult"]["rejectLabels"] = json!(["SPAM", "PEP"]);
    log.receives(&again).await;
    assert!(log.listed(&because("FORGERY")).await.is_empty());
    for reason in ["SPAM", "PEP"] {
        assert_eq!(log.listed(&because(reason)).await, [Uuid::from(id)]);
    }
    log.receives(&callback(other, "applicantCreated", 5)).await;
    let known = service.reject_reasons(&officer()).await.unwrap();
    assert_eq!(*known, ["FORGERY", "PEP", "SPAM"]);

    // What a migration finds is the same.
    log.pool
        .execute(
            "DROP FUNCTION keep_reject_labels, drop_reject_labels CASCADE; DROP TABLE prospect_reject_labels;
             DROP INDEX statistics_reasons;",
        )
        .await
        .unwrap();
    log.pool.execute(MIGRATION).await.unwrap();
    assert!(log.listed(&because("FORGERY")).await.is_empty());
    assert_eq!(log.listed(&because("PEP")).await, [Uuid::from(id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_knows_where_it_stands() {
    let log = Log::open().await;
    for n in 0..5 {
        log.prospect(&format!("p{n}@bank.example")).await;
    }
    let all = ProspectFilter::default();
    let extent = |before, here, total| Extent {
        before: Count::of(before),
        here,
        total: Count::of(total),
    };
    // Of all of them it is kept, with a stage and a type, too.
    let kept = [
        all.clone(),
        ProspectFilter {
            stage: Some(Stage::New),
            customer_type: Some(CustomerType::Individual),
            ..all.clone()
        },
        ProspectFilter {
            search: Some("bank.example".to_owned()),
            ..all.clone()
        },
        ProspectFilter {
            created: Created {
                from: at("2020-01-01T00:00:00Z"),
                before: None,
            },
            ..all.clone()
        },
    ];
    for filter in &kept {
        for direction in [Direction::Descending, Direction::Ascending] {
            let first = PageRequest {
                direction,
                ..page(2)
            };
            assert_eq!(log.extent(filter, first).await, extent(0, 2, 5));
            let found = log
                .onboarding
                .list_prospects(&officer(), filter, first)
                .await
                .unwrap();
            let second = PageRequest {
                after: found.next,
                ..first
            };
            assert_eq!(log.extent(filter, second).await, extent(2, 2, 5));
            let found = log
                .onboarding
                .list_prospects(&officer(), filter, second)
                .await
                .unwrap();
            let last = PageRequest {
                after: found.next,
                ..first
            };
            assert_eq!(log.extent(filter, last).await, extent(4, 1, 5));
            let back = PageRequest {
                before: found.previous,
                ..first
            };
            assert_eq!(log.extent(filter, back).await, extent(0, 2, 5));
        }
    }
    let nobody = ProspectFilter {
        stage: Some(Stage::Closed),
        ..all.clone()
    };
    assert_eq!(log.extent(&nobody, page(2)).await, extent(0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_kept_is_counted_up_to_a_bound() {
    let log = Log::open().await;
    log.pool
        .execute(
            "INSERT INTO prospects (id, created_at, public_id, email, customer_type, stage, kyc_status, created_by)
             SELECT gen_random_uuid(), '2020-01-01'::timestamptz + n * interval '1 minute', (2000000 + n)::text,
                    'p' || n || '@common.example', 'individual', 'new', 'not_started', 'test'
             FROM generate_series(1, 10100) n;
             INSERT INTO customers (id, created_at, public_id, email, customer_type, level, verification, activity)
             SELECT id, created_at, public_id, email, customer_type, 'basic', 'verified', 'active' FROM prospects;",
        )
        .await
        .unwrap();
    let all = ProspectFilter::default();
    let many = Count {
        count: 10_000,
        more: true,
    };
    assert_eq!(log.extent(&all, page(50)).await.total, Count::of(10_100));
    let dated = ProspectFilter {
        created: Created {
            from: at("2019-01-01T00:00:00Z"),
            before: None,
        },
        ..all.clone()
    };
    assert_eq!(log.extent(&dated, page(50)).await.total, many);
    let far: (DateTime<Utc>, Uuid) =
        sqlx::query_as("SELECT created_at, id FROM prospects WHERE public_id = '2000080'")
            .fetch_one(&log.pool)
            .await
            .unwrap();
    let beyond = PageRequest {
        after: Some(Cursor {
            at: far.0,
            id: far.1,
        }),
        ..page(50)
    };
    for filter in [&all, &dated] {
        assert_eq!(log.extent(filter, beyond).await.before, many);
    }
    let (service, who) = (&log.onboarding, officer());
    let filter = CustomerFilter::default();
    let found = service
        .list_customers(&who, &filter, page(50))
        .await
        .unwrap();
    let extent = service
        .extent_of_customers(&who, &filter, Direction::Descending, &found)
        .await
        .unwrap();
    assert_eq!(extent.total, many);
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_narrowed_down_to_days() {
    let log = Log::open().await;
    let id = log.prospect("ada@bank.example").await;
    log.receives(&callback(id, "applicantCreated", 1)).await;
    log.receives(&green(id, 2)).await;
    let now = clock::now();
    for (from, before, found) in [
        (Some(now - chrono::TimeDelta::hours(1)), None, 1),
        (Some(now + chrono::TimeDelta::hours(1)), None, 0),
        (None, Some(now - chrono::TimeDelta::hours(1)), 0),
    ] {
        let filter = CustomerFilter {
            created: Created { from, before },
            ..CustomerFilter::default()
        };
        let who = officer();
        let listed = log.onboarding.list_customers(&who, &filter, page(9));
        assert_eq!(listed.await.unwrap().rows.len(), found);
    }
}

/// A number says something, too: who may not see the list learns no length of it.
#[tokio::test]
async fn who_may_not_see_the_list_is_told_no_number() {
    let log = Log::open().await;
    let nobody = Subject::Customer { id: Uuid::now_v7() };
    let filter = ProspectFilter::default();
    let refused = log
        .onboarding
        .extent_of_prospects(
            &nobody,
            &filter,
            Direction::Descending,
            &kernel::Page::empty(),
        )
        .await;
    assert!(refused.is_err());
    assert!(log.onboarding.reject_reasons(&nobody).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_narrowed_down_to_whose_the_records_are() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let anna = hired(&log, "anna").await;
    let ben = hired(&log, "ben").await;
    let mine = log.prospect("mine@bank.example").await;
    let customer = log.prospect("customer@bank.example").await;
    let nobodys = log.prospect("nobodys@bank.example").await;
    service.assign(&officer(), mine, Some(anna)).await.unwrap();
    service
        .assign(&officer(), customer, Some(anna))
        .await
        .unwrap();
    for id in [customer, nobodys] {
        log.receives(&callback(id, "applicantCreated", 1)).await;
        log.receives(&green(id, 2)).await;
    }
    let [mine, customer, nobodys] = [mine, customer, nobodys].map(Uuid::from);
    for (assigned, stage, prospects, customers) in [
        (
            None,
            None,
            vec![nobodys, customer, mine],
            vec![nobodys, customer],
        ),
        (
            Some(Assigned::To(anna)),
            None,
            vec![customer, mine],
            vec![customer],
        ),
        (
            Some(Assigned::To(anna)),
            Some(Stage::New),
            vec![mine],
            vec![customer],
        ),
        (Some(Assigned::To(ben)), None, vec![], vec![]),
        (Some(Assigned::Nobody), None, vec![nobodys], vec![nobodys]),
        (
            Some(Assigned::Nobody),
            Some(Stage::New),
            vec![],
            vec![nobodys],
        ),
    ] {
        let filter = ProspectFilter {
            assigned,
            stage,
            ..ProspectFilter::default()
        };
        assert_eq!(
            log.listed(&filter).await,
            prospects,
            "{assigned:?} {stage:?}"
        );
        let total = log.extent(&filter, page(1)).await.total;
        assert_eq!(total.count, i64::try_from(prospects.len()).unwrap());
        let filter = CustomerFilter {
            assigned,
            ..CustomerFilter::default()
        };
        let who = officer();
        let found = service
            .list_customers(&who, &filter, page(9))
            .await
            .unwrap();
        let found: Vec<Uuid> = found.rows.iter().map(|row| row.id).collect();
        assert_eq!(found.len(), customers.len(), "{assigned:?}");
        assert!(
            customers.iter().all(|id| found.contains(id)),
            "{assigned:?}"
        );
    }
    let who = officer();
    let all = ProspectFilter::default();
    let rows = service
        .list_prospects(&who, &all, page(9))
        .await
        .unwrap()
        .rows;
    let whose: Vec<_> = rows.iter().map(|row| row.assignee).collect();
    assert_eq!(whose, [None, Some(anna), Some(anna)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_the_snoozed_alone_or_leaves_them_out() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let asleep = log.prospect("asleep@bank.example").await;
    let woken = log.prospect("woken@bank.example").await;
    let awake = log.prospect("awake@bank.example").await;
    for id in [asleep, woken] {
        service
            .snooze(&officer(), id, SnoozeUntil::Days(3))
            .await
            .unwrap();
    }
    log.set(woken, "snoozed_until = now() - interval '1 second'")
        .await;
    log.set(asleep, "stage = 'kyc_on_hold'").await;
    let [asleep, woken, awake] = [asleep, woken, awake].map(Uuid::from);
    for (snoozed, stage, found) in [
        (Some(Snoozed::Only), None, vec![asleep]),
        (Some(Snoozed::Only), Some(Stage::New), vec![]),
        (Some(Snoozed::LeftOut), None, vec![awake, woken]),
        (Some(Snoozed::LeftOut), Some(Stage::KycOnHold), vec![]),
        (None, None, vec![awake, woken, asleep]),
    ] {
        let filter = ProspectFilter {
            snoozed,
            stage,
            ..ProspectFilter::default()
        };
        assert_eq!(log.listed(&filter).await, found, "{snoozed:?} {stage:?}");
        // More than one page of it, so that a number that is kept would be taken if it were the same.
        let total = log.extent(&filter, page(1)).await.total;
        assert_eq!(total.count, i64::try_from(found.len()).unwrap());
    }
}
