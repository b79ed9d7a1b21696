//! The ledger's pages: from the account sets down to one deposit.

use access::Role;
use axum::http::StatusCode;
use deposit::{DepositId, NewMovement};
use uuid::Uuid;

use crate::{common::App, pages::main};

async fn deposit(app: &App, customer: Uuid, amount: &str) {
    let usher = access::Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    };
    let new = NewMovement::typed(customer.into(), amount, "").unwrap();
    let made = app
        .deposits
        .record_deposit(&usher, DepositId::new(), &new)
        .await;
    made.unwrap();
}

#[tokio::test]
async fn the_books_are_followed_from_the_sums_down_to_an_entry() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let grace = app.active("grace@bank.example").await;
    deposit(&app, ada, "100").await;
    deposit(&app, grace, "20.05").await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    let ledger = auditor.get("/ledger").await;
    assert_eq!(ledger.status, StatusCode::OK, "{}", ledger.body);
    assert!(
        ledger
            .body
            .contains("href=\"/ledger\" aria-current=\"page\"")
    );
    insta::assert_snapshot!("the_ledger", main(&ledger, &[]));
    let set = auditor.get("/ledger/sets/individual").await;
    insta::assert_snapshot!("a_set", main(&set, &[]));
    let account = auditor.get("/ledger/accounts/DEP-100001").await;
    insta::assert_snapshot!(
        "an_account",
        main(&account, &[(&ada.to_string(), "CUSTOMER")])
    );
    let omnibus = auditor.get("/ledger/omnibus").await.body;
    assert!(
        omnibus.contains("$120.05") && omnibus.contains("/ledger/deposits/"),
        "{omnibus}"
    );
    let number = account.body.split("/ledger/deposits/").nth(1).unwrap();
    let number = number.split('"').next().unwrap();
    let document = auditor.get(&format!("/ledger/deposits/{number}")).await;
    assert_eq!(document.status, StatusCode::OK);
    assert!(document.body.contains("$100.00") && document.body.contains("Recorded"));
    // That somebody looked at an account and at a deposit is written down.
    assert_eq!(app.decisions("deposit_account.read").await, [true]);
    assert_eq!(app.decisions("deposit.read").await, [true]);
}

#[tokio::test]
async fn long_lists_have_pages() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    for _ in 0..51 {
        deposit(&app, ada, "1").await;
    }
    let mut browser = app.signed_in(Role::Admin).await;
    let first = browser.get("/ledger/accounts/DEP-100001").await.body;
    assert_eq!(first.matches("data-key=\"entry-").count(), 50);
    let older = first.split("rel=\"next\" href=\"").nth(1).unwrap();
    let older = older.split('"').next().unwrap();
    let last = browser.get(older).await.body;
    assert_eq!(last.matches("data-key=\"entry-").count(), 1, "{last}");
    assert!(last.contains("rel=\"first\"") && !last.contains("rel=\"next\""));
    let customer = browser.get("/customers/100001").await.body;
    assert_eq!(customer.matches("data-key=\"entry-").count(), 10);
}

#[tokio::test]
async fn an_empty_ledger_and_addresses_that_lead_nowhere() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    let set = browser.get("/ledger/sets/bank").await.body;
    assert!(set.contains("No accounts yet"), "{set}");
    let omnibus = browser.get("/ledger/omnibus").await.body;
    assert!(omnibus.contains("No entries yet"), "{omnibus}");
    for (path, status) in [
        ("/ledger/sets/nobody", StatusCode::NOT_FOUND),
        ("/ledger/accounts/DEP-1", StatusCode::NOT_FOUND),
        ("/ledger/accounts/OMNIBUS-USD", StatusCode::NOT_FOUND),
        ("/ledger/accounts/%00", StatusCode::NOT_FOUND),
        ("/ledger/deposits/1", StatusCode::NOT_FOUND),
        ("/ledger/withdrawals/x", StatusCode::NOT_FOUND),
        ("/ledger/sets/bank?after=x", StatusCode::BAD_REQUEST),
        ("/ledger/omnibus?before=x", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(browser.get(path).await.status, status, "{path}");
    }
    let after = "/ledger/sets/bank?after=0_0198c0de000070008000000000000000";
    assert!(browser.get(after).await.body.contains("Nothing here"));
    let stranger = app.browser().get("/ledger").await;
    assert!(stranger.header("location").starts_with("/login"));
}
