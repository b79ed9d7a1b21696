//! Webhooks that never came: refresh, sweep, incomplete callbacks, on a real database.

use crate::common::{Log, applicant, callback, green, officer};
use claim_loop::{Turn, Work as _};
use customer::primitives::ProspectId;
use kernel::Error;
use serde_json::json;
use sqlx::Row as _;
use uuid::Uuid;

impl Log {
    /// As if the time had passed.
    async fn everybody_is_due(&self) {
        sqlx::query("UPDATE refreshes SET next_at = now()")
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// As if the time had passed.
    async fn the_pace_is_free(&self) {
        sqlx::query("UPDATE sumsub_pace SET free_at = now()")
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
    assert!(matches!(nobody, Err(Error::Refused(_))));
    log.sumsub.away(true);
    let away = log.onboarding.refresh_from_sumsub(&officer(), id).await;
    assert!(matches!(away, Err(Error::Outside(_))));
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
        Turn::Idle(Some(pause)) => assert!(pause.as_secs() > 18 * 3600, "{pause:?}"),
        other => panic!("{other:?}"),
    }
}

impl Log {
    /// Why the record isn't refreshed, in words.
    async fn trouble(&self, id: ProspectId) -> String {
        let trouble = self.onboarding.refresh_trouble(Uuid::from(id)).await;
        trouble
            .unwrap()
            .map_or(String::new(), |trouble| trouble.words)
    }

