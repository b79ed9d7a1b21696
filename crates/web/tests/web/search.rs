//! "Find anyone": in the side bar, on its page, and while one types.

use access::Role;
use axum::http::StatusCode;

use crate::common::{App, Browser};

/// Whom the newest entry of the log names, and how many entries there are of searches.
async fn looks(app: &App) -> Vec<Vec<String>> {
    sqlx::query_scalar("SELECT records FROM audit_entries WHERE action = 'search.find' ORDER BY id")
        .fetch_all(&app.pool)
        .await
        .unwrap()
}

async fn named(app: &App, email: &str, name: &str) -> uuid::Uuid {
    let id = app.prospect(email).await;
    sqlx::query("UPDATE prospects SET name = $2, name_key = ' ' || lower($2) WHERE id = $1")
        .bind(id)
        .bind(name)
        .execute(&app.pool)
        .await
        .unwrap();
    id
}

async fn results(browser: &mut Browser, typed: &str) -> String {
    let query: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    let found = browser
        .get(&format!("/search?q={query}&part=results"))
        .await;
    assert_eq!(found.status, StatusCode::OK, "{typed}: {}", found.body);
    assert_eq!(found.header("cache-control"), "no-store");
    found.body
}

#[tokio::test]
async fn everything_is_found_in_groups() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    named(&app, "bob@bank.example", "Bob <b>Byron").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let deposit = "/customers/100001/deposits/new";
    let asked = browser.get(deposit).await;
    let id = asked.body.split("name=\"id\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    browser
        .post(
            deposit,
            &[("id", &id), ("amount", "12.50"), ("reference", "WIRE-7 ü")],
        )
        .await;
    let number: String = sqlx::query_scalar("SELECT public_id FROM deposits")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let record = "href=\"/customers/100001\"";
    let account = "href=\"/ledger/accounts/DEP-100001\"";
    let document = format!("href=\"/ledger/deposits/{number}\"");
    for (typed, shown) in [
        ("ada@bank", vec![record]),
        ("100001", vec![record, account]),
        ("dep-100001", vec![account]),
        (&ada.to_string(), vec![record]),
        (&ledger::account_id(ada).to_string(), vec![account]),
        ("wire-7", vec![&document]),
        ("Wire‑7 Ü", vec![&document]),
        (&number, vec![&document]),
        (&id, vec![&document]),
        ("byron", vec!["Bob &#60;b&#62;Byron"]),
        ("nobody", vec![]),
        ("wi%", vec![]),
        ("%", vec![]),
    ] {
        let found = results(&mut browser, typed).await;
        for words in &shown {
            assert!(found.contains(words), "{typed}: {words}: {found}");
        }
        let options = found.matches("role=\"option\"").count();
        assert_eq!(options, shown.len(), "{typed}: {found}");
        assert_eq!(shown.is_empty(), found.contains("Nothing found"), "{typed}");
    }
    // Without a script the form leads to a page with the same.
    let page = browser.get("/search?q=bank.example").await.body;
    for words in [
        "<label class=\"unseen\" for=\"find\">Find anyone</label>",
        "value=\"bank.example\"",
        "<h2 id=\"found-people\">People and companies</h2>",
        record,
        "href=\"/prospects/100002\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for nothing in ["/search", "/search?q=+", "/search?q=%00"] {
        let page = browser.get(nothing).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Type a name"), "{nothing}");
    }
}

#[tokio::test]
async fn a_name_typed_letter_by_letter_is_one_entry() {
    let app = App::open().await;
    let bob = named(&app, "bob@bank.example", "Bob Byron").await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    auditor.get("/search?q=byron").await;
    auditor.get("/search?q=nobody").await;
    assert_eq!(looks(&app).await, [[format!("prospect:{bob}")]]);
    auditor = auditor.with(&[("x-usher-live", "1")]);
    for typed in ["by", "byr", "byro", "byron"] {
        assert!(results(&mut auditor, typed).await.contains("Bob Byron"));
    }
    assert_eq!(looks(&app).await.len(), 1);
    let strangers = app.browser().get("/search?q=byron").await;
    assert!(!strangers.body.contains("Bob"), "{}", strangers.body);
}

#[tokio::test]
async fn lists_have_a_column_of_names() {
    let app = App::open().await;
    named(&app, "bob@bank.example", "Bob Byron").await;
    let mut browser = app.signed_in(Role::Auditor).await;
    let list = browser.get("/prospects?q=byron").await.body;
    for words in [
        "<th scope=\"col\" class=\"c-name\">Name</th>",
        "<td class=\"c-name\"><a href=\"/prospects/100001\">Bob Byron</a></td>",
    ] {
        assert!(list.contains(words), "{words}: {list}");
    }
}
