//! Whose data a page shows is in the audit log: one entry for each request, and no page without it.

use std::collections::BTreeSet;

use access::Role;
use axum::http::StatusCode;
use sqlx::Executor as _;

use crate::common::App;

/// Action and records of what was looked at since entry `after`.
async fn looks(app: &App, after: i64) -> Vec<(String, BTreeSet<String>)> {
    let rows: Vec<(String, Vec<String>)> = sqlx::query_as(
        "SELECT action, records FROM audit_entries WHERE id > $1 AND authorized AND records <> '{}' ORDER BY id",
    )
    .bind(after)
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let set = |(action, records): (String, Vec<String>)| (action, records.into_iter().collect());
    rows.into_iter().map(set).collect()
}

async fn newest(app: &App) -> i64 {
    sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM audit_entries")
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_page_with_somebodys_data_is_one_entry() {
    let app = App::open().await;
    let ada = app.prospect("ada@bank.example").await;
    let bob = app.prospect("bob@bank.example").await;
    app
        .received(&format!(
            r#"{{"type": "applicantPending", "applicantId": "a-1", "correlationId": "c-1", "externalUserId": "{ada}",
                "sandboxMode": false, "createdAtMs": "2026-01-01 00:00:00.000"}}"#
        ))
        .await;
    sqlx::query("INSERT INTO raised (cause, prospect_id, other_id) VALUES ('look', $1, $2)")
        .bind(ada)
        .bind(bob)
        .execute(&app.pool)
        .await
        .unwrap();
    let (ada, bob) = (format!("prospect:{ada}"), format!("prospect:{bob}"));
    let raised = "raised:1";
    let mut auditor = app.signed_in(Role::Auditor).await;
    for (page, action, records) in [
        ("/prospects", "prospect.list", vec![ada.as_str(), &bob]),
        ("/prospects?q=bob", "prospect.list", vec![&bob]),
        ("/prospects?q=nobody", "", vec![]),
        ("/customers", "", vec![]),
        ("/callbacks", "callback.list", vec!["callback:1"]),
        ("/callbacks/1", "callback.read", vec!["callback:1", &ada]),
        ("/", "raised.list", vec![raised, &ada, &bob]),
        (
            "/prospects/100001",
            "prospect.read",
            vec![raised, &ada, &bob],
        ),
        (
            "/prospects/100002",
            "prospect.read",
            vec![raised, &ada, &bob],
        ),
        ("/provisioning", "", vec![]),
        ("/audit", "", vec![]),
    ] {
        let before = newest(&app).await;
        let shown = auditor.get(page).await;
        assert_eq!(shown.status, StatusCode::OK, "{page}");
        let found = looks(&app, before).await;
        let records: BTreeSet<String> = records.into_iter().map(str::to_owned).collect();
        if records.is_empty() {
            assert_eq!(found, [], "{page}");
        } else {
            assert_eq!(found, [(action.to_owned(), records)], "{page}");
        }
    }
    // The log shows how many it were, leads to each, and is found by one of them.
    let log = auditor
        .get("/audit?object=100002&action=prospect.list")
        .await;
    assert!(
        log.body.contains("<summary>2 records</summary>")
            && log
                .body
                .contains("<a href=\"/prospects/100002\">Prospect 100002</a>"),
        "{}",
        log.body
    );
}

#[tokio::test]
async fn an_entry_has_a_page_with_everybody_it_is_about() {
    let app = App::open().await;
    for number in 0..12 {
        app.prospect(&format!("p{number}@bank.example")).await;
    }
    let mut auditor = app.signed_in(Role::Auditor).await;
    auditor.get("/prospects").await;
    let look = newest(&app).await;
    let leads_to = |page: &str| page.matches("<a href=\"/prospects/1000").count();
    // Each of them was created, too.
    let log = auditor.get("/audit?action=prospect.list").await.body;
    assert_eq!(leads_to(&log), 10, "{log}");
    let more = format!("and <a href=\"/audit/{look}\">2 more</a>");
    assert!(log.contains(&more), "{log}");
    let entry = auditor.get(&format!("/audit/{look}")).await.body;
    assert_eq!(leads_to(&entry), 12, "{entry}");
    for words in ["List prospects", "12 records", "<code>prospect.list</code>"] {
        assert!(entry.contains(words), "{words}: {entry}");
    }
    let missing = auditor.get("/audit/999999").await.status;
    assert_eq!(missing, StatusCode::NOT_FOUND);
    let refused = app
        .signed_in(Role::OnboardingOfficer)
        .await
        .get("/audit/1")
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_can_not_be_written_down_is_not_shown() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    app.pool
        .execute("ALTER TABLE audit_entries RENAME COLUMN records TO away")
        .await
        .unwrap();
    for page in ["/prospects", "/prospects/100001", "/prospects?q=ada"] {
        let shown = auditor.get(page).await;
        assert_eq!(shown.status, StatusCode::SERVICE_UNAVAILABLE, "{page}");
        assert!(!shown.body.contains("ada@bank.example"), "{page}");
    }
    assert_eq!(auditor.get("/customers").await.status, StatusCode::OK);
}

/// With the link one verifies in the person's place.
#[tokio::test]
async fn an_auditor_gets_no_live_link() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let link = "https://in.sumsub.com/websdk/p/secret";
    sqlx::query(
        "WITH event AS (
             INSERT INTO prospect_events (id, sequence, event_type, event) SELECT $1, 2, 'link_created', jsonb_build_object(
                 'type', 'link_created', 'url', NULL, 'level', 'basic-kyc-level', 'created_at', now(),
                 'expires_at', now() + interval '1 day', 'created_by', 'system:test')
         )
         INSERT INTO prospects_forgettable_payloads (entity_id, sequence, payload) VALUES ($1, 2, jsonb_build_object('url', $2::text))",
    )
    .bind(id)
    .bind(link)
    .execute(&app.pool)
    .await
    .unwrap();
    for (role, shown) in [
        (Role::Admin, true),
        (Role::OnboardingOfficer, true),
        (Role::Auditor, false),
    ] {
        let mut browser = app.signed_in(role).await;
        let page = browser.get("/prospects/100001").await.body;
        assert_eq!(page.contains(link), shown, "{role}: {page}");
        assert!(page.contains("<dt>Ends</dt>"), "{role}");
        let instead = "Only who may make one sees it";
        assert_eq!(page.contains(instead), !shown, "{role}");
    }
}