    /// What is raised about Sumsub and not resolved.
    async fn sumsub_troubles(&self) -> Vec<(i64, String)> {
        sqlx::query_as(
            "SELECT id, cause FROM raised WHERE resolved_at IS NULL AND cause LIKE 'Sumsub%' ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap()
    }

    async fn asks_again(&self) {
        self.everybody_is_due().await;
        self.swept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sumsub_refuses_us_is_said_at_each_record_and_raised_once() {
    let log = Log::open().await;
    let (ada, bob) = (
        log.prospect("ada@example.com").await,
        log.prospect("bob@example.com").await,
    );
    for id in [ada, bob] {
        log.onboarding.generate_link(&officer(), id).await.unwrap();
    }
    let refusal = r#"{"code":403,"correlationId":"req-7","description":"Missing permission"}"#;
    for (status, mend) in [(403, "the permission for this"), (401, "sumsub.app_token")] {
        log.sumsub.says(Some((status, refusal)));
        log.asks_again().await;
        log.asks_again().await;
        for id in [ada, bob] {
            let words = log.trouble(id).await;
            for part in [
                "Missing permission",
                "req-7",
                mend,
                &format!("HTTP {status}"),
            ] {
                assert!(words.contains(part), "{part}: {words}");
            }
        }
        let raised = log.sumsub_troubles().await;
        assert_eq!(raised.len(), 1, "{raised:?}");
        assert!(raised[0].1.contains(mend), "{raised:?}");
        // Resolved, though it isn't: it comes again.
        log.onboarding
            .resolve(&officer(), raised[0].0, "mended")
            .await
            .unwrap();
        log.asks_again().await;
        let again = log.sumsub_troubles().await;
        assert_eq!(again.len(), 1, "{again:?}");
        log.onboarding
            .resolve(&officer(), again[0].0, "mended now")
            .await
            .unwrap();
    }
    log.sumsub.says(None);
    log.asks_again().await;
    assert_eq!(
        (log.trouble(ada).await, log.trouble(bob).await),
        Default::default()
    );
    assert_eq!(log.sumsub_troubles().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_that_sumsub_has_no_more_is_said_and_raised_unless_it_told_so() {
    let log = Log::open().await;
    let (gone, told) = (
        log.prospect("gone@example.com").await,
        log.prospect("told@example.com").await,
    );
    log.store(&callback(gone, "applicantPending", 1)).await;
    log.store(&callback(told, "applicantPending", 1)).await;
    log.store(&callback(told, "applicantDeleted", 2)).await;
    log.drained().await;
    log.asks_again().await;
    log.asks_again().await;
    assert!(
        log.trouble(gone)
            .await
            .contains("no applicant for this record any more (HTTP 404)")
    );
    assert_eq!(log.trouble(told).await, "");
    let raised = log.sumsub_troubles().await;
    assert_eq!(raised.len(), 1, "{raised:?}");
    log.onboarding
        .resolve(&officer(), raised[0].0, "deleted on purpose")
        .await
        .unwrap();
    log.asks_again().await;
    assert_eq!(log.sumsub_troubles().await, [], "whoever resolved it knows");

    // The same by hand, and what mends it.
    let by_hand = log.onboarding.refresh_from_sumsub(&officer(), gone).await;
    assert!(by_hand.unwrap_err().to_string().contains("any more"));
    log.sumsub.tell(gone, applicant(gone, "pending", None, 3));
    log.onboarding
        .refresh_from_sumsub(&officer(), gone)
        .await
        .unwrap();
    assert_eq!(log.trouble(gone).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_processes_together_ask_no_faster_than_allowed_and_who_waits_comes_first() {
    let log = Log::open_with(|settings| {
        settings.refresh_schedule.per_second = std::num::NonZeroU32::MIN;
    })
    .await;
    let mut ids = Vec::new();
    for n in 0..20 {
        let id = log.prospect(&format!("p{n}@example.com")).await;
        log.onboarding.generate_link(&officer(), id).await.unwrap();
        ids.push(id);
    }
    log.everybody_is_due().await;
    sqlx::query("UPDATE refreshes SET next_at = now() - interval '1 hour'")
        .execute(&log.pool)
        .await
        .unwrap();
    // The newest request of all.
    sqlx::query("UPDATE refreshes SET urgent = TRUE, next_at = now() WHERE prospect_id = $1")
        .bind(Uuid::from(ids[7]))
        .execute(&log.pool)
        .await
        .unwrap();
    let asked = async || log.count("refreshes WHERE last_at IS NOT NULL").await;
    let (one, other) = (log.onboarding.refresher(), log.onboarding.refresher());
    let (first, second) = tokio::join!(one.batch(), other.batch());
    let worked = [first.unwrap(), second.unwrap()]
        .iter()
        .filter(|turn| **turn == Turn::Worked)
        .count();
    assert_eq!(worked, 1, "one of the processes has asked");
    assert_eq!(asked().await, 16);
    assert_ne!(log.column("refreshes", "last_at", ids[7]).await, "");
    for refresher in [&one, &other] {
        match refresher.batch().await.unwrap() {
            Turn::Idle(Some(pause)) => assert!(pause.as_secs() >= 5, "{pause:?}"),
            turn => panic!("{turn:?}"),
        }
    }
    assert_eq!(asked().await, 16, "16 of them are worth 16 seconds");
    log.the_pace_is_free().await;
    one.batch().await.unwrap();
    assert_eq!(asked().await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_sumsub_is_asked_too_often_no_process_asks_until_it_allows_it() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    log.onboarding.generate_link(&officer(), id).await.unwrap();
    log.everybody_is_due().await;
    log.sumsub.says(Some((429, "{}")));
    log.onboarding.refresher().batch().await.unwrap();
    assert_eq!(log.column("refreshes", "failures", id).await, "1");
    log.sumsub.says(None);
    log.everybody_is_due().await;
    match log.onboarding.refresher().batch().await.unwrap() {
        Turn::Idle(Some(pause)) => assert!(pause.as_secs() > 20, "{pause:?}"),
        turn => panic!("{turn:?}"),
    }
    assert_eq!(log.column("refreshes", "failures", id).await, "1");
    log.the_pace_is_free().await;
    log.onboarding.refresher().batch().await.unwrap();
    assert_eq!(log.column("refreshes", "failures", id).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_cut_off_passes() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    log.onboarding.generate_link(&officer(), id).await.unwrap();
    for garbage in ["{\"id\":\"appl", "<html>busy</html>", "{}"] {
        log.sumsub.says(Some((200, garbage)));
        sqlx::query("UPDATE refreshes SET failures = 0")
            .execute(&log.pool)
            .await
            .unwrap();
        log.asks_again().await;
        assert!(
            log.trouble(id).await.contains("cannot be read"),
            "{garbage}"
        );
        assert_eq!(log.sumsub_troubles().await, [], "{garbage}");
        let soon: bool =
            sqlx::query_scalar("SELECT next_at < now() + interval '5 seconds' FROM refreshes")
                .fetch_one(&log.pool)
                .await
                .unwrap();
        assert!(
            soon,
            "it is tried again at once, not after the longest pause: {garbage}"
        );
    }
}
