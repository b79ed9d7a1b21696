//! The lists of prospects and customers: filters, order, pages.

use access::Role;
use axum::http::StatusCode;

use crate::{
    common::{Answer, App},
    pages::{create, main},
};

#[tokio::test]
async fn the_list_filters_sorts_and_pages() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    let empty = browser.get("/prospects").await;
    insta::assert_snapshot!("an_empty_list", main(&empty, &[]));
    for n in 0..52 {
        create(&mut browser, &format!("p{n:02}@bank.example"), "").await;
    }
    let first = browser.get("/prospects").await;
    assert_eq!(rows(&first).len(), 50);
    assert_eq!(rows(&first)[0], "p51@bank.example");
    assert!(first.body.contains("aria-sort=\"descending\""));
    assert!(!first.body.contains(">Newer<"));
    let second = browser.get(&link(&first, "Older")).await;
    assert_eq!(rows(&second), ["p01@bank.example", "p00@bank.example"]);
    assert!(!second.body.contains(">Older<"));
    assert_eq!(
        rows(&browser.get(&link(&second, "Newer")).await),
        rows(&first)
    );

    // Counts may be a few seconds old.
    while !browser.get("/prospects").await.body.contains(">New (52)<") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    let turned = browser.get("/prospects?sort=asc").await;
    assert_eq!(rows(&turned)[0], "p00@bank.example");
    assert!(turned.body.contains("aria-sort=\"ascending\""));
    assert_eq!(rows(&browser.get("/prospects?q=P1").await).len(), 10);
    assert_eq!(
        rows(&browser.get("/prospects?q=100003").await),
        ["p02@bank.example"]
    );
    assert_eq!(
        rows(
            &browser
                .get("/prospects?stage=new&type=individual&q=p07")
                .await
        )
        .len(),
        1
    );
    for nothing in ["q=p1%25", "stage=converted", "type=bank", "q=%00zzz"] {
        let page = browser.get(&format!("/prospects?{nothing}")).await;
        assert_eq!(page.status, StatusCode::OK, "{nothing}");
        assert!(
            page.body.contains("Nothing matches") && page.body.contains("Show all"),
            "{nothing}"
        );
    }
    let mean = browser
        .get(&format!(
            "/prospects?q={}",
            "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
        ))
        .await;
    assert!(!mean.body.contains("<script>alert"), "{}", mean.body);

    let customers = browser.get("/customers").await;
    assert!(customers.body.contains("No customers yet"));
}

#[tokio::test]
async fn a_list_says_where_one_is_and_takes_days_times_and_reasons() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    for n in 0..52 {
        create(&mut browser, &format!("p{n:02}@bank.example"), "").await;
    }
    for change in [
        "UPDATE prospects SET created_at = '2026-03-31 23:59:00Z', stage_since = '2026-03-31 23:59:00Z' WHERE email = 'p00@bank.example'",
        "UPDATE prospects SET stage = 'kyc_declined', kyc_status = 'declined' WHERE email = 'p01@bank.example'",
        "INSERT INTO prospect_reject_labels SELECT label, created_at, id FROM prospects, unnest('{DOCUMENT_MISSING,ZNEW<B>}'::text[]) AS label WHERE email = 'p01@bank.example'",
        "INSERT INTO statistics (figure, day, name, customer_type, created_by, bucket, n) VALUES ('reason', '2026-03-01', 'DOCUMENT_MISSING', 'individual', '', 0, 1)",
    ] {
        sqlx::query(change).execute(&app.pool).await.unwrap();
    }
    let place = |page: &Answer| {
        let after = page.body.split("class=\"place\">").nth(1)?;
        after.split('<').next().map(str::to_owned)
    };
    // What is kept may be a few seconds old.
    let mut first = browser.get("/prospects").await;
    while place(&first).as_deref() != Some("1–50 of 52") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        first = browser.get("/prospects").await;
    }
    let second = browser.get(&link(&first, "Older")).await;
    assert_eq!(place(&second).as_deref(), Some("51–52 of 52"));

    for (query, found) in [
        ("created_to=2026-03-31", vec!["p00@bank.example"]),
        (
            "created_from=2026-03-31&created_to=2026-03-31",
            vec!["p00@bank.example"],
        ),
        ("created_to=2026-03-30", vec![]),
        ("in_stage=30d", vec!["p00@bank.example"]),
        ("reason=DOCUMENT_MISSING", vec!["p01@bank.example"]),
        ("reason=ZNEW%3CB%3E", vec!["p01@bank.example"]),
        ("reason=PEP", vec![]),
    ] {
        let page = browser.get(&format!("/prospects?{query}")).await;
        assert_eq!(rows(&page), found, "{query}");
        assert!(
            page.body.contains("open><summary>More filters ("),
            "{query}"
        );
        assert!(!page.body.contains("ZNEW<B>"), "{}", page.body);
        if found.is_empty() {
            assert_eq!(place(&page), None);
        }
    }
    let declined = browser.get("/prospects?stage=kyc_declined").await;
    for words in [
        ">In stage since</th>",
        ">Reason</th>",
        ">Document missing and 1 more</span>",
        ">Document missing</option>",
        "title=\"A document was not shown during the video interview. ZNEW&#60;B&#62;\"",
    ] {
        assert!(declined.body.contains(words), "{words}: {}", declined.body);
    }
    assert!(!first.body.contains(">Reason</th>"));

    for path in ["/prospects", "/customers"] {
        for (query, problem) in [
            ("created_from=2026-02-30", "Write the day as 2026-03-31."),
            (
                "created_from=2026-03-02&created_to=2026-03-01",
                "This day is before the first one.",
            ),
            ("created_to=%22%3E%00x", "Write the day as 2026-03-31."),
        ] {
            let page = browser.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{query}");
            for words in [problem, "aria-invalid=\"true\"", "Which days?"] {
                assert!(page.body.contains(words), "{words}: {}", page.body);
            }
            assert!(rows(&page).is_empty());
        }
    }
    let bad = browser.get("/prospects?in_stage=5d").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

/// The e-mails of the list.
fn rows(page: &Answer) -> Vec<String> {
    let cell = |row: &str| {
        row.split("class=\"main\"")
            .nth(1)?
            .split(['>', '<'])
            .nth(1)
            .map(str::to_owned)
    };
    page.body
        .split("<tr data-key")
        .skip(1)
        .filter_map(cell)
        .collect()
}

fn link(page: &Answer, words: &str) -> String {
    let before = page.body.split(&format!(">{words}<")).next().unwrap();
    before
        .rsplit("href=\"")
        .next()
        .unwrap()
        .trim_end_matches('"')
        .replace("&#38;", "&")
}
