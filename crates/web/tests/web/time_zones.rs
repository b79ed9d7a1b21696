//! Times in the zone of whoever looks.

use access::Role;
use axum::http::StatusCode;

use crate::{common::App, graphql::token};

/// The first exact time on a page.
fn exact(body: &str) -> &str {
    let time = body.split("<time ").nth(1).unwrap();
    time.split("title=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
}

#[tokio::test]
async fn an_operator_chooses_the_zone_in_which_times_are_told() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut colleague = app.another(Role::Auditor).await;
    let list = officer.get("/prospects").await;
    assert!(exact(&list.body).ends_with(" UTC"), "{}", list.body);
    // In whatever case; the page spells it as IANA does.
    let form = [("zone", " asia/kathmandu ")];
    let saved = officer.post("/me/time-zone", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(saved.header("location"), "/me?done=time-zone");
    let page = officer.get("/me?done=time-zone").await;
    for said in [
        "Times are told in this time zone.",
        "value=\"Asia/Kathmandu\" aria-describedby",
        "<option value=\"Europe/Berlin\">",
        "<option value=\"UTC\">",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    for path in ["/prospects", "/prospects/100001"] {
        let page = officer.get(path).await;
        assert!(exact(&page.body).ends_with(" UTC+05:45"), "{}", page.body);
        // Programs are told the same moment as ever.
        assert!(page.body.contains("Z\" title="), "{}", page.body);
        let page = colleague.get(path).await;
        assert!(exact(&page.body).ends_with(" UTC"), "{}", page.body);
    }
    // What does not exist changes nothing.
    let refused = officer
        .post("/me/time-zone", &[("zone", "Europe/Atlantis")])
        .await;
    assert_eq!(refused.header("location"), "/me?problem=time-zone");
    let page = officer.get("/me?problem=time-zone").await;
    assert!(
        page.body.contains("There is no such time zone."),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("value=\"Asia/Kathmandu\" aria"),
        "{}",
        page.body
    );
    // And back.
    officer.post("/me/time-zone", &[("zone", "UTC")]).await;
    let list = officer.get("/prospects").await;
    assert!(exact(&list.body).ends_with(" UTC"), "{}", list.body);
}

#[tokio::test]
async fn a_program_has_no_zone_and_chooses_none() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let bearer = token(&app, Role::OnboardingOfficer).await;
    let mut program = app.browser().with(&[("authorization", &bearer)]);
    let saved = program
        .post("/me/time-zone", &[("zone", "Asia/Tokyo")])
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let list = program.get("/prospects").await;
    assert!(exact(&list.body).ends_with(" UTC"), "{}", list.body);
    let page = program.get("/me").await;
    assert!(!page.body.contains("Tell times in"), "{}", page.body);
}
