//! The figures of the first page, and the files behind them.

use std::time::Duration;

use access::{Role, Subject};
use axum::http::StatusCode;
use customer::{ProspectInput, primitives::ProspectId};
use uuid::Uuid;

use crate::common::App;

/// What stands in a figure.
fn figure<'a>(page: &'a str, id: &str) -> &'a str {
    let begin = page
        .find(&format!("<figure class=\"card\" id=\"{id}\""))
        .unwrap_or_else(|| panic!("no figure {id}: {page}"));
    let rest = &page[begin..];
    &rest[..rest.find("</figure>").unwrap()]
}

#[tokio::test]
async fn the_first_page_tells_how_it_goes_and_leads_on() {
    let app = App::open().await;
    app.active("active@bank.example").await;
    app.approved(Uuid::now_v7(), "approved@bank.example").await;
    let declined = app.prospect("declined@bank.example").await;
    app.reviewed(declined, "RED", 0).await;
    app.prospect("new@bank.example").await;
    let mut browser = app.signed_in(Role::Auditor).await;
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);

    let funnel = figure(&page.body, "funnel");
    for words in [
        "aria-labelledby=\"funnel-heading\"",
        "Of the prospects created in the last 30 days",
        "4 · 100 %",
        "3 · 75 %",
        "2 · 50 %",
        "1 · 25 %",
        "Download CSV",
        "href=\"/overview/funnel.csv?days=30\"",
    ] {
        assert!(funnel.contains(words), "{words}: {funnel}");
    }
    let times = figure(&page.body, "time-in-stage");
    assert!(
        times.contains("<a href=\"/prospects/100004\">100004</a>")
            && times.contains("<a href=\"/prospects/100003\">100003</a>")
            && times.contains("<a href=\"/customers/100002\">100002</a>")
            && times.contains("1 there now"),
        "{times}"
    );
    let reasons = figure(&page.body, "reasons");
    assert!(
        reasons.contains("declined once") && reasons.contains("FORGERY"),
        "{reasons}"
    );
    assert!(figure(&page.body, "provisioning-times").contains("Portal login"));
    assert!(figure(&page.body, "customer-types").contains("Individual"));
    assert!(figure(&page.body, "operators").contains("Usher"));

    let companies = browser.get("/?days=7&type=private_company").await;
    assert!(
        figure(&companies.body, "funnel").contains("No prospect was created in these days."),
        "{}",
        companies.body
    );
    for words in [
        "The last 7 days",
        "href=\"/?days=90&#38;type=private_company\"",
        "<option value=\"private_company\" selected",
    ] {
        assert!(
            companies.body.contains(words),
            "{words}: {}",
            companies.body
        );
    }
    for bad in [
        "/?days=8",
        "/?days=x",
        "/?type=x",
        "/overview/funnel.csv?days=0",
    ] {
        assert_eq!(
            browser.get(bad).await.status,
            StatusCode::BAD_REQUEST,
            "{bad}"
        );
    }
    for missing in ["/overview/x.csv", "/overview/funnel", "/overview/.csv"] {
        assert_eq!(
            browser.get(missing).await.status,
            StatusCode::NOT_FOUND,
            "{missing}"
        );
    }
}

#[tokio::test]
async fn the_files_are_safe_for_spreadsheets_and_written_down() {
    let app = App::open().await;
    let (id, _) = app
        .tokens
        .mint(
            "=HYPERLINK(\"http://evil.example\")",
            Role::OnboardingOfficer,
            Duration::from_secs(60),
        )
        .await
        .unwrap();
    let token = Subject::ApiToken {
        id,
        role: Role::OnboardingOfficer,
    };
    let input = ProspectInput {
        email: "ada@bank.example".to_owned(),
        telegram_handle: String::new(),
        customer_type: "bank".to_owned(),
    };
    app.onboarding
        .create_prospect(&token, ProspectId::new(), &input)
        .await
        .unwrap();
    app.active("active@bank.example").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let file = browser.get("/overview/operators.csv?days=7").await;
    assert_eq!(
        (file.status, file.header("content-type")),
        (StatusCode::OK, "text/csv; charset=utf-8; header=present")
    );
    let name = file.header("content-disposition");
    assert!(
        name.starts_with("attachment; filename=\"operators_") && name.ends_with(".csv\""),
        "{name}"
    );
    assert_eq!(
        file.body,
        "Created by,New,Started,In review,Approved,Active,Of all\n\
         \"API token =HYPERLINK(\"\"http://evil.example\"\")\",1,0,0,0,0,0.0\n\
         Usher,1,1,1,1,1,100.0\n"
    );
    let funnel = browser.get("/overview/funnel.csv?type=bank").await;
    assert_eq!(
        funnel.body,
        "Step,Prospects,Of all,Of those before\nNew,1,100.0,100.0\nStarted,0,0.0,0.0\nIn review,0,0.0,\n\
         Approved,0,0.0,\nActive,0,0.0,\n"
    );
    let times = browser.get("/overview/time-in-stage.csv").await;
    assert!(
        times.body.starts_with(
            "Stage,Left,Median,p90,There now,Oldest,Since (UTC)\nNew,1,0,0,1,100001,20"
        ),
        "{}",
        times.body
    );
    let declined = app.prospect("declined@bank.example").await;
    let body = format!(
        r#"{{"type": "applicantReviewed", "applicantId": "a-1", "correlationId": "c-1", "levelName": "basic-kyc-level",
            "externalUserId": "{declined}", "sandboxMode": false, "reviewStatus": "completed", "createdAtMs": "2026-03-01 10:00:00.000",
            "reviewResult": {{"reviewAnswer": "RED", "rejectLabels": ["=1+1", "@SUM"], "reviewRejectType": "RETRY"}}}}"#
    );
    app.received(&body).await;
    let reasons = browser.get("/overview/reasons.csv?days=90").await;
    assert_eq!(
        reasons.body,
        "Reject label,Answers,Of all\n'=1+1,1,100.0\n'@SUM,1,100.0\n"
    );
    for which in ["provisioning-times", "customer-types"] {
        let file = browser.get(&format!("/overview/{which}.csv")).await;
        assert_eq!(file.status, StatusCode::OK, "{which}");
    }
    assert_eq!(app.decisions("statistics.download").await.len(), 6);
}

#[tokio::test]
async fn the_newest_of_what_needs_a_person_is_on_the_first_page() {
    let app = App::open().await;
    sqlx::query(
        "INSERT INTO raised (cause, raised_at) SELECT 'cause ' || n, now() + n * interval '1 minute' FROM generate_series(1, 9) n",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let page = browser.get("/").await.body;
    let shown: Vec<&str> = page
        .split("data-key=\"raised-")
        .skip(1)
        .map(|item| item.split('"').next().unwrap())
        .collect();
    assert_eq!(shown, ["9", "8", "7", "6", "5"]);
    assert!(
        page.contains("<a href=\"/needs-a-person\">All 9</a>"),
        "{page}"
    );
}
