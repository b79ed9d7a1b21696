//! A customer's page: what stays at the top, its tabs, one history, and where it says what was done.

use access::Role;
use axum::http::StatusCode;
use deposit::NewMovement;
use uuid::Uuid;

use crate::common::{Answer, App, Browser};

const CUSTOMER: &str = "/customers/100001";
const TABS: [&str; 5] = ["", "/money", "/verification", "/documents", "/history"];

fn colleague() -> access::Subject {
    access::Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    }
}

async fn pays_in(app: &App, customer: Uuid, dollars: &str) {
    let new = NewMovement::typed(customer.into(), dollars, "").unwrap();
    let (by, id) = (colleague(), Uuid::now_v7().into());
    app.deposits.record_deposit(&by, id, &new).await.unwrap();
}

/// Starts a withdrawal; answers its number.
async fn starts(app: &App, customer: Uuid, dollars: &str) -> String {
    let new = NewMovement::typed(customer.into(), dollars, "").unwrap();
    let (by, id) = (colleague(), Uuid::now_v7().into());
    let started = app.deposits.initiate_withdrawal(&by, id, &new).await;
    started.unwrap().public_id.to_string()
}

async fn shown(browser: &mut Browser, address: &str) -> Answer {
    let page = browser.get(address).await;
    assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.body);
    page
}

/// The words of the primary buttons of a page.
fn primary(page: &Answer) -> Vec<String> {
    let main = page.body.split("<main").nth(1).unwrap();
    let button = |at: &str| {
        let words = at.split_once('>').map(|it| it.1).unwrap_or_default();
        words.split('<').next().unwrap().trim().to_owned()
    };
    let of = |class: &str| main.split(class).skip(1).map(button).collect::<Vec<_>>();
    [of("class=\"primary\""), of("class=\"button primary\"")].concat()
}

#[tokio::test]
async fn each_tab_has_an_address_and_what_stays_says_what_is_next() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    pays_in(&app, ada, "1,200").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    for (tab, regions) in [
        (
            "",
            &[
                "id=\"identity\"",
                "id=\"provisioning\"",
                "id=\"deposit\"",
                "id=\"credit\"",
                "id=\"history-heading\"",
            ][..],
        ),
        (
            "/money",
            &[
                "id=\"deposit\"",
                "id=\"credit\"",
                "href=\"/deposits?q=100001\"",
            ],
        ),
        ("/verification", &["id=\"kyc\"", "Personal data"]),
        (
            "/documents",
            &["id=\"documents\"", "href=\"/deposits.csv?q=100001\""],
        ),
        (
            "/history",
            &[
                "id=\"history-heading\"",
                "Deposit 100002 of $1,200.00: Recorded",
            ],
        ),
    ] {
        let page = shown(&mut officer, &format!("{CUSTOMER}{tab}")).await;
        for words in regions {
            assert!(page.body.contains(words), "{tab}: {words}: {}", page.body);
        }
        // What stays: who, how it stands, what is on the account, what is next with one primary button, the tabs.
        for words in [
            "<h1>ada@bank.example</h1>",
            "<dt>Balance</dt><dd class=\"amount\">$1,200.00</dd>",
            "<a href=\"/ledger/accounts/DEP-100001\">DEP-100001</a>",
            "Nothing waits. Record what comes in.",
            &format!("<a href=\"{CUSTOMER}{tab}\" aria-current=\"page\">"),
        ] {
            assert!(page.body.contains(words), "{tab}: {words}: {}", page.body);
        }
        assert_eq!(primary(&page), ["Record deposit"], "{tab}");
        for other in TABS {
            assert!(
                page.body
                    .contains(&format!("<li><a href=\"{CUSTOMER}{other}\"")),
                "{tab}: {other}"
            );
        }
        // No id stands there twice.
        let mut ids: Vec<&str> = page
            .body
            .split(" id=\"")
            .skip(1)
            .filter_map(|at| at.split('"').next())
            .collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{tab}: an id stands there twice");
    }
    // What a tab doesn't show isn't on it.
    assert!(
        !shown(&mut officer, &format!("{CUSTOMER}/history"))
            .await
            .body
            .contains("id=\"deposit\"")
    );
    let mut auditor = app.signed_in(Role::Auditor).await;
    for tab in TABS {
        let page = shown(&mut auditor, &format!("{CUSTOMER}{tab}")).await;
        assert_eq!(primary(&page), [""; 0], "{tab}");
        let stranger = app.browser().get(&format!("{CUSTOMER}{tab}")).await;
        assert!(stranger.header("location").starts_with("/login"), "{tab}");
        let nobody = auditor.get(&format!("/customers/999999{tab}")).await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND, "{tab}");
    }
}

