//! Snoozing a record, and what comes in for an operator.

use access::{OperatorId, Operators, Role, Subject};
use chrono::{DateTime, TimeDelta, Utc};
use customer::{
    notices::What, onboarding::SnoozeUntil, primitives::ProspectId, prospect::NextStep,
    worklist::WorklistCounts,
};
use kernel::Error;
use sqlx::Executor as _;
use uuid::Uuid;

use crate::common::{Log, callback, green, officer};

async fn hired(log: &Log, name: &str) -> Subject {
    let operators = Operators::new(log.pool.clone());
    let email = format!("{name}@bank.example");
    let role = Role::OnboardingOfficer;
    let id = operators
        .ensure(&email, "correct horse battery", role)
        .await
        .unwrap();
    Subject::Operator { id, role }
}

fn id_of(subject: &Subject) -> OperatorId {
    match subject {
        Subject::Operator { id, .. } => *id,
        other => panic!("{other}"),
    }
}

impl Log {
    async fn snoozed(&self, id: ProspectId) -> Option<DateTime<Utc>> {
        let prospect = self.onboarding.prospect(&officer(), id).await.unwrap();
        let entity = prospect.snoozed(clock::now()).map(|(_, until)| until);
        let column: Option<DateTime<Utc>> = sqlx::query_scalar(
            "SELECT snoozed_until FROM prospects WHERE id = $1 AND snoozed_until > now()",
        )
        .bind(Uuid::from(id))
        .fetch_optional(&self.pool)
        .await
        .unwrap();
        assert_eq!(entity, column);
        entity
    }

    async fn came_in(&self, for_whom: &Subject) -> Vec<What> {
        let page = self.onboarding.notices(for_whom, 50, None).await.unwrap();
        page.rows.into_iter().map(|notice| notice.what).collect()
    }

    async fn unread(&self, for_whom: &Subject) -> i64 {
        let count = self.onboarding.unread_notices(for_whom).await.unwrap();
        count.unwrap().count
    }
}

