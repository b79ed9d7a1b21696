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
