//! A server whose own clock is wrong judges as the others do: the time is the database's.

use std::process::Command;

use crate::common::{Log, applicant, callback, green, officer};
use chrono::{DateTime, Utc};
use claim_loop::Work as _;
use serde_json::json;

/// By how much, as `faketime` takes it.
const WRONG: [&str; 4] = ["-2h", "-5m", "+5m", "+2h"];

/// Set where this test runs once more, under another clock.
const INSIDE: &str = "USHER_TEST_UNDER_A_WRONG_CLOCK";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_clock_is_wrong_judges_as_the_others_do() {
    if std::env::var_os(INSIDE).is_some() {
        return judges_rightly().await;
    }
    for wrong in WRONG {
        let told = Command::new("faketime")
            .args(["-f", wrong])
            .arg(std::env::current_exe().unwrap())
            .arg("--exact")
            .arg("server_clock::a_server_whose_clock_is_wrong_judges_as_the_others_do")
            .env(INSIDE, "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .output()
            .expect("faketime is needed: apt-get install faketime");
        let out = String::from_utf8_lossy(&told.stdout);
        assert!(
            told.status.success() && out.contains("1 passed"),
            "{wrong}: {out} {}",
            String::from_utf8_lossy(&told.stderr)
        );
    }
}

/// As Sumsub writes it.
fn written(at: DateTime<Utc>) -> serde_json::Value {
    json!(at.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
}

async fn judges_rightly() {
    let log = Log::open().await;
    // As a server does at its start.
    clock::measure(&log.pool).await.unwrap();
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT clock_timestamp()")
        .fetch_one(&log.pool)
        .await
        .unwrap();
    let apart = clock::skew().unwrap().num_seconds().abs();
    assert!(apart > 200, "the clock of this process is right: {apart}");

    // Sumsub's clock is right: a GREEN of this moment is neither of the future nor old.
    let ada = log.prospect("ada@example.com").await;
    let mut body = green(ada, 1);
    body["createdAtMs"] = written(now);
    log.store(&body).await;
    log.drained().await;
    assert_eq!(log.outcomes().await, [("applied".to_owned(), 1)]);

    // Asked after a callback, Sumsub's answer about an unfinished review counts as the newer word.
    let bob = log.prospect("bob@example.com").await;
    let mut hold = callback(bob, "applicantOnHold", 1);
    hold["createdAtMs"] = written(now);
    log.store(&hold).await;
    log.drained().await;
    log.sumsub.tell(bob, applicant(bob, "pending", None, 1));
    log.onboarding
        .refresh_from_sumsub(&officer(), bob)
        .await
        .unwrap();
    log.drained().await;
    let stage: String = sqlx::query_scalar("SELECT stage FROM prospects WHERE id = $1")
        .bind(uuid::Uuid::from(bob))
        .fetch_one(&log.pool)
        .await
        .unwrap();
    assert_eq!(stage, "kyc_pending");

    // A link lasts as long as it should.
    log.onboarding.generate_link(&officer(), bob).await.unwrap();
    let lasts: f64 = sqlx::query_scalar(
        "SELECT EXTRACT(epoch FROM link_ends_at - clock_timestamp())::float8 FROM prospects WHERE id = $1",
    )
    .bind(uuid::Uuid::from(bob))
    .fetch_one(&log.pool)
    .await
    .unwrap();
    assert!((3500.0..3605.0).contains(&lasts), "{lasts}");
    log.onboarding.refresher().batch().await.unwrap();
}
