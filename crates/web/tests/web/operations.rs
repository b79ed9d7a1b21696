//! What operators do to a prospect or customer through its page: dialogs, reasons, refusals, second clicks.

use access::Role;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::common::App;

const SCRIPT: &str = "</textarea><script>alert(1)</script>";

#[tokio::test]
async fn a_dialog_asks_first_and_the_page_says_what_was_done() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    let dialog = browser.get("/prospects/100001/close").await;
    assert_eq!(dialog.status, StatusCode::OK);
    insta::assert_snapshot!(
        dialog
            .body
            .split("<dialog")
            .nth(1)
            .unwrap()
            .split("</dialog>")
            .next()
            .unwrap()
    );
    assert_eq!(stage(&app).await, "new", "nothing is done before Confirm");

    let done = browser
        .post("/prospects/100001/close", &[("value", " a double ")])
        .await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, "/prospects/100001?done=close#done")
    );
    assert_eq!(stage(&app).await, "closed");
    let page = browser.get("/prospects/100001?done=close#done").await;
    assert!(
        page.body.contains("The prospect was closed.") && page.body.contains("Closed: a double"),
        "{}",
        page.body
    );
    for nothing in ["?done=nothing", "?done=%3Cscript%3E", "?done="] {
        let page = browser.get(&format!("/prospects/100001{nothing}")).await;
        assert!(!page.body.contains("id=\"done\""), "{nothing}");
    }
}

#[tokio::test]
async fn every_form_says_what_is_wrong_and_keeps_what_was_typed() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let closed = app.prospect("closed@bank.example").await;
    let usher = access::Subject::system("test");
    app.onboarding
        .close_prospect(&usher, closed.into(), "was a test")
        .await
        .unwrap();
    let customer = Uuid::now_v7();
    app.approved(customer, "grace@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    let before = events(&app).await;
    let long = "x".repeat(1001);
    let reasons = [
        ("", "Enter the reason"),
        (" \n ", "Enter the reason"),
        (long.as_str(), "too long"),
        ("a\0b", "be stored"),
    ];
    for path in [
        "/prospects/100001/close",
        "/prospects/100001/convert",
        "/prospects/100002/reopen",
        "/customers/100003/deactivate",
        "/customers/100003/reactivate",
        "/customers/100003/restore",
        "/customers/100003/close",
    ] {
        for (reason, problem) in reasons {
            let answer = browser.post(path, &[("value", reason)]).await;
            refused(&answer, problem, &format!("{path} {reason:.9?}"));
        }
        // A field that isn't sent at all is an empty one.
        let answer = browser.post(path, &[]).await;
        refused(&answer, "Enter the reason", path);
    }
    let addresses = [
        ("", "Enter the e-mail address."),
        ("ada", "This is not an e-mail address."),
        (SCRIPT, "This is not an e-mail address."),
    ];
    for record in ["/prospects/100001", "/customers/100003"] {
        for (email, problem) in addresses {
            let path = format!("{record}/change-email");
            let answer = browser.post(&path, &[("value", email)]).await;
            refused(&answer, problem, &path);
        }
        let path = format!("{record}/change-telegram");
        let answer = browser.post(&path, &[("value", "a")]).await;
        refused(&answer, "This is not a Telegram handle.", &path);
        assert!(answer.body.contains("value=\"a\""), "{}", answer.body);
    }
    let taken = browser
        .post(
            "/prospects/100001/change-email",
            &[("value", "GRACE@bank.example")],
        )
        .await;
    refused(&taken, "See 100003", "a taken address");
    assert!(taken.body.contains("value=\"GRACE@bank.example\""));
    let kind = browser
        .post("/prospects/100001/change-type", &[("value", "Bank<b>")])
        .await;
    refused(&kind, "Choose one of the customer types", "a type");
    for path in ["/prospects/100001/nothing", "/customers/100003/convert"] {
        assert_eq!(
            browser.post(path, &[("value", "x")]).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(events(&app).await, before, "nothing was done");
}

#[tokio::test]
async fn who_comes_too_late_reads_why_and_keeps_the_reason() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    assert!(
        browser
            .get("/prospects/100001/close")
            .await
            .body
            .contains("<dialog")
    );
    app.reviewed(id, "GREEN", 0).await;
    let late = browser
        .post("/prospects/100001/close", &[("value", "a <b>double</b>")])
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    for words in [
        "role=\"alert\"",
        "has become a customer",
        "a &#60;b&#62;double&#60;/b&#62;</textarea>",
        "<h1>ada@bank.example</h1>",
    ] {
        assert!(late.body.contains(words), "{words}: {}", late.body);
    }
    // The dialog of what is no longer possible leads back to the page.
    assert_eq!(
        browser
            .get("/prospects/100001/close")
            .await
            .header("location"),
        "/prospects/100001"
    );

    app.reviewed(id, "RED", 10).await;
    let page = browser.get("/customers/100001").await;
    assert!(
        page.body
            .contains("disabled aria-describedby=\"why-restore\"")
            && page.body.contains("only when Sumsub has approved after"),
        "{}",
        page.body
    );
    for words in ["FORGERY", "See &#60;b&#62;you&#60;/b&#62;.", "A fraud."] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let early = browser.get("/customers/100001/restore").await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(!early.body.contains("<dialog"));
    let early = browser
        .post("/customers/100001/restore", &[("value", "x")])
        .await;
    assert_eq!(early.status, StatusCode::CONFLICT);

    app.reviewed(id, "GREEN", 20).await;
    let restored = browser
        .post("/customers/100001/restore", &[("value", "looked at it")])
        .await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER, "{}", restored.body);
    assert!(
        browser
            .get("/customers/100001")
            .await
            .body
            .contains("Restored after a rejection: looked at it")
    );
}