#[tokio::test]
async fn the_one_primary_button_is_what_waits() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    pays_in(&app, ada, "100").await;
    let number = starts(&app, ada, "40").await;
    let mut admin = app.signed_in(Role::Admin).await;
    let page = shown(&mut admin, CUSTOMER).await;
    assert_eq!(primary(&page), ["Confirm $40.00 for ada@bank.example"]);
    assert!(
        page.body.contains(&format!(
            "action=\"{CUSTOMER}/withdrawals/{number}/confirm\" data-dialog>"
        )),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("id=\"act-record-deposit\""),
        "it stays at the top"
    );
    // Who may not confirm is led to it.
    let mut auditor = app.signed_in(Role::Auditor).await;
    let page = shown(&mut auditor, CUSTOMER).await;
    assert_eq!(primary(&page), ["See the withdrawal of $40.00"]);
    let usher = access::Subject::system("test");
    let shut = app
        .onboarding
        .deactivate_customer(&usher, ada.into(), "asked for it");
    shut.await.unwrap();
    assert_eq!(primary(&shown(&mut admin, CUSTOMER).await), ["Reactivate"]);
    app.reviewed(ada, "RED", 500).await;
    let page = shown(&mut admin, CUSTOMER).await;
    assert_eq!(primary(&page), ["See what needs a person"]);
    sqlx::query("UPDATE raised SET resolved_at = now()")
        .execute(&app.pool)
        .await
        .unwrap();
    let page = shown(&mut admin, CUSTOMER).await;
    assert_eq!(primary(&page), ["See why"]);
    assert!(
        page.body
            .contains("href=\"/customers/100001/verification#declined-heading\""),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn what_was_done_is_said_on_the_tab_where_one_did_it() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    pays_in(&app, ada, "100").await;
    let number = starts(&app, ada, "40").await;
    let mut admin = app.signed_in(Role::Admin).await;
    let money = format!("{CUSTOMER}/money");
    let from = format!("name=\"from\" value=\"{money}\"");
    let page = shown(&mut admin, &money).await;
    assert!(page.body.contains(&from), "{}", page.body);
    let cancel = format!("{CUSTOMER}/withdrawals/{number}/cancel");
    // Without a script the dialog opens on the tab.
    let asked = shown(&mut admin, &format!("{cancel}?from={money}")).await;
    assert!(
        asked
            .body
            .contains(&format!("<a href=\"{money}\" aria-current=\"page\">")),
        "{}",
        asked.body
    );
    assert!(
        asked.body.contains(&format!(
            "<form method=\"get\" action=\"{money}\" id=\"dialog-back\">"
        )),
        "{}",
        asked.body
    );
    let done = admin.post(&cancel, &[("from", &money)]).await;
    let there = format!("{money}?done=cancel-withdrawal&at=withdrawal-{number}#done");
    assert_eq!(done.header("location"), there);
    let said = shown(&mut admin, &there).await;
    assert!(
        said.body.contains("The withdrawal was cancelled."),
        "{}",
        said.body
    );
    // What can't be done is said there, too.
    let history = format!("{CUSTOMER}/history");
    let wrong = admin
        .post(
            &format!("{CUSTOMER}/deposits/new"),
            &[("amount", "ten"), ("from", &history)],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong
            .body
            .contains(&format!("<a href=\"{history}\" aria-current=\"page\">")),
        "{}",
        wrong.body
    );
    let closed = admin
        .post(
            &format!("{CUSTOMER}/deactivate"),
            &[("value", "asked"), ("from", &history)],
        )
        .await;
    assert_eq!(
        closed.header("location"),
        format!("{history}?done=deactivate#done")
    );
    // Another customer's page is no tab of this one.
    let other = admin
        .post(
            &format!("{CUSTOMER}/reactivate"),
            &[("value", "asked"), ("from", "/customers/100002/money")],
        )
        .await;
    assert_eq!(
        other.header("location"),
        format!("{CUSTOMER}?done=reactivate#done")
    );
}

#[tokio::test]
async fn one_history_tells_from_prospect_to_money_in_order() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    pays_in(&app, ada, "100").await;
    let number = starts(&app, ada, "40").await;
    let new = credit::NewProposal::typed(ada.into(), "5000", "A roof", "").unwrap();
    let (by, id) = (colleague(), Uuid::now_v7().into());
    app.credit.propose(&by, id, &new).await.unwrap();
    let mut admin = app.signed_in(Role::Admin).await;
    admin
        .post(&format!("{CUSTOMER}/withdrawals/{number}/confirm"), &[])
        .await;
    let page = shown(&mut admin, &format!("{CUSTOMER}/history")).await.body;
    let mut before = page.find("id=\"history-heading\"").unwrap();
    for words in [
        format!("Withdrawal {number} of $40.00: Confirmed: the money left"),
        "Credit proposal of $5,000.00: ".to_owned(),
        format!("Withdrawal {number} of $40.00: Started"),
        "Deposit 100002 of $100.00: Recorded".to_owned(),
        "Sumsub".to_owned(),
        "reated".to_owned(),
    ] {
        let at = page[before..].find(&words);
        let at = at.unwrap_or_else(|| panic!("{words} is not after what came later: {page}"));
        before += at;
    }
    // The first tab has the newest, and leads to all.
    let overview = shown(&mut admin, CUSTOMER).await.body;
    assert!(
        overview.contains("Confirmed: the money left")
            && overview.contains(&format!("<a href=\"{CUSTOMER}/history\">All history</a>")),
        "{overview}"
    );
}
