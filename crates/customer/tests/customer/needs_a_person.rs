//! *Needs a person* as lists: filters, pages, and what somebody decides of two records that look like one person.

use access::{AuditAction, Role, Subject};
use chrono::{TimeDelta, Utc};
use claim_loop::{Turn, Work as _};
use customer::{
    duplicates::Decision::{DifferentPeople, SamePerson},
    primitives::ProspectId,
    raised::{Cause, RaisedFilter, RaisedItem, Remedy},
};
use futures::future::join_all;
use kernel::{Direction, Error, PageRequest};
use serde_json::json;
use sqlx::Executor as _;
use uuid::Uuid;

use crate::common::{Log, admin, applicant, drain, green, officer, red};

/// What is open: about whom, and who looks like it.
type Open = Vec<(Uuid, Uuid)>;

impl Log {
    /// Sumsub knows the prospect under one name with all others.
    async fn lovelace(&self, n: usize) -> ProspectId {
        let id = self.prospect(&format!("ada-{n}@example.com")).await;
        let mut known = applicant(id, "completed", Some("GREEN"), 1);
        known["info"]["lastName"] = json!("Lovelace");
        self.sumsub.tell(id, known);
        self.told_again(id).await;
        id
    }

    async fn told_again(&self, id: ProspectId) {
        let told = self.onboarding.refresh_from_sumsub(&officer(), id).await;
        told.unwrap();
    }

    async fn open_item(&self, about: ProspectId) -> RaisedItem {
        let mut items = self.onboarding.raised_about(about.into()).await.unwrap();
        items.pop().unwrap()
    }