#[tokio::test]
async fn a_second_click_does_nothing_more() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let customer = Uuid::now_v7();
    app.approved(customer, "grace@bank.example").await;
    let browser = app.signed_in(Role::Admin).await;
    for (path, value) in [
        ("/prospects/100001/change-email", "new@bank.example"),
        ("/prospects/100001/change-telegram", "@somebody"),
        ("/prospects/100001/change-type", "bank"),
        ("/prospects/100001/close", "a double"),
        ("/prospects/100001/reopen", "no double"),
        ("/prospects/100001/convert", "known in person"),
        ("/customers/100002/deactivate", "asked for it"),
        ("/customers/100002/reactivate", "asked again"),
        ("/customers/100002/change-email", "other@bank.example"),
    ] {
        let before = events(&app).await;
        let clicks = (0..3).map(|_| {
            let mut browser = browser.clone();
            async move { browser.post(path, &[("value", value)]).await.status }
        });
        for status in futures::future::join_all(clicks).await {
            assert_eq!(status, StatusCode::SEE_OTHER, "{path}");
        }
        let made = events(&app).await - before;
        let expected = match path {
            // Prospect and customer.
            "/customers/100002/change-email" | "/prospects/100001/convert" => 2,
            _ => 1,
        };
        assert_eq!(made, expected, "{path}");
    }
}

#[tokio::test]
async fn what_was_typed_is_text_wherever_it_stands() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    browser
        .post("/prospects/100001/close", &[("value", SCRIPT)])
        .await;
    let again = browser
        .post("/prospects/100001/change-email", &[("value", SCRIPT)])
        .await;
    for page in [browser.get("/prospects/100001").await, again] {
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
        assert!(
            page.body.contains("&#60;script&#62;alert(1)"),
            "{}",
            page.body
        );
    }
}

#[tokio::test]
async fn personal_data_is_shown_once_it_is_known() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let mut browser = app.signed_in(Role::Auditor).await;
    let page = browser.get("/prospects/100001").await;
    assert!(
        page.body.contains("Not known yet; Sumsub tells it."),
        "{}",
        page.body
    );
    assert!(page.body.contains("There is no verification link yet."));
    app.reviewed(id, "GREEN", 0).await;
    assert!(
        browser
            .get("/customers/100001/verification")
            .await
            .body
            .contains("Not known yet; Sumsub tells it."),
        "an approval alone tells no name"
    );
}

#[tokio::test]
async fn erasing_waits_for_the_law_and_then_shows_that_it_was_done() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    assert!(
        !browser
            .get("/prospects/100001")
            .await
            .body
            .contains("act-erase")
    );
    browser
        .post("/prospects/100001/close", &[("value", "a double")])
        .await;
    let page = browser.get("/prospects/100001").await;
    assert!(
        page.body
            .contains("disabled aria-describedby=\"why-erase\""),
        "{}",
        page.body
    );
    let early = browser.post("/prospects/100001/erase", &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    sqlx::query!("UPDATE prospect_events SET recorded_at = recorded_at - interval '6 years'")
        .execute(&app.pool)
        .await
        .unwrap();
    assert!(
        browser
            .get("/prospects/100001/erase")
            .await
            .body
            .contains("can&#39;t be undone")
    );
    let done = browser.post("/prospects/100001/erase", &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = browser.get("/prospects/100001?done=erase").await;
    assert!(
        page.body.contains("<h1>Prospect 100001</h1>")
            && page.body.contains("Erased for good.")
            && page.body.contains("the reason was erased"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("ada@") && !page.body.contains("a double"));
}

fn refused(answer: &crate::common::Answer, problem: &str, what: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
    let dialog = answer.body.split("<dialog open").nth(1);
    let dialog = dialog.unwrap_or_else(|| panic!("{what}: no dialog: {}", answer.body));
    assert!(
        dialog.contains(problem) && dialog.contains("aria-invalid=\"true\""),
        "{what}: {dialog}"
    );
    assert!(!answer.body.contains("<script>alert"), "{what}");
}

async fn stage(app: &App) -> String {
    sqlx::query_scalar!("SELECT stage FROM prospects")
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

/// How many events there are of prospects and customers.
async fn events(app: &App) -> i64 {
    sqlx::query_scalar!(
        r#"SELECT (SELECT count(*) FROM prospect_events) + (SELECT count(*) FROM customer_events) AS "n!""#
    )
    .fetch_one(&app.pool)
    .await
    .unwrap()
}
