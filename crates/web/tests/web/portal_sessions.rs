//! When a customer's sessions end, with the built-in identity: whatever two clocks say, and whoever is under way.

use std::time::Duration;

use axum::http::StatusCode;

use crate::{
    common::{App, Browser, PASSWORD},
    getting_in::customer,
};

const EMAIL: &str = "ada@bank.example";
const OTHER: &str = "quite another four words";
const CHANGE: [(&str, &str); 3] = [
    ("current", PASSWORD),
    ("password", OTHER),
    ("repeated", OTHER),
];

#[tokio::test]
async fn a_sign_in_with_the_old_password_opens_nothing_once_it_was_changed() {
    let app = App::open().await;
    customer(&app, EMAIL).await;
    let mut own = signed_in(&app).await;
    // Whoever wants to write to the login now waits in a row: the change, and behind it a sign-in whose password was
    // right when it was looked at.
    let mut held = app.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM logins FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    let mut thief = app.customer_browser();
    let changing = own.post("/security/password", &CHANGE);
    let signing_in = async {
        waiting(&app, 1).await;
        sign_in(&mut thief).await
    };
    let let_go = async {
        waiting(&app, 2).await;
        held.rollback().await.unwrap();
    };
    let (changed, _, ()) = tokio::join!(changing, signing_in, let_go);
    assert_eq!(changed.header("location"), "/security?password=changed");
    assert!(!is_inside(&mut thief).await);
    assert!(is_inside(&mut own).await, "who changed it goes on");
}

#[tokio::test]
async fn sessions_end_also_when_they_began_by_a_clock_that_is_ahead() {
    let app = App::open().await;
    customer(&app, EMAIL).await;
    let (mut here, mut there) = (signed_in(&app).await, signed_in(&app).await);
    clock_was_ahead(&app).await;
    let changed = here.post("/security/password", &CHANGE).await;
    assert_eq!(changed.header("location"), "/security?password=changed");
    assert!(!is_inside(&mut there).await, "the change ends the others");
    assert!(is_inside(&mut here).await, "and goes on here");

    let mut stolen = here.clone();
    clock_was_ahead(&app).await;
    let out = here.post("/security/sign-out", &[]).await;
    assert_eq!(out.header("location"), "/login?signed_out=everywhere");
    assert!(!is_inside(&mut stolen).await && !is_inside(&mut here).await);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_browsers_session_whichever_began_last() {
    let app = App::open().await;
    customer(&app, EMAIL).await;
    let mut browsers = [signed_in(&app).await, signed_in(&app).await];
    clock_was_ahead(&app).await;
    let mut here = signed_in(&app).await;
    here.post("/security/sign-out", &[]).await;
    for browser in &mut browsers {
        assert!(!is_inside(browser).await);
    }
    assert!(is_inside(&mut signed_in(&app).await).await);
}

#[tokio::test]
async fn a_session_that_does_not_know_as_of_when_it_counts_has_ended() {
    let app = App::open().await;
    customer(&app, EMAIL).await;
    let mut browser = signed_in(&app).await;
    assert!(is_inside(&mut browser).await);
    // As an earlier version made it.
    sqlx::query("UPDATE web_sessions SET data = data #- '{who,sessions_valid_from}'")
        .execute(&app.pool)
        .await
        .unwrap();
    assert!(!is_inside(&mut browser).await);
}

async fn signed_in(app: &App) -> Browser {
    let mut browser = app.customer_browser();
    assert_eq!(sign_in(&mut browser).await, StatusCode::SEE_OTHER);
    browser
}

async fn sign_in(browser: &mut Browser) -> StatusCode {
    let form = [("email", EMAIL), ("password", PASSWORD)];
    browser.post("/login", &form).await.status
}

async fn is_inside(browser: &mut Browser) -> bool {
    !browser.get("/").await.body.contains("id=\"sign-in\"")
}

/// All sessions so far began by the clock of a machine that is five minutes ahead of the database's.
async fn clock_was_ahead(app: &App) {
    sqlx::query(
        "UPDATE web_sessions SET data = jsonb_set(data, '{who,since}',
             to_jsonb((data->'who'->>'since')::timestamptz + interval '5 minutes'))",
    )
    .execute(&app.pool)
    .await
    .unwrap();
}

/// Until so many wait for somebody else's lock.
async fn waiting(app: &App, wanted: i64) {
    let look = async {
        loop {
            let there: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&app.pool)
            .await
            .unwrap();
            if there == wanted {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(20), look).await;
    assert!(seen.is_ok(), "nobody came to wait");
}
