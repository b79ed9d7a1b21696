//! Sessions: their cookies, their ids, their ends.

use access::Role;
use axum::http::StatusCode;

use crate::{
    common::{App, Browser, PASSWORD},
    getting_in::customer,
};

#[tokio::test]
async fn cookies_are_named_for_their_site() {
    let app = App::open().await;
    app.operators
        .add("a@bank.example", PASSWORD, Role::Admin)
        .await
        .unwrap();
    let form = [("email", "A@bank.example"), ("password", PASSWORD)];
    let answer = app.browser().post("/login", &form).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("usher_admin="), "{cookie}");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(
        !cookie.contains("Secure") && !cookie.contains("Domain"),
        "{cookie}"
    );

    let app = App::at("https://panel.bank.example", "https://portal.bank.example").await;
    app.operators
        .add("a@bank.example", PASSWORD, Role::Admin)
        .await
        .unwrap();
    let mut browser = Browser::new(app.admin.clone(), "https://panel.bank.example");
    let answer = browser.post("/login", &form).await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-usher_admin=") && cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(
        cookie.contains("Path=/") && !cookie.contains("Domain"),
        "{cookie}"
    );

    customer(&app, "c@bank.example").await;
    let mut browser = Browser::new(app.portal.clone(), "https://portal.bank.example");
    let answer = browser
        .post(
            "/login",
            &[("email", "c@bank.example"), ("password", PASSWORD)],
        )
        .await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-usher_portal=") && cookie.contains("Secure"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_session_gets_a_new_id_and_ends_when_signed_out() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    let first = browser.cookie.clone();
    let stored: Vec<u8> = sqlx::query_scalar!("SELECT id_hash FROM web_sessions")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(stored.len(), 32, "only a hash is stored");

    browser
        .post(
            "/login",
            &[("email", "admin@bank.example"), ("password", PASSWORD)],
        )
        .await;
    assert_ne!(browser.cookie, first);
    let mut old = app.browser();
    old.cookie.clone_from(&first);
    assert_eq!(
        old.get("/prospects").await.status,
        StatusCode::SEE_OTHER,
        "the id from before is worth nothing"
    );

    let mut stolen = browser.clone();
    assert_eq!(browser.get("/prospects").await.status, StatusCode::OK);
    let out = browser.post("/logout", &[]).await;
    assert_eq!(
        (out.status, out.header("location")),
        (StatusCode::SEE_OTHER, "/login")
    );
    assert_eq!(stolen.get("/prospects").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sessions_end_by_themselves() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    age(&app, "5 minutes").await;
    assert_eq!(minutes_left(&app).await, Some(25));
    assert_eq!(browser.get("/prospects").await.status, StatusCode::OK);
    assert_eq!(
        minutes_left(&app).await,
        Some(30),
        "a session in use lives on"
    );

    age(&app, "31 minutes").await;
    let answer = browser.get("/prospects").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "one that idles ends");

    let mut browser = app.signed_in(Role::Auditor).await;
    sqlx::query!(
        r#"UPDATE web_sessions SET data = jsonb_set(data, '{who,since}', to_jsonb(now() - interval '8 hours 1 minute'))"#
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let answer = browser.get("/prospects").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "none lasts for ever");
}

#[tokio::test]
async fn what_a_page_fetches_by_itself_keeps_no_session_alive() {
    let app = App::open().await;
    let mut browser = app
        .signed_in(Role::Admin)
        .await
        .with(&[("x-usher-live", "1")]);
    age(&app, "5 minutes").await;
    assert_eq!(browser.get("/prospects").await.status, StatusCode::OK);
    assert_eq!(minutes_left(&app).await, Some(25));
}

#[tokio::test]
async fn what_has_ended_is_swept_out() {
    let app = App::open().await;
    app.signed_in(Role::Admin).await;
    age(&app, "31 minutes").await;
    app.signed_in(Role::Auditor).await;
    let sessions = web::session::Sessions::new(app.pool.clone(), web::Site::Portal);
    assert_eq!(sessions.delete_expired().await.unwrap(), 1);
    assert_eq!(
        minutes_left(&app).await,
        Some(30),
        "the other one is still there"
    );
}

/// Puts all sessions that far into the past.
async fn age(app: &App, by: &str) {
    sqlx::query!(
        "UPDATE web_sessions SET expires_at = expires_at - $1::text::interval,
             data = jsonb_set(data, '{who,seen}', to_jsonb((data->'who'->>'seen')::timestamptz - $1::text::interval))",
        by,
    )
    .execute(&app.pool)
    .await
    .unwrap();
}

/// How long the only session has to live.
async fn minutes_left(app: &App) -> Option<i64> {
    sqlx::query_scalar!(
        r#"SELECT round(extract(epoch FROM expires_at - now()) / 60)::bigint AS "minutes!" FROM web_sessions"#
    )
    .fetch_optional(&app.pool)
    .await
    .unwrap()
}
