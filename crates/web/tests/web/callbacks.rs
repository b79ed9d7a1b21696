//! The callback log: what came, what became of it, and having it judged again.

use access::Role;
use axum::http::StatusCode;

use crate::common::App;

#[tokio::test]
async fn callbacks_are_listed_with_their_reasons_and_shown_as_received() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    assert!(
        browser
            .get("/callbacks")
            .await
            .body
            .contains("No callbacks yet")
    );
    let body = r#"{"type": "applicant<b>", "applicantId": "nobody", "correlationId": "c9", "note": "<script>alert(1)</script>", "n": 1.50}"#;
    app.received(body).await;
    let id = app.prospect("ada@bank.example").await;
    app.reviewed(id, "GREEN", 0).await;
    app.reviewed(id, "GREEN", 0).await;
    let list = browser.get("/callbacks").await;
    assert!(!list.body.contains("<b>"), "{}", list.body);
    for words in [
        "applicant&#60;b&#62;",
        "applicantReviewed",
        "title=\"Sumsub&#39;s answer: GREEN\"",
        "<option value=\"RED\" title=\"Sumsub&#39;s answer: RED\">Declined</option>",
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
        ("answer=GREEN", 2),
        ("answer=green", 2),
        ("answer=RED", 0),
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
    assert_eq!(app.decisions("callback.read").await, [true]);
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
        (StatusCode::SEE_OTHER, "/callbacks/1?done=reprocess#done")
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
    let app = App::open().await;
    for n in 0..52 {
        sqlx::query!(
            "INSERT INTO callbacks (idempotency_key, body_sha256, body, subject, callback_type, outcome)
             VALUES ($1, '\\x00', '{}', 's', 'applicantPending', 'stale')",
            format!("k{n}"),
        )
        .execute(&app.pool)
        .await
        .unwrap();
    }
    let mut browser = app.signed_in(Role::Auditor).await;
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

#[tokio::test]
async fn the_list_says_approved_or_declined_whatever_the_bodies_are() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    app.reviewed(id, "RED", 0).await;
    app.reviewed(id, "GREEN", 10).await;
    app.reviewed(id, "YELLOW", 20).await;
    // One that is no JSON, and one that says something else than a text.
    for (n, body) in ["(erased)", r#"{"reviewResult": {"reviewAnswer": 7}}"#]
        .into_iter()
        .enumerate()
    {
        sqlx::query(
            "INSERT INTO callbacks (idempotency_key, body_sha256, body, subject, callback_type, outcome)
             VALUES ($1, '\\x00', $2, 's', 'applicantReviewed', 'stale')",
        )
        .bind(format!("k{n}"))
        .bind(body)
        .execute(&app.pool)
        .await
        .unwrap();
    }
    let mut browser = app.signed_in(Role::Auditor).await;
    let list = browser.get("/callbacks").await;
    assert_eq!(list.status, StatusCode::OK);
    for (words, title) in [
        ("Approved", "GREEN"),
        ("Declined", "RED"),
        ("YELLOW", "YELLOW"),
    ] {
        let cell = format!("title=\"Sumsub&#39;s answer: {title}\"><svg");
        assert_eq!(
            list.body.matches(&cell).count(),
            1,
            "{title}: {}",
            list.body
        );
        assert!(
            list.body.contains(&format!("</svg>{words}</span>")),
            "{words}"
        );
    }
    for (query, rows) in [("answer=RED", 1), ("answer=YELLOW", 1), ("answer=x", 0)] {
        let page = browser.get(&format!("/callbacks?{query}")).await;
        assert_eq!(page.body.matches("<tr data-key").count(), rows, "{query}");
    }
    let one = browser.get("/callbacks/1").await;
    assert!(one.body.contains("</svg>Declined</span>"), "{}", one.body);
    let history = browser.get("/prospects/100001").await;
    assert!(
        history
            .body
            .contains("title=\"Sumsub&#39;s answer: RED\">Sumsub: Declined, final"),
        "{}",
        history.body
    );
}