#[tokio::test]
async fn a_snoozed_record_is_asked_about_by_nobody_until_something_happens() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let anna = hired(&log, "anna").await;
    let id = log.prospect("ada@example.com").await;
    let raised = |about: ProspectId| {
        let pool = log.pool.clone();
        async move {
            sqlx::query("INSERT INTO raised (cause, prospect_id) VALUES ('something', $1)")
                .bind(Uuid::from(about))
                .execute(&pool)
                .await
                .unwrap();
        }
    };
    raised(id).await;
    let newest = async || service.newest_raised(&anna, 5).await.unwrap();
    assert_eq!(newest().await.count, 1);
    service
        .snooze(&anna, id, SnoozeUntil::Days(3))
        .await
        .unwrap();
    // The same again records nothing.
    service
        .snooze(&anna, id, SnoozeUntil::Days(3))
        .await
        .unwrap();
    assert_eq!(
        log.count("prospect_events WHERE event_type = 'snoozed'")
            .await,
        1
    );
    assert!(log.snoozed(id).await.is_some());
    let (found, count) = (newest().await.items.len(), newest().await.count);
    assert_eq!((found, count), (0, 0), "nobody is asked");
    let next = async || {
        let items = service.raised_about(id.into()).await.unwrap();
        let prospect = service.prospect(&anna, id).await.unwrap();
        prospect.next_action(&items, clock::now()).step
    };
    assert_eq!(next().await, NextStep::Wake);
    // What is raised since waits all the same.
    raised(id).await;
    assert_eq!((newest().await.items.len(), newest().await.count), (1, 1));
    assert_eq!(next().await, NextStep::LookAtRaised);
    service.wake(&anna, id).await.unwrap();
    service.wake(&anna, id).await.unwrap();
    assert_eq!(log.snoozed(id).await, None);
    assert_eq!(newest().await.count, 2);
    // A callback ends it.
    service
        .snooze(&anna, id, SnoozeUntil::Days(1))
        .await
        .unwrap();
    log.receives(&callback(id, "applicantCreated", 1)).await;
    assert_eq!(log.snoozed(id).await, None);
    // So does a decision.
    service
        .snooze(&anna, id, SnoozeUntil::Days(1))
        .await
        .unwrap();
    service.close_prospect(&anna, id, "gone").await.unwrap();
    assert_eq!(log.snoozed(id).await, None);
    let past = clock::now() - TimeDelta::seconds(1);
    let far = clock::now() + TimeDelta::days(400);
    for wrong in [
        SnoozeUntil::Time(past),
        SnoozeUntil::Time(far),
        SnoozeUntil::Days(0),
    ] {
        let refused = service.snooze(&anna, id, wrong).await;
        assert!(
            matches!(refused, Err(Error::Invalid(_))),
            "{wrong:?}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn what_happens_to_ones_records_comes_in_and_what_one_does_oneself_does_not() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let (anna, ben) = (hired(&log, "anna").await, hired(&log, "ben").await);
    let id = log.prospect("ada@example.com").await;
    // To oneself is no news.
    service.assign_to_me(&anna, id).await.unwrap();
    assert_eq!(log.came_in(&anna).await, []);
    service.assign(&ben, id, None).await.unwrap();
    service.assign(&ben, id, Some(id_of(&anna))).await.unwrap();
    service
        .add_note(&anna, id, Uuid::now_v7(), "mine")
        .await
        .unwrap();
    service
        .add_note(&ben, id, Uuid::now_v7(), "his")
        .await
        .unwrap();
    log.receives(&green(id, 1)).await;
    service
        .deactivate_customer(&ben, Uuid::from(id).into(), "a court order")
        .await
        .unwrap();
    service
        .reactivate_customer(&anna, Uuid::from(id).into(), "over")
        .await
        .unwrap();
    let news = log.came_in(&anna).await;
    assert_eq!(
        news,
        [
            What::Decision("deactivated".to_owned()),
            What::Callback(Some(customer::kyc::Status::Green)),
            What::Note,
            What::Assigned,
        ]
    );
    assert_eq!((log.unread(&anna).await, log.unread(&ben).await), (4, 0));
    assert_eq!(
        service.unread_notices(&officer()).await.unwrap(),
        None,
        "a program has no bell"
    );
    // Page by page, and read.
    let first = service.notices(&anna, 3, None).await.unwrap();
    let rest = service.notices(&anna, 3, first.next).await.unwrap();
    assert_eq!((first.rows.len(), rest.rows.len()), (3, 1));
    let first = &first.rows[0];
    assert_eq!(
        (first.read, first.is_customer, first.by.as_deref()),
        (false, true, Some(&*ben.as_text()))
    );
    service
        .read_notices(&anna, Some(Uuid::now_v7()))
        .await
        .unwrap();
    assert_eq!(log.unread(&anna).await, 4, "of another record");
    service.read_notices(&anna, Some(id.into())).await.unwrap();
    assert_eq!(log.unread(&anna).await, 0);
    assert!(service.notices(&anna, 3, None).await.unwrap().rows[0].read);
    // What was read long ago goes.
    log.pool
        .execute("UPDATE notices SET read_at = now() - interval '91 days'")
        .await
        .unwrap();
    service.read_notices(&anna, None).await.unwrap();
    assert_eq!(log.count("notices").await, 0);
}

#[tokio::test]
async fn the_end_of_a_snooze_comes_in_for_whoever_snoozed_once() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let (anna, ben) = (hired(&log, "anna").await, hired(&log, "ben").await);
    let id = log.prospect("ada@example.com").await;
    service.assign_to_me(&anna, id).await.unwrap();
    let until = || SnoozeUntil::Time(clock::now() + TimeDelta::hours(1));
    service.snooze(&anna, id, until()).await.unwrap();
    assert_eq!(log.unread(&anna).await, 0, "not yet");
    // Snoozed anew: one end.
    service
        .snooze(&ben, id, SnoozeUntil::Days(2))
        .await
        .unwrap();
    assert_eq!(log.count("notices WHERE kind = 'snooze_ended'").await, 1);
    // A callback ends it at once, for Ben; Anna, whose record it is, hears of the callback.
    log.receives(&callback(id, "applicantCreated", 1)).await;
    assert_eq!(log.came_in(&ben).await, [What::SnoozeEnded]);
    assert_eq!(
        log.came_in(&anna).await,
        [What::Callback(Some(customer::kyc::Status::Created))]
    );
    // Who wakes it knows.
    service.snooze(&anna, id, until()).await.unwrap();
    service.wake(&anna, id).await.unwrap();
    assert_eq!(log.came_in(&anna).await.len(), 1);
    // By itself, when its time has come.
    service.snooze(&anna, id, until()).await.unwrap();
    log.pool
        .execute("UPDATE notices SET at = now() WHERE at > now()")
        .await
        .unwrap();
    assert_eq!(log.came_in(&anna).await[0], What::SnoozeEnded);
}

#[tokio::test]
async fn what_waits_on_the_overview_leaves_out_who_is_snoozed() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let anna = hired(&log, "anna").await;
    for (name, why) in [
        ("held", "stage = 'kyc_on_hold'"),
        ("retry", "stage = 'kyc_declined', reject_type = 'RETRY'"),
        ("ended", "link_ends_at = now() - interval '1 hour'"),
    ] {
        for snoozed in [false, true] {
            let id = log.prospect(&format!("{name}{snoozed}@bank.example")).await;
            if snoozed {
                let until = SnoozeUntil::Days(3);
                service.snooze(&anna, id, until).await.unwrap();
            }
            for sql in [
                format!("UPDATE prospects SET {why} WHERE id = $1"),
                "INSERT INTO refreshes (prospect_id, next_at, failures) VALUES ($1, now(), 3)
                 ON CONFLICT (prospect_id) DO UPDATE SET failures = 3"
                    .to_owned(),
            ] {
                sqlx::query(&sql)
                    .bind(Uuid::from(id))
                    .execute(&log.pool)
                    .await
                    .unwrap();
            }
        }
    }
    let counts = |of_each, unanswered| WorklistCounts {
        review_needed: of_each,
        declined_with_retry: of_each,
        links_ended: of_each,
        failed_callbacks: 0,
        unanswered_refreshes: unanswered,
    };
    assert_eq!(service.worklist_counts(&anna).await.unwrap(), counts(1, 3));
    // Once it has ended they wait again, though nothing has happened to them.
    log.pool
        .execute("UPDATE prospects SET snoozed_until = now() - interval '1 second' WHERE snoozed_until IS NOT NULL")
        .await
        .unwrap();
    let later = Log::open_on(log.pool.clone()).await;
    let waits = later.onboarding.worklist_counts(&anna).await.unwrap();
    assert_eq!(waits, counts(2, 6));
}