    async fn open_pairs(&self) -> Open {
        sqlx::query_as("SELECT prospect_id, other_id FROM raised WHERE other_id IS NOT NULL AND resolved_at IS NULL ORDER BY prospect_id")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    /// As if nobody had compared anybody: what a process that died has left.
    async fn compared_anew(&self) {
        self.pool
            .execute("UPDATE prospect_identities SET compared = FALSE")
            .await
            .unwrap();
        while self.onboarding.refresher().batch().await.unwrap() == Turn::Worked {}
    }
}

fn pair(one: ProspectId, other: ProspectId) -> (Uuid, Uuid) {
    (one.into(), other.into())
}

fn page(direction: Direction) -> PageRequest<kernel::Cursor<i64>> {
    PageRequest {
        first: 2,
        after: None,
        before: None,
        direction,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn different_people_leave_the_list_at_both_records_and_stay_away() {
    let log = Log::open().await;
    let (one, two) = (log.lovelace(1).await, log.lovelace(2).await);
    assert_eq!(
        log.open_pairs().await,
        [pair(two, one)],
        "one row for a pair"
    );
    let item = log.open_item(two).await;
    assert_eq!(
        log.open_item(one).await.id,
        item.id,
        "shown at both records"
    );
    assert_eq!(item.known, Some(Cause::PossibleDuplicate));
    assert_eq!(
        item.remedies(),
        [Remedy::DifferentPeople, Remedy::SamePerson]
    );
    let who = officer();
    let decide = |reason| {
        log.onboarding
            .decide_duplicate(&who, item.id, DifferentPeople, reason)
    };
    decide("").await.unwrap();
    assert_eq!(log.open_pairs().await, []);
    // Again is the same, and told again it is known.
    decide("met both").await.unwrap();
    for id in [two, one] {
        log.told_again(id).await;
    }
    log.compared_anew().await;
    assert_eq!(log.open_pairs().await, []);

    let resolved = log.onboarding.resolved(&officer(), None, 10, None).await;
    let resolved = resolved.unwrap().rows;
    assert_eq!(resolved.len(), 1, "one row for the pair");
    for row in resolved {
        assert_eq!(row.reason.as_deref(), Some("different people"));
        assert_eq!(row.by, who.as_text());
    }
    // Whoever comes later is raised, and does not bring the pair back.
    let three = log.lovelace(3).await;
    assert_eq!(log.open_pairs().await, [pair(three, one)]);
    let cause = log.open_item(three).await.cause;
    assert!(cause.contains("2 others"), "{cause}");
}

/// One item names all; each decision brings the next who is undecided, and those who were there since when they were raised.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_else_looks_alike_is_raised_in_place_of_who_is_decided() {
    let log = Log::open().await;
    let [one, two, three] = [
        log.lovelace(1).await,
        log.lovelace(2).await,
        log.lovelace(3).await,
    ];
    let first = log.open_item(three).await;
    assert!(first.cause.contains("2 others"), "{}", first.cause);
    let who = officer();
    let onboarding = &log.onboarding;
    onboarding
        .decide_duplicate(&who, first.id, DifferentPeople, "met both")
        .await
        .unwrap();
    let expected = [pair(two, one), pair(three, two)];
    assert_eq!(log.open_pairs().await, expected);
    let next = log.open_item(three).await;
    assert_eq!(next.raised_at, first.raised_at);
    onboarding
        .decide_duplicate(&who, next.id, DifferentPeople, "")
        .await
        .unwrap();
    assert_eq!(log.open_pairs().await, [pair(two, one)]);
    let last = log.open_item(two).await.id;
    onboarding
        .decide_duplicate(&who, last, DifferentPeople, "")
        .await
        .unwrap();
    assert_eq!(log.open_pairs().await, []);
    log.compared_anew().await;
    assert_eq!(log.open_pairs().await, []);
}

/// Two processes compare while a third and a fourth decide: whatever comes first, nobody who is decided is on the list.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_while_others_compare_is_not_raised() {
    let log = Log::open().await;
    for n in 0..8 {
        log.lovelace(n).await;
    }
    let who = officer();
    for _ in 0..40 {
        let open = log.onboarding.raised(&who).await.unwrap().items;
        if open.is_empty() {
            break;
        }
        let decided = open.iter().take(3).map(|item| {
            log.onboarding
                .decide_duplicate(&who, item.id, DifferentPeople, "")
        });
        log.pool
            .execute("UPDATE prospect_identities SET compared = FALSE")
            .await
            .unwrap();
        let compared = (0..2).map(|_| async {
            while log.onboarding.refresher().batch().await.unwrap() == Turn::Worked {}
        });
        let (decided, _) = futures::join!(join_all(decided), join_all(compared));
        for answer in decided {
            answer.unwrap();
        }
    }
    assert_eq!(log.open_pairs().await, []);
    assert_eq!(log.count("duplicate_decisions").await, 28, "8 over 2");
    log.compared_anew().await;
    assert_eq!(log.open_pairs().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_person_stays_until_the_newer_record_is_closed() {
    let log = Log::open().await;
    let (one, two) = (log.lovelace(1).await, log.lovelace(2).await);
    let (who, onboarding) = (officer(), &log.onboarding);
    let item = log.open_item(one).await.id;
    onboarding
        .decide_duplicate(&who, item, SamePerson, "one passport")
        .await
        .unwrap();
    assert_eq!(
        log.open_pairs().await.len(),
        1,
        "nothing is closed by itself"
    );
    let item = log.open_item(one).await;
    assert_eq!(
        item.decided.as_ref().map(|it| it.by.clone()),
        Some(who.as_text())
    );
    assert_eq!(item.to_close().map(|it| it.id), Some(two.into()));
    assert_eq!(item.remedies(), [Remedy::DifferentPeople]);
    onboarding
        .close_prospect(&who, two, "a duplicate")
        .await
        .unwrap();
    assert_eq!(log.open_pairs().await, []);
    log.compared_anew().await;
    assert_eq!(log.open_pairs().await, []);
    // Closed first and decided afterwards comes to the same.
    let three = log.lovelace(3).await;
    onboarding
        .close_prospect(&who, three, "a duplicate")
        .await
        .unwrap();
    // The next who is undecided comes in the place of who is decided.
    for _ in [one, two] {
        let item = log.open_item(three).await;
        onboarding
            .decide_duplicate(&who, item.id, SamePerson, "")
            .await
            .unwrap();
    }
    assert_eq!(log.open_pairs().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn deciding_needs_a_pair_and_the_permission_and_is_audited() {
    let log = Log::open().await;
    let id = log.prospect("bob@example.com").await;
    for callback in [green(id, 1), red(id, 2, "FINAL")] {
        log.store(&callback).await;
    }
    drain(&log.onboarding.drain()).await;
    let item = log.open_item(id).await.id;
    let onboarding = &log.onboarding;
    let decide = |who, item| async move {
        onboarding
            .decide_duplicate(&who, item, DifferentPeople, "")
            .await
    };
    assert!(matches!(
        decide(officer(), item).await,
        Err(Error::Refused(_))
    ));
    assert!(matches!(
        decide(officer(), 99).await,
        Err(Error::NotFound(_))
    ));
    let auditor = Subject::ApiToken {
        id: Uuid::now_v7().into(),
        role: Role::Auditor,
    };
    assert!(matches!(
        decide(auditor, item).await,
        Err(Error::Forbidden(_))
    ));
    let written: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_entries WHERE action = $1 AND object LIKE 'raised:%'",
    )
    .bind(AuditAction::RaisedDifferentPeople.name())
    .fetch_one(&log.pool)
    .await
    .unwrap();
    assert_eq!(written, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_of_a_pair_is_erased_with_either() {
    let log = Log::open().await;
    let (one, two) = (log.lovelace(1).await, log.lovelace(2).await);
    let who = admin();
    let item = log.open_item(one).await.id;
    log.onboarding
        .decide_duplicate(&who, item, DifferentPeople, "her twin Augusta")
        .await
        .unwrap();
    log.onboarding
        .close_prospect(&who, two, "a mistake")
        .await
        .unwrap();
    log.pool
        .execute("UPDATE prospect_events SET recorded_at = recorded_at - interval '6 years' WHERE event_type = 'closed'")
        .await
        .unwrap();
    let typed = "(SELECT FROM raised WHERE resolution LIKE '%Augusta%' UNION ALL SELECT FROM duplicate_decisions WHERE reason LIKE '%Augusta%') AS typed";
    assert_eq!(log.count(typed).await, 2);
    log.onboarding.erase_personal_data(&who, two).await.unwrap();
    assert_eq!(log.count(typed).await, 0);
    log.compared_anew().await;
    assert_eq!(log.open_pairs().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_are_filtered_by_cause_and_age_and_read_both_ways() {
    let log = Log::open().await;
    log.pool
        .execute(
            "INSERT INTO raised (cause, cause_name, raised_at)
             SELECT 'a RED', CASE n % 2 WHEN 0 THEN 'late_red' ELSE 'owner_on_hold' END, now() - n * interval '1 day' FROM generate_series(1, 6) n;
             INSERT INTO raised (cause, raised_at) VALUES ('as it was said once', now() - interval '9 days')",
        )
        .await
        .unwrap();
    let (who, onboarding) = (officer(), &log.onboarding);
    let all = RaisedFilter::default();
    let late = RaisedFilter {
        cause: Some(Cause::LateRed),
        ..all
    };
    let old = RaisedFilter {
        until: Some(Utc::now() - TimeDelta::hours(84)),
        ..all
    };
    for (filter, oldest_first, counted) in [
        (all, vec![7_i64, 6, 5, 4, 3, 2, 1], 7),
        (late, vec![6, 4, 2], 3),
        (old, vec![7, 6, 5, 4], 4),
    ] {
        let count = onboarding.count_open(&who, &filter).await.unwrap();
        assert_eq!((count.count, count.more), (counted, false));
        for direction in [Direction::Ascending, Direction::Descending] {
            let (mut seen, mut request) = (Vec::<i64>::new(), page(direction));
            let mut pages = Vec::new();
            loop {
                let found = onboarding.open_page(&who, &filter, request).await.unwrap();
                let ids: Vec<i64> = found.rows.iter().map(|item| item.id).collect();
                seen.extend(&ids);
                pages.push((ids, found.previous));
                request.after = found.next;
                if found.next.is_none() {
                    break;
                }
            }
            let mut expected = oldest_first.clone();
            if direction == Direction::Descending {
                expected.reverse();
            }
            assert_eq!(seen, expected);
            // And back.
            for place in (1..pages.len()).rev() {
                let back = PageRequest {
                    before: pages[place].1,
                    ..page(direction)
                };
                let found = onboarding.open_page(&who, &filter, back).await.unwrap();
                let ids: Vec<i64> = found.rows.iter().map(|item| item.id).collect();
                assert_eq!(ids, pages[place - 1].0);
            }
        }
    }
    let by_cause = onboarding.raised_by_cause(&who).await.unwrap();
    let by_cause: Vec<_> = by_cause
        .iter()
        .map(|it| (it.cause, it.count.count))
        .collect();
    assert_eq!(by_cause, [(Cause::LateRed, 3), (Cause::OwnerOnHold, 3)]);
    let counts = onboarding.menu_counts(&officer()).await.unwrap();
    assert_eq!(counts.waiting.to_string(), "7");

    for id in [2, 4] {
        onboarding.resolve(&who, id, "seen").await.unwrap();
    }
    let found = onboarding
        .resolved_page(&who, &late, page(Direction::Descending))
        .await;
    let ids: Vec<i64> = found.unwrap().rows.iter().map(|it| it.item.id).collect();
    assert_eq!(ids, [4, 2]);
    assert_eq!(
        onboarding.count_resolved(&who, &late).await.unwrap().count,
        2
    );
    assert_eq!(
        onboarding.count_resolved(&who, &old).await.unwrap().count,
        0
    );
}

/// Each list reads an index in its order, whatever it is filtered by.
#[tokio::test]
async fn each_list_reads_its_index() {
    let log = Log::open().await;
    log.pool
        .execute(
            "INSERT INTO raised (cause, cause_name, raised_at, resolved_at)
             SELECT 'a RED', 'late_red', now() - n * interval '1 s', CASE n % 2 WHEN 0 THEN now() END FROM generate_series(1, 5000) n;
             INSERT INTO raised (cause, cause_name, resolved_at)
             SELECT 'x', 'owner_on_hold', CASE n % 2 WHEN 0 THEN now() END FROM generate_series(1, 10) n;
             ANALYZE raised",
        )
        .await
        .unwrap();
    for (rows, index) in [
        (
            "resolved_at IS NULL AND raised_at <= now() AND (raised_at, id) > ('epoch', 0) ORDER BY raised_at, id",
            "raised_open",
        ),
        (
            "resolved_at IS NULL AND cause_name = 'owner_on_hold' AND raised_at <= now() AND (raised_at, id) > ('epoch', 0) ORDER BY raised_at, id",
            "raised_open_by_cause",
        ),
        (
            "resolved_at IS NULL AND cause_name = 'owner_on_hold' AND raised_at <= now() AND (raised_at, id) < (now(), 99) ORDER BY raised_at DESC, id DESC",
            "raised_open_by_cause",
        ),
        (
            "resolved_at <= now() AND (resolved_at, id) < (now(), 99) ORDER BY resolved_at DESC, id DESC",
            "raised_resolved",
        ),
        (
            "cause_name = 'owner_on_hold' AND resolved_at <= now() AND (resolved_at, id) < (now(), 99) ORDER BY resolved_at DESC, id DESC",
            "raised_resolved_by_cause",
        ),
    ] {
        let plan: Vec<String> = sqlx::query_scalar(&format!(
            "EXPLAIN SELECT cause FROM raised WHERE {rows} LIMIT 51"
        ))
        .fetch_all(&log.pool)
        .await
        .unwrap();
        let plan = plan.join("\n");
        assert!(
            plan.contains(&format!("using {index} ")) && !plan.contains("Sort"),
            "{rows}: {plan}"
        );
    }
}

/// What an older version raised gets the name of its cause, and what nobody knows has none.
#[tokio::test]
async fn what_was_raised_before_gets_the_name_of_its_cause() {
    const MIGRATION: &str = include_str!("../../../../migrations/0155_needs_a_person.sql");
    let log = Log::open().await;
    for cause in Cause::all() {
        sqlx::query("INSERT INTO raised (cause, cause_name) VALUES ($1, $2)")
            .bind(cause.sample())
            .bind(cause.name())
            .execute(&log.pool)
            .await
            .unwrap();
    }
    log.pool
        .execute(
            "INSERT INTO raised (cause) VALUES ('as it was said once');
             CREATE TABLE named AS SELECT id, cause_name FROM raised;
             ALTER TABLE raised DROP COLUMN cause_name;
             DROP TABLE duplicate_decisions",
        )
        .await
        .unwrap();
    log.pool.execute(MIGRATION).await.unwrap();
    let wrong =
        "raised JOIN named USING (id) WHERE raised.cause_name IS DISTINCT FROM named.cause_name";
    assert_eq!(log.count(wrong).await, 0);
}
