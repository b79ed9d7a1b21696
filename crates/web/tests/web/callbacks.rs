//! The callback log: what came, what became of it, and having it judged again.

use access::Role;
use axum::http::StatusCode;

use crate::common::House;

#[tokio::test]
async fn callbacks_are_listed_with_their_reasons_and_shown_as_received() {
    let house = House::open().await;
    let mut browser = house.signed_in(Role::OnboardingOfficer).await;
    assert!(
        browser
            .get("/callbacks")
            .await
            .body
            .contains("No callbacks yet")
    );
    let body = r#"{"type": "applicant<b>", "applicantId": "nobody", "correlationId": "c9", "note": "<script>alert(1)</script>", "n": 1.50}"#;
    house.received(body).await;
    let id = house.prospect("ada@bank.example").await;
    house.reviewed(id, "GREEN", 0).await;
    house.reviewed(id, "GREEN", 0).await;
    let list = browser.get("/callbacks").await;
    assert!(!list.body.contains("<b>"), "{}", list.body);
    for words in [
        "applicant&#60;b&#62;",
        "applicantReviewed",
        "Applied",
        "Ignored",
        "href=\"/prospects/100001\"",
        "unknown",
    ] {
        assert!(list.body.contains(words), "{words}: {}", list.body);
    }
    for (query, rows) in [
        ("outcome=applied", 1),
        ("outcome=ignored", 1),
        ("outcome=failed", 0),
        ("type=applicantReviewed", 2),
        ("prospect=100001", 2),
        (&format!("prospect={id}"), 2),
        (&format!("prospect=a-{id}"), 2),
        ("prospect=999999", 0),
        ("before=2", 1),
        ("type=%00x", 0),
    ] {
        let page = browser.get(&format!("/callbacks?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(
            page.body.matches("<tr data-key").count(),
            rows,
            "{query}: {}",
            page.body
        );
    }
    for bad in ["outcome=x", "before=x"] {
        let page = browser.get(&format!("/callbacks?{bad}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{bad}");
    }

    let detail = browser.get("/callbacks/1").await;
    assert!(!detail.body.contains("<script>alert"), "{}", detail.body);
    assert!(detail.body.contains("&#34;n&#34;: 1.50"), "{}", detail.body);
    assert_eq!(house.decisions("callback.read").await, [true]);
    for missing in [
        "/callbacks/99",
        "/callbacks/x",
        "/callbacks/9999999999999999999",
    ] {
        assert_eq!(
            browser.get(missing).await.status,
            StatusCode::NOT_FOUND,
            "{missing}"
        );
    }

    let again = browser.post("/callbacks/1/reprocess", &[]).await;
    assert_eq!(
        (again.status, again.header("location")),
        (StatusCode::SEE_OTHER, "/callbacks/1")
    );
    assert!(
        browser
            .get("/callbacks/1")
            .await
            .body
            .contains(">Received</span>")
    );
    let applied = browser.post("/callbacks/2/reprocess", &[]).await;
    assert_eq!(applied.status, StatusCode::CONFLICT);
    assert!(
        applied.body.contains("applied already") && applied.body.contains("<h1>Callback 2"),
        "{}",
        applied.body
    );
}

#[tokio::test]
async fn older_callbacks_are_one_click_away() {
    let house = House::open().await;
    for n in 0..52 {
        sqlx::query!(
            "INSERT INTO callbacks (idempotency_key, body_sha256, body, subject, callback_type, outcome)
             VALUES ($1, '\\x00', '{}', 's', 'applicantPending', 'stale')",
            format!("k{n}"),
        )
        .execute(&house.pool)
        .await
        .unwrap();
    }
    let mut browser = house.signed_in(Role::Auditor).await;
    let first = browser.get("/callbacks?outcome=stale").await;
    assert_eq!(first.body.matches("<tr data-key").count(), 50);
    let older = browser.get("/callbacks?outcome=stale&before=3").await;
    assert!(
        first
            .body
            .contains("href=\"/callbacks?outcome=stale&#38;before=3\""),
        "{}",
        first.body
    );
    assert_eq!(older.body.matches("<tr data-key").count(), 2);
    assert!(older.body.contains(">Newest<") && !older.body.contains(">Older<"));
}
