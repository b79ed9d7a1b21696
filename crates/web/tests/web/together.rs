//! Working together: whose a record is, what colleagues wrote down about it, how long nobody is asked
//! about it, and what came in for oneself.

use access::Role;
use axum::http::StatusCode;

use crate::common::App;

#[tokio::test]
async fn a_record_is_given_to_oneself_to_a_colleague_and_to_nobody() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let mut ben = app.signed_in(Role::Admin).await;
    let mut anna = app.signed_in(Role::OnboardingOfficer).await;
    let page = anna.get("/prospects/100001").await;
    assert!(
        page.body
            .contains("Assigned to <span class=\"faint\">nobody</span>"),
        "{}",
        page.body
    );
    // One click, and the page says so.
    let done = anna.post("/prospects/100001/assign-to-me", &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = anna.get(done.header("location")).await;
    for words in [
        "Assigned to <strong>you</strong>",
        "It is assigned to you.",
        "Assigned to onboarding-officer@bank.example",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("act-assign-to-me"), "{}", page.body);
    // A colleague takes it back, by a dialog that has everybody who may change something.
    let dialog = ben.get("/prospects/100001/assign").await;
    for choice in [
        ">Nobody<",
        ">admin@bank.example<",
        "selected>onboarding-officer@bank.example<",
    ] {
        assert!(dialog.body.contains(choice), "{choice}: {}", dialog.body);
    }
    let back = ben.post("/prospects/100001/assign", &[("value", "")]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
    let page = anna.get("/prospects/100001").await;
    assert!(page.body.contains("Assigned to nobody"), "{}", page.body);
    assert!(page.body.contains("by admin@bank.example"), "{}", page.body);
    // Made up, or somebody who works here no longer.
    for who in ["somebody", "0198c0de-0000-7000-8000-000000000000"] {
        let refused = ben
            .post("/prospects/100001/assign", &[("value", who)])
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{who}");
        assert!(
            refused.body.contains("dialog-value-problem"),
            "{}",
            refused.body
        );
    }
    // The customer is whose the prospect was.
    anna.post("/prospects/100001/assign-to-me", &[]).await;
    app.reviewed(id, "GREEN", 0).await;
    let page = anna.get("/customers/100001").await;
    assert!(
        page.body.contains("Assigned to <strong>you</strong>"),
        "{}",
        page.body
    );
    ben.post("/customers/100001/assign-to-me", &[]).await;
    let page = anna.get("/customers/100001").await;
    assert!(
        page.body
            .contains("Assigned to <strong>admin@bank.example</strong>")
            && page.body.contains("Assigned to admin@bank.example</span>"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_note_is_added_once_shown_as_it_was_written_and_read_by_who_may_not_add() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let mut anna = app.signed_in(Role::OnboardingOfficer).await;
    let page = anna.get("/prospects/100001").await;
    let (_, after) = page.body.split_once("name=\"id\" value=\"").unwrap();
    let note = after.split('"').next().unwrap().to_owned();
    let typed = "Rings <b>back</b>\r\non Monday";
    for _ in 0..2 {
        let fields = [("id", note.as_str()), ("value", typed)];
        let done = anna.post("/prospects/100001/add-note", &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    }
    let page = anna.get("/prospects/100001?done=add-note#done").await;
    let shown = "<p class=\"body\">Rings &#60;b&#62;back&#60;/b&#62;\non Monday</p>";
    assert_eq!(page.body.matches(shown).count(), 1, "{}", page.body);
    assert!(page.body.contains("The note was added."), "{}", page.body);
    // What can't be added stays in the box.
    let long = "z".repeat(4001);
    let refused = anna
        .post("/prospects/100001/add-note", &[("value", &long)])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("4,000 characters at most") && refused.body.contains(&long));
    // An auditor reads, on the customer's page, too.
    app.reviewed(id, "GREEN", 0).await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    for page in ["/prospects/100001", "/customers/100001"] {
        let page = auditor.get(page).await;
        assert!(page.body.contains(shown), "{}", page.body);
        assert!(!page.body.contains("Add a note"), "{}", page.body);
    }
    let found = auditor.get("/search?q=monday").await;
    assert!(found.body.contains("in a note"), "{}", found.body);
}

#[tokio::test]
async fn a_record_is_snoozed_by_a_dialog_and_woken_by_a_click() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut anna = app.signed_in(Role::OnboardingOfficer).await;
    let dialog = anna.get("/prospects/100001/snooze").await;
    for choice in [
        "Tomorrow",
        "In 3 days",
        "In a week",
        "On the date below",
        "type=\"date\"",
    ] {
        assert!(dialog.body.contains(choice), "{choice}: {}", dialog.body);
    }
    for (value, date) in [
        ("date", ""),
        ("date", "2020-01-01"),
        ("soon", ""),
        ("date", "3000-01-01"),
    ] {
        let fields = [("value", value), ("date", date)];
        let refused = anna.post("/prospects/100001/snooze", &fields).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{value} {date}"
        );
        assert!(
            refused.body.contains("dialog-date-problem"),
            "{}",
            refused.body
        );
    }
    let day = (chrono::Utc::now() + chrono::TimeDelta::days(40)).format("%Y-%m-%d");
    let fields = [("value", "date"), ("date", &*day.to_string())];
    let done = anna.post("/prospects/100001/snooze", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = anna.get("/prospects/100001").await;
    for words in [
        "<strong>Snoozed</strong> until",
        &format!("Snoozed until {day} 00:00 UTC, unless something happens before."),
        "id=\"act-wake\"",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("id=\"act-snooze\""), "{}", page.body);
    anna.post("/prospects/100001/wake", &[]).await;
    let page = anna.get("/prospects/100001").await;
    assert!(!page.body.contains("<strong>Snoozed"), "{}", page.body);
    assert!(
        page.body.contains("Woken"),
        "the history tells: {}",
        page.body
    );
}

#[tokio::test]
async fn the_bell_says_what_came_in_and_the_page_what_it_was() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let mut anna = app.signed_in(Role::OnboardingOfficer).await;
    let mut ben = app.signed_in(Role::Admin).await;
    let bell = "<span class=\"count\" data-count=\"for-me\">";
    let page = anna.get("/for-me").await;
    assert!(page.body.contains("Nothing has come in."), "{}", page.body);
    assert!(
        page.body.contains("data-count=\"for-me\" hidden>0<"),
        "{}",
        page.body
    );
    anna.post("/prospects/100001/assign-to-me", &[]).await;
    ben.post("/prospects/100001/add-note", &[("value", "Rings back")])
        .await;
    app.reviewed(id, "GREEN", 0).await;
    let page = anna.get("/customers").await;
    assert!(
        page.body.contains(&format!("{bell}2</span>")),
        "{}",
        page.body
    );
    let page = anna.get("/for-me").await;
    for words in [
        "Note added by admin@bank.example",
        "Sumsub: Approved",
        "/customers/100001",
        ">new<",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // Somebody else's bell says nothing of it.
    let page = ben.get("/for-me").await;
    assert!(page.body.contains("Nothing has come in."), "{}", page.body);
    let read = anna.post("/for-me/read", &[]).await;
    assert_eq!(read.header("location"), "/for-me?done=read#done");
    let page = anna.get("/for-me?done=read").await;
    assert!(
        page.body.contains("All is marked as read."),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains(">new<") && !page.body.contains(bell),
        "{}",
        page.body
    );
    // Who looks at the record has seen what came in about it; a page that brings itself up to date is nobody's look.
    ben.post("/customers/100001/add-note", &[("value", "Once more")])
        .await;
    let mut live = anna
        .clone()
        .with(&[("origin", crate::common::ADMIN), ("x-usher-live", "1")]);
    live.get("/customers/100001").await;
    let page = anna.get("/customers").await;
    assert!(
        page.body.contains(&format!("{bell}1</span>")),
        "{}",
        page.body
    );
    anna.get("/customers/100001").await;
    let page = anna.get("/customers").await;
    assert!(!page.body.contains(bell), "{}", page.body);
}
