//! The onboarding file of a record, and the help for the pages.

use access::Role;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::common::App;

/// How often somebody was seen to look at the record.
async fn looks_at(app: &App, id: Uuid) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM audit_entries WHERE authorized AND records::text LIKE '%' || $1::text || '%'",
    )
    .bind(id)
    .fetch_one(&app.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_file_says_all_that_is_on_record_exactly_and_who_printed_it() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    app.reviewed(id, "RED", 0).await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    officer
        .post("/me/time-zone", &[("zone", "Asia/Kathmandu")])
        .await;
    let record = officer.get("/prospects/100001").await;
    assert!(
        record.body.contains("href=\"/prospects/100001/file\""),
        "{}",
        record.body
    );
    let unassigned = officer.get("/prospects/100001/file").await;
    assert!(
        unassigned
            .body
            .contains("<dt>Assigned to</dt><dd>nobody</dd>"),
        "{}",
        unassigned.body
    );
    officer.post("/prospects/100001/assign-to-me", &[]).await;
    for note in ["Rings <b>back</b>\non Monday", "Has moved"] {
        let fields = [("id", &*Uuid::now_v7().to_string()), ("value", note)];
        let done = officer.post("/prospects/100001/add-note", &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    }
    let before = looks_at(&app, id).await;
    let file = officer.get("/prospects/100001/file").await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    let main = file.body.split("<main").nth(1).unwrap();
    for said in [
        "Printed by ",
        "(Onboarding officer) on ",
        "ada@bank.example",
        &id.to_string(),
        "<h3 id=\"stages\">Stages</h3>",
        ">Why it was declined<",
        "UTC+05:45</td>",
        "Prospect created",
        "<dt>Assigned to</dt><dd>onboarding-officer@",
        "<p class=\"body\">Rings &#60;b&#62;back&#60;/b&#62;\non Monday</p>",
        "<p class=\"body\">Has moved</p>",
        "onboarding-officer@bank.example, 20",
    ] {
        assert!(main.contains(said), "{said}: {main}");
    }
    // The stages in their order, each with its time.
    let stages = main.split("aria-labelledby=\"stages\"").nth(2).unwrap();
    let stages = stages.split("</table>").next().unwrap();
    let order: Vec<_> = ["New", "Declined"]
        .iter()
        .map(|stage| stages.find(stage).unwrap())
        .collect();
    assert!(order.is_sorted(), "{stages}");
    // Whoever prints it is seen to look.
    assert_eq!(looks_at(&app, id).await, before + 1);
    for nobody in [
        "/prospects/999999/file",
        "/customers/100001/file",
        "/prospects/x/file",
    ] {
        let answer = officer.get(nobody).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nobody}");
    }
}

#[tokio::test]
async fn a_customers_file_begins_where_the_prospect_did() {
    let app = App::open().await;
    let id = Uuid::now_v7();
    app.approved(id, "grace@bank.example").await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    let file = auditor.get("/customers/100001/file").await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    for said in [
        "Customer since",
        "Prospect since",
        "grace@bank.example",
        "Became a customer",
        "(Auditor) on ",
    ] {
        assert!(file.body.contains(said), "{said}: {}", file.body);
    }
    assert!(!file.body.contains("id=\"act-"), "nothing is done on it");
}

#[tokio::test]
async fn every_page_links_to_its_help() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut admin = app.signed_in(Role::Admin).await;
    for (page, help, says) in [
        ("/", "/help/overview", "Help: Overview"),
        (
            "/needs-a-person",
            "/help/needs-a-person",
            "Help: Needs a person",
        ),
        ("/prospects", "/help/prospects", "Help: Prospects"),
        ("/prospects/100001", "/help/prospects", "Help: Prospects"),
        ("/customers", "/help/customers", "Help: Customers"),
        ("/audit", "/help/audit", "Help: Audit log"),
        ("/me", "/help/my-account", "Help: My account"),
        ("/search?q=ada", "/help/usher", "Help: Usher"),
        ("/prospects/999999", "/help/usher", "Help: Usher"),
    ] {
        let answer = admin.get(page).await;
        assert!(
            answer
                .body
                .contains(&format!("id=\"help\" href=\"{help}\"")),
            "{page}: {}",
            answer.body
        );
        let answer = admin.get(help).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains(says), "{help}: {}", answer.body);
    }
    let nothing = admin.get("/help/the-moon").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}
