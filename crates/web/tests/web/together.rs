//! Working together: whose a record is.

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
