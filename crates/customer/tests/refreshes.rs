//! Webhooks that never came: refresh, sweep, incomplete callbacks, on a real database.

#![expect(
    clippy::unwrap_used,
    reason = "a story stops at what it did not expect"
)]

mod common;

use claim_loop::{Turn, Work as _};
use common::{Log, applicant, callback, green, officer};
use customer::{OnboardingError, primitives::ProspectId};
use serde_json::json;
use sqlx::Row as _;

impl Log {
    /// As if the time had passed.
    async fn everybody_is_due(&self) {
        sqlx::query("UPDATE refreshes SET next_at = now()")
            .execute(&self.pool)
            .await
            .unwrap();
    }

    async fn swept(&self) {
        let refresher = self.onboarding.refresher();
        while refresher.batch().await.unwrap() == Turn::Worked {}
        self.drained().await;
    }

    async fn column(&self, table: &str, column: &str, id: ProspectId) -> String {
        sqlx::query(&format!(
            "SELECT {column}::text FROM {table} WHERE {} = $1",
            match table {
                "refreshes" => "prospect_id",
                _ => "id",
            }
        ))
        .bind(uuid::Uuid::from(id))
        .fetch_optional(&self.pool)
        .await
        .unwrap()
        .and_then(|row| row.get::<Option<String>, _>(0))
        .unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prospect_with_only_a_link_is_found_by_the_sweep() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    log.onboarding.generate_link(&officer(), id).await.unwrap();
    log.swept().await;
    assert_eq!(
        log.column("prospects", "stage", id).await,
        "new",
        "not due yet"
    );

    log.everybody_is_due().await;
    log.swept().await;
    assert_eq!(
        log.column("refreshes", "quiet", id).await,
        "1",
        "nobody opened the link"
    );

    log.sumsub.tell(id, applicant(id, "onHold", None, 1));
    log.everybody_is_due().await;
    log.swept().await;
    assert_eq!(log.column("prospects", "stage", id).await, "kyc_on_hold");

    log.sumsub
        .tell(id, applicant(id, "completed", Some("GREEN"), 2));
    log.everybody_is_due().await;
    log.swept().await;
    assert_eq!(
        log.column("customers", "verification", id).await,
        "verified"
    );

    log.sumsub
        .tell(id, applicant(id, "completed", Some("RED"), 3));
    log.everybody_is_due().await;
    log.swept().await;
    assert_eq!(
        log.column("customers", "verification", id).await,
        "rejected"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_green_is_decided_by_a_refresh() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    let mut body = green(id, 1);
    body.as_object_mut().unwrap().remove("levelName");
    log.sumsub.away(true);
    log.store(&body).await;
    log.drained().await;
    assert_eq!(log.outcomes().await, [("incomplete".to_owned(), 1)]);
    let refresher = log.onboarding.refresher();
    refresher.batch().await.unwrap();
    assert_eq!(log.column("refreshes", "failures", id).await, "1");
    assert!(
        log.column("refreshes", "last_error", id)
            .await
            .contains("Sumsub")
    );

    log.sumsub.away(false);
    log.sumsub
        .tell(id, applicant(id, "completed", Some("GREEN"), 1));
    log.everybody_is_due().await;
    log.swept().await;
    assert_eq!(
        log.column("customers", "verification", id).await,
        "verified"
    );
    assert_eq!(log.column("refreshes", "failures", id).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_is_asked_for_until_sumsub_answers_and_never_made_up() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    log.sumsub.away(true);
    log.store(&green(id, 1)).await;
    log.drained().await;
    log.onboarding.refresher().batch().await.unwrap();
    assert_eq!(log.column("prospects", "identity_key", id).await, "");
    assert_eq!(log.column("refreshes", "wants_data", id).await, "true");
    log.sumsub.away(false);
    log.sumsub
        .tell(id, applicant(id, "completed", Some("GREEN"), 1));
    log.everybody_is_due().await;
    log.swept().await;
    assert_ne!(log.column("prospects", "identity_key", id).await, "");
    assert_eq!(log.column("refreshes", "wants_data", id).await, "false");

    let first = log.column("prospects", "identity_key", id).await;
    let mut changed = applicant(id, "completed", Some("GREEN"), 1);
    changed["info"]["firstName"] = json!("Augusta");
    log.sumsub.tell(id, changed);
    log.store(&callback(id, "applicantPersonalInfoChanged", 9))
        .await;
    log.drained().await;
    log.swept().await;
    assert_ne!(log.column("prospects", "identity_key", id).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_unfinished_refresh_tells_never_outruns_a_callback() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    log.sumsub.tell(id, applicant(id, "pending", None, 1));
    // A callback from after the asking: its time is ahead of our clock, within the tolerance.
    let mut hold = callback(id, "applicantOnHold", 1);
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(60);
    hold["createdAtMs"] = json!(soon.format("%Y-%m-%d %H:%M:%S%.3f").to_string());
    log.store(&hold).await;
    log.drained().await;
    log.onboarding
        .refresh_from_sumsub(&officer(), id)
        .await
        .unwrap();
    log.drained().await;
    assert_eq!(log.column("prospects", "stage", id).await, "kyc_on_hold");
    assert_eq!(
        log.outcomes().await,
        [("applied".to_owned(), 1), ("stale".to_owned(), 1)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_says_what_sumsub_says() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    let nobody = log.onboarding.refresh_from_sumsub(&officer(), id).await;
    assert!(matches!(nobody, Err(OnboardingError::Refused(_))));
    log.sumsub.away(true);
    let away = log.onboarding.refresh_from_sumsub(&officer(), id).await;
    assert!(matches!(away, Err(OnboardingError::Sumsub(_))));
    assert_eq!(log.outcomes().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swept_answer_does_not_make_us_ask_again_at_once() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    log.store(&green(id, 1)).await;
    log.drained().await;
    log.sumsub
        .tell(id, applicant(id, "completed", Some("GREEN"), 1));
    log.swept().await;
    log.swept().await;
    let turn = log.onboarding.refresher().batch().await.unwrap();
    match turn {
        Turn::Idle(Some(pause)) => assert!(pause.as_secs() > 6 * 24 * 3600, "{pause:?}"),
        other => panic!("{other:?}"),
    }
}
