//! Every route of the portal, asked by its owner, with another customer's ids, by nobody and by who is locked out.

use access::{Role, Subject};
use axum::http::{Method, StatusCode};
use chrono::Utc;
use credit::{CreditFacilityProposalId, NewProposal};
use deposit::{DepositId, NewMovement, WithdrawalId};
use ledger::{AccountCategory, NewDepositAccount};
use uuid::Uuid;

use crate::common::{Answer, App, Browser, PASSWORD};
use customer::onboarding::StepProgress;
use identity::{IdentityProvider as _, NewLogin};

/// Pages for who has signed in; `{id}` is a proposal's.
const PAGES: [(&str, Method); 13] = [
    ("/", Method::GET),
    ("/entries", Method::GET),
    ("/statement", Method::GET),
    ("/statement.csv", Method::GET),
    ("/proposals", Method::GET),
    ("/proposals/{id}", Method::GET),
    ("/proposals/{id}/accept", Method::GET),
    ("/proposals/{id}/decline", Method::GET),
    ("/proposals/{id}/accept", Method::POST),
    ("/proposals/{id}/decline", Method::POST),
    ("/security", Method::GET),
    ("/security/password", Method::POST),
    // The last: it ends the session.
    ("/security/sign-out", Method::POST),
];
/// Where one signs in or out.
const SIGN_IN: [&str; 6] = [
    "/login",
    "/login/keycloak",
    "/login/callback",
    "/logout",
    "/password",
    "/proposals/{id}/{answer}",
];

/// A customer with an account, money on it, a reserved withdrawal and a proposal.
pub struct Person {
    pub id: Uuid,
    public_id: String,
    deposit: Uuid,
    withdrawal: Uuid,
    pub proposal: Uuid,
    email: String,
}

impl Person {
    /// What nobody else may read.
    fn own(&self) -> [String; 6] {
        [
            format!("DEP-{}", self.public_id),
            ledger::account_id(self.id).to_string(),
            self.deposit.to_string(),
            self.withdrawal.to_string(),
            format!("WIRE-{}", self.id),
            format!("Purpose {}", self.id),
        ]
    }
}

pub fn operator() -> Subject {
    Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    }
}

pub async fn person(app: &App, email: &str, cents: i64) -> Person {
    let id = Uuid::now_v7();
    let login = NewLogin {
        customer_id: id,
        email: email.to_owned(),
    };
    let made = app
        .identity
        .ensure_logins(&[login], &identity::SoleOwner)
        .await
        .remove(0);
    made.unwrap();
    let set = app
        .identity
        .set_temporary_passwords(&[id], &identity::SoleOwner)
        .await
        .remove(0);
    set.unwrap();
    app.identity.choose_password(id, PASSWORD).await.unwrap();
    app.approved(id, email).await;
    let record = app.onboarding.own_record(id.into()).await.unwrap();
    let public_id = record.unwrap().public_id.to_string();
    let account = NewDepositAccount {
        customer_id: id,
        public_id: public_id.clone(),
        customer_type_key: AccountCategory::Individual,
    };
    app.ledger
        .open_accounts(&[account])
        .await
        .remove(0)
        .unwrap();
    let mut op = app.onboarding.begin().await.unwrap();
    let locked = app.onboarding.lock_customers_in_op(&mut op, vec![id]).await;
    locked.unwrap();
    let progress = StepProgress {
        customer: id.into(),
        step: "login",
        detail: None,
        completes: true,
    };
    let progress = app
        .onboarding
        .record_progress_in_op(&mut op, &[progress])
        .await;
    progress.unwrap();
    op.commit().await.unwrap();

    let (deposit, withdrawal, proposal) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let wire = format!("WIRE-{id}");
    let money_in = NewMovement::of_cents(id.into(), cents, &wire).unwrap();
    app.deposits
        .record_deposit(&operator(), DepositId::from(deposit), &money_in)
        .await
        .unwrap();
    let money_out = NewMovement::of_cents(id.into(), 2_000, "=1+1").unwrap();
    app.deposits
        .initiate_withdrawal(&operator(), WithdrawalId::from(withdrawal), &money_out)
        .await
        .unwrap();
    let purpose = format!("Purpose {id}");
    let new = NewProposal::of_cents(id.into(), 5_000_000, &purpose, "knows the owner").unwrap();
    app.credit
        .propose(&operator(), CreditFacilityProposalId::from(proposal), &new)
        .await
        .unwrap();
    Person {
        id,
        public_id,
        deposit,
        withdrawal,
        proposal,
        email: email.to_owned(),
    }
}

async fn signed_in(app: &App, person: &Person) -> Browser {
    let mut browser = app.customer_browser();
    let fields = [("email", person.email.as_str()), ("password", PASSWORD)];
    let answer = browser.post("/login", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    browser
}

/// Asks a route with somebody's ids wherever ids could be put.
async fn ask(browser: &mut Browser, route: &str, method: &Method, of: &Person) -> Answer {
    let path = route.replace("{id}", &of.proposal.to_string());
    let ids = format!(
        "customer={}&customer_id={}&account=DEP-{}&account_id={}&deposit={}&withdrawal={}&proposal={}",
        of.id,
        of.id,
        of.public_id,
        ledger::account_id(of.id),
        of.deposit,
        of.withdrawal,
        of.proposal,
    );
    let body = if *method == Method::POST {
        ids.clone()
    } else {
        String::new()
    };
    browser
        .ask(method.clone(), &format!("{path}?{ids}"), body)
        .await
}

#[tokio::test]
async fn every_route_is_walked_here() {
    const SOURCE: &str = concat!(
        include_str!("../../src/portal/mod.rs"),
        include_str!("../../src/portal/sign_in/keycloak.rs")
    );
    let mut routes: Vec<&str> = Vec::new();
    for piece in SOURCE.split(".route(").skip(1) {
        routes.push(piece.split('"').nth(1).unwrap());
    }
    assert!(routes.len() > 8, "{routes:?}");
    for route in routes {
        assert!(
            SIGN_IN.contains(&route) || PAGES.iter().any(|(page, _)| *page == route),
            "{route} is not walked here: add it to PAGES"
        );
    }
}

#[tokio::test]
async fn a_customer_sees_and_does_only_their_own_on_every_route() {
    let app = App::open().await;
    let ada = person(&app, "ada@bank.example", 10_000).await;
    let bob = person(&app, "bob@bank.example", 77_700).await;
    let mut browser = signed_in(&app, &ada).await;
    let mut theirs = signed_in(&app, &bob).await;
    for (route, method) in &PAGES {
        let answer = ask(&mut browser, route, method, &bob).await;
        for secret in bob.own() {
            assert!(!answer.body.contains(&secret), "{method} {route}: {secret}");
        }
        assert!(!answer.body.contains("777.00"), "{method} {route}");
        if route.contains("{id}") {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {route}");
            let unknown = route.replace("{id}", &Uuid::now_v7().to_string());
            let unknown = browser.ask(method.clone(), &unknown, String::new()).await;
            let without_id = |answer: &Answer| {
                let id = answer.header("x-request-id").to_owned();
                answer.body.replace(&id, "")
            };
            assert_eq!(
                without_id(&answer),
                without_id(&unknown),
                "{method} {route}"
            );
        }
    }
    assert!(theirs.get("/").await.body.contains("Deposit account"));
    let offered = app.credit.own(bob.id.into()).await.unwrap();
    assert_eq!(
        offered[0].status,
        credit::ProposalStatus::PendingCustomerApproval
    );
    // And the same routes show them their own.
    let mut browser = signed_in(&app, &ada).await;
    for (route, method) in PAGES.iter().filter(|(_, method)| *method == Method::GET) {
        let answer = ask(&mut browser, route, method, &ada).await;
        assert_eq!(answer.status, StatusCode::OK, "{route}");
        assert!(!answer.body.contains("knows the owner"), "{route}");
    }
}

#[tokio::test]
async fn nobody_and_the_locked_out_get_one_answer_on_every_route() {
    let app = App::open().await;
    let ada = person(&app, "ada@bank.example", 10_000).await;
    let bob = person(&app, "bob@bank.example", 10_000).await;
    let inside = [
        (signed_in(&app, &ada).await, &ada),
        (signed_in(&app, &bob).await, &bob),
    ];
    let mut sessions = Vec::new();
    for (route, method) in &PAGES {
        let mut stranger = app.customer_browser();
        let answer = ask(&mut stranger, route, method, &ada).await;
        match *route {
            "/" => assert!(answer.body.contains("id=\"sign-in\"")),
            _ => assert_eq!(answer.header("location"), "/", "{method} {route}"),
        }
        for secret in ada.own() {
            assert!(!answer.body.contains(&secret), "{method} {route}");
        }
        if *method == Method::POST {
            let mut foreign = inside[0]
                .0
                .clone()
                .with(&[("origin", "https://evil.example")]);
            let answer = ask(&mut foreign, route, method, &ada).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{route}");
        }
        // A session of its own for each: being turned away ends it.
        for person in [&ada, &bob] {
            sessions.push((route, method, signed_in(&app, person).await, person));
        }
    }
    // Rejected late the one, deactivated the other.
    app.reviewed(ada.id, "RED", 50).await;
    let usher = Subject::system("test");
    app.onboarding
        .deactivate_customer(&usher, bob.id.into(), "asked for it")
        .await
        .unwrap();
    for (route, method, mut browser, person) in sessions {
        let answer = ask(&mut browser, route, method, person).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {route}");
        assert!(
            answer.body.contains("not available at the moment"),
            "{route}"
        );
        for secret in person.own() {
            assert!(!answer.body.contains(&secret), "{method} {route}");
        }
    }
}

#[tokio::test]
async fn a_statement_says_what_came_and_went_and_a_bad_day_is_said_beside_its_field() {
    let app = App::open().await;
    let ada = person(&app, "ada@bank.example", 123_456).await;
    let mut browser = signed_in(&app, &ada).await;
    let page = browser.get("/statement").await;
    for words in [
        "Opening balance",
        "+$1,234.56",
        "-$20.00",
        "$1,214.56",
        "reserved, not paid out yet",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let file = browser.get("/statement.csv").await;
    assert!(file.header("content-type").starts_with("text/csv"));
    let until = format!("_{}.csv\"", Utc::now().format("%Y-%m-%d"));
    let name = file.header("content-disposition");
    assert!(
        name.contains(&format!("DEP-{}_", ada.public_id)) && name.ends_with(&until),
        "{}",
        file.header("content-disposition")
    );
    assert!(
        file.body.contains(",'=1+1,-20.00,1214.56,USD"),
        "{}",
        file.body
    );
    for (query, words) in [
        ("from=2026-02-30&to=2026-03-01", "no day of the calendar"),
        ("from=2025-03-02&to=2025-03-01", "has to come before"),
        ("from=2025-03-02&to=9999-03-01", "has not come yet"),
    ] {
        for path in ["/statement", "/statement.csv"] {
            let page = browser.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(page.body.contains(words) && page.body.contains("aria-invalid"));
        }
    }
}

#[tokio::test]
async fn a_proposal_is_accepted_once_and_a_refusal_tells_no_reason() {
    let app = App::open().await;
    let ada = person(&app, "ada@bank.example", 10_000).await;
    let mut browser = signed_in(&app, &ada).await;
    let path = format!("/proposals/{}", ada.proposal);
    assert!(browser.get("/").await.body.contains("accept or decline it"));
    let asked = browser.get(&format!("{path}/accept")).await;
    assert!(asked.body.contains("<dialog open") && asked.body.contains("$50,000.00"));
    let accept = format!("{path}/accept");
    for _ in 0..2 {
        let done = browser.post(&accept, &[]).await;
        assert_eq!(done.header("location"), path, "{}", done.body);
    }
    let page = browser.get(&path).await;
    assert!(page.body.contains("Accepted by you") && !page.body.contains("/decline"));
    let refused = browser.post(&format!("{path}/decline"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.body.contains("can&#39;t be answered any more"),
        "{}",
        refused.body
    );

    // Not considered any more, and not yet cancelled.
    let ben = person(&app, "ben@bank.example", 10_000).await;
    let mut browser = signed_in(&app, &ben).await;
    sqlx::query("UPDATE cala_accounts SET status = 'locked' WHERE id = $1")
        .bind(ledger::account_id(ben.id))
        .execute(&app.pool)
        .await
        .unwrap();
    let path = format!("/proposals/{}", ben.proposal);
    let refused = browser.post(&format!("{path}/accept"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    for words in ["can&#39;t be answered any more", "No longer open"] {
        assert!(refused.body.contains(words), "{words}: {}", refused.body);
    }
    for words in ["/accept", "takes no postings", "Accept it or decline it"] {
        assert!(!refused.body.contains(words), "{words}: {}", refused.body);
    }
}

#[tokio::test]
async fn entries_go_on_where_the_page_before_ended_each_with_the_balance_after_it() {
    let app = App::open().await;
    let ada = person(&app, "ada@bank.example", 10_000).await;
    for cents in 1..=29 {
        let new = NewMovement::of_cents(ada.id.into(), cents, "").unwrap();
        let made = app
            .deposits
            .record_deposit(&operator(), DepositId::new(), &new)
            .await;
        made.unwrap();
    }
    let mut browser = signed_in(&app, &ada).await;
    let first = browser.get("/entries").await.body;
    let on = first.split("/entries?").nth(1).unwrap();
    let on = on.split('"').next().unwrap().replace("&amp;", "&");
    let second = browser.get(&format!("/entries?{on}")).await.body;
    let balances = |page: &str| -> Vec<String> {
        page.split("Balance </span>")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    };
    let mut expected = vec!["$100.00".to_owned(), "$80.00".to_owned()];
    let mut cents = 8_000;
    for more in 1..=29 {
        cents += more;
        expected.push(format!("${}.{:02}", cents / 100, cents % 100));
    }
    expected.reverse();
    assert_eq!(balances(&first).len(), 25);
    assert_eq!([balances(&first), balances(&second)].concat(), expected);
}

#[tokio::test]
async fn another_password_ends_the_other_sessions_and_signing_out_everywhere_ends_all() {
    const OTHER: &str = "quite another four words";
    let app = App::open().await;
    let ada = person(&app, "ada@bank.example", 10_000).await;
    let (mut here, mut there) = (signed_in(&app, &ada).await, signed_in(&app, &ada).await);
    let fields = |current, new, repeated| {
        [
            ("current", current),
            ("password", new),
            ("repeated", repeated),
        ]
    };
    for (fields, words) in [
        (fields("wrong", OTHER, OTHER), "not your current password"),
        (fields(PASSWORD, OTHER, "else"), "two passwords differ"),
        (fields(PASSWORD, "short", "short"), "too short"),
    ] {
        let answer = here.post("/security/password", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let changed = here
        .post("/security/password", &fields(PASSWORD, OTHER, OTHER))
        .await;
    assert_eq!(changed.header("location"), "/security?password=changed");
    assert!(
        here.get("/").await.body.contains("Deposit account"),
        "this one stays"
    );
    assert!(there.get("/").await.body.contains("id=\"sign-in\""));
    assert_eq!(
        app.decisions("customer.change_password").await,
        [false, true]
    );
    let mut guesser = here.clone();
    let mut statuses = Vec::new();
    for _ in 0..10 {
        let answer = guesser
            .post("/security/password", &fields("wrong", OTHER, OTHER))
            .await;
        statuses.push(answer.status);
    }
    assert!(
        statuses.contains(&StatusCode::TOO_MANY_REQUESTS),
        "{statuses:?}"
    );

    let out = here.clone().post("/security/sign-out", &[]).await;
    assert_eq!(out.header("location"), "/login?signed_out=everywhere");
    assert!(here.get("/").await.body.contains("id=\"sign-in\""));
    let page = here.get("/login?signed_out=everywhere").await;
    assert!(page.body.contains("You are signed out everywhere."));
}
