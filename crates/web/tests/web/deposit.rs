//! Deposits and withdrawals through a customer's page: forms, refusals, second clicks, second operators.

use access::Role;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    common::{Answer, App, Browser},
    pages::main,
};

const CUSTOMER: &str = "/customers/100001";
const DEPOSIT: &str = "/customers/100001/deposits/new";
const WITHDRAWAL: &str = "/customers/100001/withdrawals/new";

/// What the form says, sent with an id of its own.
async fn moves(browser: &mut Browser, path: &str, amount: &str, reference: &str) -> Answer {
    let id = Uuid::now_v7().to_string();
    let fields = [
        ("id", id.as_str()),
        ("amount", amount),
        ("reference", reference),
    ];
    browser.post(path, &fields).await
}

/// It was done, and the page says so.
async fn done(browser: &mut Browser, answer: Answer, words: &str) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = browser.get(answer.header("location")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains(words), "{words}: {}", page.body);
    page.body
}

/// The dialog of an answer.
fn dialog(answer: &Answer) -> &str {
    let dialog = answer.body.split("<dialog").nth(1).unwrap_or_default();
    dialog.split("</dialog>").next().unwrap()
}

fn refused(answer: &Answer, status: StatusCode, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(dialog(answer).contains(words), "{words}: {}", answer.body);
}

/// The public id of the newest deposit or withdrawal.
async fn newest(app: &App, table: &str) -> String {
    let query = format!("SELECT public_id FROM {table} ORDER BY created_at DESC, id DESC LIMIT 1");
    let number = sqlx::query_scalar(&query).fetch_one(&app.pool).await;
    number.unwrap()
}

async fn count(app: &App, table: &str) -> i64 {
    let query = format!("SELECT count(*) FROM {table}");
    let count = sqlx::query_scalar(&query).fetch_one(&app.pool).await;
    count.unwrap()
}

#[tokio::test]
async fn an_operator_records_a_deposit_and_the_page_shows_it() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let asked = browser.get(DEPOSIT).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
    let made = dialog(&asked).split("name=\"id\" value=\"").nth(1).unwrap();
    let made = made.split('"').next().unwrap();
    insta::assert_snapshot!("a_deposits_dialog", dialog(&asked).replace(made, "ID"));
    assert_eq!(app.on(ada).await, (0, 0), "nothing is done before Confirm");

    let answer = moves(&mut browser, DEPOSIT, "1,234.50", "WIRE-<7>").await;
    assert_eq!(
        answer.header("location"),
        "/customers/100001?done=record-deposit#done"
    );
    let page = done(&mut browser, answer, "The deposit was recorded.").await;
    assert_eq!(app.on(ada).await, (123_450, 0));
    let number = newest(&app, "deposits").await;
    for words in [
        "+$1,234.50",
        "WIRE-&#60;7&#62;",
        &format!("href=\"/ledger/deposits/{number}\""),
        "href=\"/ledger/accounts/DEP-100001\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn a_customers_page_with_money_on_it() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut admin = app.signed_in(Role::Admin).await;
    moves(&mut officer, DEPOSIT, "100", "WIRE-1").await;
    moves(&mut admin, DEPOSIT, "20.05", "").await;
    moves(&mut officer, WITHDRAWAL, "30", "OUT-1").await;
    let page = main(
        &admin.get(CUSTOMER).await,
        &[(&ada.to_string(), "CUSTOMER")],
    );
    let region = page.split("aria-labelledby=\"deposit\">").nth(1).unwrap();
    let region = region.split("</section>").next().unwrap();
    insta::assert_snapshot!(region);
}

#[tokio::test]
async fn a_form_posted_twice_is_done_once() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let browser = app.signed_in(Role::OnboardingOfficer).await;
    for (path, table) in [(DEPOSIT, "deposits"), (WITHDRAWAL, "withdrawals")] {
        let id = Uuid::now_v7().to_string();
        let clicks = (0..4).map(|_| {
            let (mut browser, id) = (browser.clone(), id.clone());
            async move {
                let fields = [("id", id.as_str()), ("amount", "10"), ("reference", "R")];
                browser.post(path, &fields).await.status
            }
        });
        let answers = futures::future::join_all(clicks).await;
        assert_eq!(answers, [StatusCode::SEE_OTHER; 4], "{path}");
        assert_eq!(count(&app, table).await, 1);
        // The same form with something else in it was no second click.
        let mut browser = browser.clone();
        let fields = [("id", id.as_str()), ("amount", "11"), ("reference", "R")];
        let answer = browser.post(path, &fields).await;
        refused(&answer, StatusCode::CONFLICT, "used for something else");
    }
    assert_eq!(app.on(ada).await, (0, 1000));
}

#[tokio::test]
async fn a_reference_that_is_taken_leads_to_the_first() {
    let app = App::open().await;
    app.active("ada@bank.example").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    for (path, table) in [(DEPOSIT, "deposits"), (WITHDRAWAL, "withdrawals")] {
        let first = moves(&mut browser, path, "10", "WIRE-1").await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
        let number = newest(&app, table).await;
        let again = moves(&mut browser, path, "5", " WIRE-1 ").await;
        let link = format!("<a href=\"/ledger/{table}/{number}\">See {number}</a>");
        refused(&again, StatusCode::CONFLICT, &link);
        assert!(
            dialog(&again).contains("id=\"dialog-reference-problem\""),
            "{}",
            again.body
        );
        let there = browser.get(&format!("/ledger/{table}/{number}")).await;
        assert_eq!(there.status, StatusCode::OK, "{}", there.body);
        assert!(there.body.contains("WIRE-1") && there.body.contains("$10.00"));
    }
}

#[tokio::test]
async fn what_is_no_amount_is_said_beside_the_field_and_stays_there() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let long = "x".repeat(201);
    for path in [DEPOSIT, WITHDRAWAL] {
        for (amount, problem) in [
            ("", "Enter the amount"),
            ("0", "more than 0"),
            ("-5", "more than 0"),
            ("1.005", "more than two decimals"),
            ("92233720368547758.08", "too large"),
            ("999999999999999999999999", "too large"),
            ("EUR 5", "without another currency"),
            ("12\u{20ac}", "without another currency"),
            ("1,50", "commas only between thousands"),
            ("\"><script>alert(1)</script>", "amount"),
        ] {
            let answer = moves(&mut browser, path, amount, "kept").await;
            refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, problem);
            let dialog = dialog(&answer);
            let beside = dialog.split("id=\"dialog-amount-problem\">").nth(1);
            assert!(
                beside.is_some_and(|words| words.split("</p>").next().unwrap().contains(problem)),
                "{amount}: {dialog}"
            );
            let kept = amount
                .replace('"', "&#34;")
                .replace('<', "&#60;")
                .replace('>', "&#62;");
            for kept in [kept.as_str(), "kept"] {
                let kept = format!("value=\"{kept}\"");
                assert!(dialog.contains(&kept), "{kept}: {dialog}");
            }
        }
        let both = moves(&mut browser, path, "0", &long).await;
        assert_eq!(dialog(&both).matches("aria-invalid=\"true\"").count(), 2);
        // A field that isn't sent at all is an empty one.
        let nothing = browser.post(path, &[]).await;
        refused(
            &nothing,
            StatusCode::UNPROCESSABLE_ENTITY,
            "Enter the amount",
        );
    }
    assert_eq!(app.on(ada).await, (0, 0));
}

#[tokio::test]
async fn an_overdraft_is_refused_with_what_is_available() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    moves(&mut browser, DEPOSIT, "60", "").await;
    let answer = moves(&mut browser, WITHDRAWAL, "100.01", "").await;
    refused(
        &answer,
        StatusCode::CONFLICT,
        "There is not enough money on the account: $60.00 is available.",
    );
    assert_eq!(app.on(ada).await, (6_000, 0));
}

#[tokio::test]
async fn who_started_a_withdrawal_leaves_it_to_another() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut first = app.signed_in(Role::Admin).await;
    let mut second = app.another(Role::Admin).await;
    moves(&mut second, DEPOSIT, "100", "").await;
    moves(&mut first, WITHDRAWAL, "40", "").await;
    assert_eq!(app.on(ada).await, (6_000, 4_000));
    let number = newest(&app, "withdrawals").await;
    let confirm = format!("{CUSTOMER}/withdrawals/{number}/confirm");
    let own = "Somebody else has to do this: you recorded or started it yourself.";

    let page = first.get(CUSTOMER).await.body;
    assert!(
        page.contains(&format!(
            "id=\"act-confirm-withdrawal-{number}\" class=\"small\" disabled"
        )),
        "{page}"
    );
    assert!(page.contains(own), "{page}");
    let asked = first.get(&confirm).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.body.contains(own) && !asked.body.contains("<dialog"));
    refused(&first.post(&confirm, &[]).await, StatusCode::CONFLICT, own);
    assert_eq!(app.on(ada).await, (6_000, 4_000));

    let overview = second.get("/").await.body;
    assert!(
        overview.contains("Withdrawals to confirm")
            && overview.contains(&format!("/ledger/withdrawals/{number}")),
        "{overview}"
    );
    let asked = second.get(&confirm).await;
    assert!(
        dialog(&asked).contains(&format!("Withdrawal {number} of $40.00.")),
        "{}",
        asked.body
    );
    let answer = second.post(&confirm, &[]).await;
    done(&mut second, answer, "The withdrawal was confirmed.").await;
    assert_eq!(app.on(ada).await, (6_000, 0));
    // A second click finds it done.
    let again = second.post(&confirm, &[]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    assert!(
        !second
            .get("/")
            .await
            .body
            .contains("Withdrawals to confirm")
    );

    let revert = format!("{CUSTOMER}/withdrawals/{number}/revert");
    refused(&first.post(&revert, &[]).await, StatusCode::CONFLICT, own);
    let answer = second.post(&revert, &[]).await;
    done(&mut second, answer, "The withdrawal was reverted.").await;
    assert_eq!(app.on(ada).await, (10_000, 0));
}

#[tokio::test]
async fn a_deposit_is_reverted_unless_it_is_spent() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut admin = app.signed_in(Role::Admin).await;
    moves(&mut officer, DEPOSIT, "100", "").await;
    let number = newest(&app, "deposits").await;
    moves(&mut officer, WITHDRAWAL, "70", "").await;
    let withdrawal = newest(&app, "withdrawals").await;
    let revert = format!("{CUSTOMER}/deposits/{number}/revert");
    refused(
        &admin.post(&revert, &[]).await,
        StatusCode::CONFLICT,
        "The money is spent or reserved already: $30.00 is available on the account.",
    );
    assert_eq!(app.on(ada).await, (3_000, 7_000));
    let cancel = format!("{CUSTOMER}/withdrawals/{withdrawal}/cancel");
    let answer = officer.post(&cancel, &[]).await;
    done(&mut officer, answer, "The withdrawal was cancelled.").await;
    let answer = admin.post(&revert, &[]).await;
    done(&mut admin, answer, "The deposit was reverted.").await;
    assert_eq!(app.on(ada).await, (0, 0));
    let page = admin.get(&format!("/ledger/deposits/{number}")).await.body;
    assert!(
        page.contains("Reverted by a counter-entry") && page.contains("by admin@bank.example"),
        "{page}"
    );
    assert!(!page.contains("act-revert-deposit"), "{page}");
}

#[tokio::test]
async fn a_frozen_account_lets_a_withdrawal_be_cancelled_and_nothing_else() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut admin = app.signed_in(Role::Admin).await;
    moves(&mut officer, DEPOSIT, "100", "").await;
    moves(&mut officer, WITHDRAWAL, "40", "").await;
    let (deposit, withdrawal) = (
        newest(&app, "deposits").await,
        newest(&app, "withdrawals").await,
    );
    let usher = access::Subject::system("test");
    let frozen = app
        .onboarding
        .deactivate_customer(&usher, ada.into(), "asked for it");
    frozen.await.unwrap();
    let page = admin.get(CUSTOMER).await.body;
    let why = "<strong>Record deposit, Start withdrawal:</strong> This account is frozen";
    assert!(page.contains(why), "{page}");
    for (offered, slug) in [
        (true, format!("act-cancel-withdrawal-{withdrawal}")),
        (false, format!("act-confirm-withdrawal-{withdrawal}")),
        (false, format!("act-revert-deposit-{deposit}")),
    ] {
        assert_eq!(page.contains(&slug), offered, "{slug}: {page}");
    }
    for path in [
        DEPOSIT.to_owned(),
        WITHDRAWAL.to_owned(),
        format!("{CUSTOMER}/withdrawals/{withdrawal}/confirm"),
        format!("{CUSTOMER}/deposits/{deposit}/revert"),
    ] {
        let answer = moves(&mut admin, &path, "1", "").await;
        refused(&answer, StatusCode::CONFLICT, "This account is frozen");
        assert_eq!(
            admin.get(&path).await.status,
            StatusCode::CONFLICT,
            "{path}"
        );
    }
    let cancel = format!("{CUSTOMER}/withdrawals/{withdrawal}/cancel");
    let answer = admin.post(&cancel, &[]).await;
    done(&mut admin, answer, "The withdrawal was cancelled.").await;
    assert_eq!(app.on(ada).await, (10_000, 0));
}

#[tokio::test]
async fn what_is_anothers_or_nobodys_is_not_found() {
    let app = App::open().await;
    app.active("ada@bank.example").await;
    app.active("grace@bank.example").await;
    app.approved(Uuid::now_v7(), "new@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    moves(&mut browser, "/customers/100002/deposits/new", "5", "").await;
    let number = newest(&app, "deposits").await;
    let lost = Uuid::now_v7();
    for path in [
        format!("{CUSTOMER}/deposits/{number}/revert"),
        format!("{CUSTOMER}/withdrawals/{number}/confirm"),
        format!("{CUSTOMER}/deposits/x/revert"),
        format!("{CUSTOMER}/deposits/%00/revert"),
        format!("{CUSTOMER}/deposits/{number}/confirm"),
        format!("{CUSTOMER}/credit/{lost}/approve"),
        format!("{CUSTOMER}/credit/x/approve"),
        format!("{CUSTOMER}/loans/new"),
        "/customers/999999/deposits/new".to_owned(),
    ] {
        let answer = browser.post(&path, &[("amount", "1")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            browser.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    // Without an account the page says so, and a form that was sent all the same is refused.
    let page = browser.get("/customers/100003").await.body;
    assert!(page.contains("Not opened yet."), "{page}");
    let answer = moves(&mut browser, "/customers/100003/deposits/new", "5", "").await;
    refused(&answer, StatusCode::CONFLICT, "no deposit account yet");
}

/// The database goes away in the middle of it: the dialog is there again, with its id, so that confirming again does it once.
#[tokio::test]
async fn an_outage_leaves_the_form_as_it_was() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let id = Uuid::now_v7().to_string();
    let fields = [
        ("id", id.as_str()),
        ("amount", "12.50"),
        ("reference", "WIRE-8"),
    ];
    let mut held = app.pool.begin().await.unwrap();
    sqlx::query("SELECT FROM customers FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    // With its neighbours, and by itself.
    let dies = async {
        let mut times = 0;
        while times < 2 {
            let killed = sqlx::query_scalar::<_, bool>(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            );
            times += killed.fetch_all(&app.pool).await.unwrap().len();
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        held.rollback().await.unwrap();
    };
    let (answer, ()) = tokio::join!(browser.post(DEPOSIT, &fields), dies);
    let words =
        "It could not be saved just now, or the answer was lost. Confirm again: it is done once.";
    refused(&answer, StatusCode::SERVICE_UNAVAILABLE, words);
    for kept in [&id, "12.50", "WIRE-8"] {
        let kept = format!("value=\"{kept}\"");
        assert!(dialog(&answer).contains(&kept), "{kept}: {}", answer.body);
    }
    for _ in 0..2 {
        let answer = browser.post(DEPOSIT, &fields).await;
        done(&mut browser, answer, "WIRE-8").await;
    }
    assert_eq!(app.on(ada).await, (1_250, 0));
}

#[tokio::test]
async fn whoever_confirms_sees_whose_it_is_who_began_it_and_the_balance() {
    let app = App::open().await;
    app.active("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut admin = app.signed_in(Role::Admin).await;
    moves(&mut officer, DEPOSIT, "1,000", "WIRE-1").await;
    moves(&mut officer, WITHDRAWAL, "400", "OUT-<7>").await;
    let number = newest(&app, "withdrawals").await;
    let confirm = format!("/customers/100001/withdrawals/{number}/confirm");
    let asked = admin.get(&confirm).await;
    for (label, words) in [
        ("Customer", "ada@bank.example (100001)"),
        ("Started by", "onboarding-officer@bank.example"),
        ("Reference", "OUT-&#60;7&#62;"),
        ("Amount", "$400.00"),
        ("Balance before", "$1,000.00, of which $400.00 is reserved"),
        ("Balance after", "$600.00"),
    ] {
        let fact = format!("<dt>{label}</dt><dd>{words}</dd>");
        assert!(dialog(&asked).contains(&fact), "{fact}: {}", asked.body);
    }
    assert!(
        dialog(&asked).contains("<dt>Started</dt><dd>20"),
        "{}",
        asked.body
    );

    let answer = admin.post(&confirm, &[]).await;
    done(&mut admin, answer, "The withdrawal was confirmed.").await;
    let revert = format!("/customers/100001/withdrawals/{number}/revert");
    let asked = admin.get(&revert).await;
    for fact in [
        "<dt>Balance before</dt><dd>$600.00</dd>",
        "<dt>Balance after</dt><dd>$1,000.00</dd>",
    ] {
        assert!(dialog(&asked).contains(fact), "{fact}: {}", asked.body);
    }
}

#[tokio::test]
async fn a_reference_is_used_again_after_a_revert_and_the_pages_lead_to_each_other() {
    let app = App::open().await;
    app.active("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut admin = app.signed_in(Role::Admin).await;
    moves(&mut officer, DEPOSIT, "100", "WIRE-1").await;
    let first = newest(&app, "deposits").await;
    let again = moves(&mut officer, DEPOSIT, "100", "\u{200b}wire-1\u{a0}").await;
    refused(&again, StatusCode::CONFLICT, &format!("See {first}"));
    let revert = format!("/customers/100001/deposits/{first}/revert");
    let answer = admin.post(&revert, &[]).await;
    done(&mut admin, answer, "The deposit was reverted.").await;
    let answer = moves(&mut officer, DEPOSIT, "100", "wire-1").await;
    done(&mut officer, answer, "The deposit was recorded.").await;
    let second = newest(&app, "deposits").await;
    for (page, link) in [
        (
            &second,
            format!("<a href=\"/ledger/deposits/{first}\">deposit {first} (reverted)</a>"),
        ),
        (
            &first,
            format!("<a href=\"/ledger/deposits/{second}\">deposit {second} (confirmed)</a>"),
        ),
    ] {
        let page = admin.get(&format!("/ledger/deposits/{page}")).await;
        assert!(page.body.contains(&link), "{link}: {}", page.body);
    }
}

#[tokio::test]
async fn the_audit_log_leads_to_what_money_and_credit_are_about() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let answer = moves(&mut officer, DEPOSIT, "100", "WIRE-7").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let number = newest(&app, "deposits").await;
    let account = ledger::account_id(ada);
    sqlx::query(
        "INSERT INTO audit_entries (subject, action, object, authorized) VALUES
         ('system:test', 'deposit_account.read', 'deposit-account:' || $1::text, TRUE),
         ('system:test', 'provisioning.retry', 'provisioning:mail', TRUE),
         ('system:test', 'raised.resolve', 'raised:7', TRUE),
         ('system:test', 'of.another_version', 'thing:7', TRUE)",
    )
    .bind(account)
    .execute(&app.pool)
    .await
    .unwrap();
    let page = app.signed_in(Role::Auditor).await.get("/audit").await;
    for words in [
        &format!("<a href=\"/ledger/deposits/{number}\">Deposit {number}</a>"),
        "<a href=\"/ledger/accounts/DEP-100001\">Deposit account DEP-100001</a>",
        "<a href=\"/provisioning\">Provisioning mail</a>",
        "<a href=\"/needs-a-person\">Raised item 7</a>",
        "Record a deposit",
        "<td class=\"right\" title=\"of.another_version\">of.another_version</td>",
        "thing:7",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
}

/// Started by somebody else, so that whoever looks may confirm it; answers the number.
async fn waits(app: &App, customer: Uuid, dollars: &str, reference: &str) -> String {
    let colleague = access::Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    };
    let money = &app.deposits;
    let of = |dollars, reference| deposit::NewMovement::typed(customer.into(), dollars, reference);
    let new = of("1000", "").unwrap();
    let paid_in = money.record_deposit(&colleague, Uuid::now_v7().into(), &new);
    paid_in.await.unwrap();
    let new = of(dollars, reference).unwrap();
    let started = money.initiate_withdrawal(&colleague, Uuid::now_v7().into(), &new);
    started.await.unwrap().public_id.to_string()
}

#[tokio::test]
async fn confirming_one_offers_the_next_with_all_that_has_to_be_known() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let bob = app.active("bob@bank.example").await;
    let first = waits(&app, ada, "40", "").await;
    let mut admin = app.signed_in(Role::Admin).await;
    // One's own is no next one.
    moves(&mut admin, WITHDRAWAL, "7", "").await;
    let second = waits(&app, bob, "20", "OUT-<2>").await;

    let confirm = format!("{CUSTOMER}/withdrawals/{first}/confirm");
    let asked = admin.get(&confirm).await;
    let button = "Confirm<span aria-hidden=\"true\"> $40.00 for ada@bank.example</span></button>";
    assert!(dialog(&asked).contains(button), "{}", dialog(&asked));
    for words in [
        "Started by",
        "<dt>Reference</dt><dd>none</dd>",
        "Balance before",
        "<dt>Balance after</dt><dd>$960.00, of which $7.00 is reserved</dd>",
    ] {
        assert!(
            dialog(&asked).contains(words),
            "{words}: {}",
            dialog(&asked)
        );
    }
    let answer = admin.post(&confirm, &[]).await;
    let page = done(&mut admin, answer, "The withdrawal was confirmed.").await;
    let next = format!("/customers/100002/withdrawals/{second}/confirm");
    for words in [
        "Confirm the next: $20.00 for bob@bank.example</button>",
        "<dt>Reference</dt><dd>OUT-&#60;2&#62;</dd>",
        "<dt>Balance before</dt><dd>$1,000.00, of which $20.00 is reserved</dd>",
        &format!("method=\"post\" action=\"{next}\""),
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // Confirming the next is one action, and then there is none.
    let answer = admin.post(&next, &[]).await;
    let page = done(&mut admin, answer, "The withdrawal was confirmed.").await;
    assert!(!page.contains("Confirm the next"), "{page}");
    assert_eq!(app.on(bob).await, (98_000, 0));
}

#[tokio::test]
async fn what_is_confirmed_from_the_list_leads_back_to_it() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let [first, second] = [
        waits(&app, ada, "40", "").await,
        waits(&app, ada, "20", "").await,
    ];
    let mut admin = app.signed_in(Role::Admin).await;
    let list = "/withdrawals?status=pending_confirmation";
    let page = admin.get(list).await;
    let from = "name=\"from\" value=\"/withdrawals?status=pending_confirmation\"";
    for words in [
        format!("action=\"{CUSTOMER}/withdrawals/{first}/confirm\" data-dialog data-elsewhere"),
        format!(
            "id=\"decide-{first}\">Confirm<span class=\"unseen\"> $40.00 for ada@bank.example</span>"
        ),
        from.to_owned(),
    ] {
        assert!(page.body.contains(&words), "{words}: {}", page.body);
    }
    let confirm = format!("{CUSTOMER}/withdrawals/{first}/confirm");
    let asked = admin
        .get(&format!(
            "{confirm}?from=%2Fwithdrawals%3Fstatus%3Dpending_confirmation"
        ))
        .await;
    assert!(dialog(&asked).contains(from), "{}", dialog(&asked));
    let answer = admin.post(&confirm, &[("from", list)]).await;
    assert_eq!(
        answer.header("location"),
        format!("{list}&done=confirm-withdrawal#done")
    );
    let page = done(&mut admin, answer, "The withdrawal was confirmed.").await;
    assert!(
        page.contains("Confirm the next: $20.00 for ada@bank.example"),
        "{page}"
    );
    assert!(page.contains(from), "{page}");
    // Nobody is led elsewhere.
    for elsewhere in [
        "https://evil.example/withdrawals",
        "//evil.example/withdrawals",
        "/access",
        "/withdrawals/../access",
    ] {
        let cancel = format!("{CUSTOMER}/withdrawals/{second}/cancel");
        let answer = admin.post(&cancel, &[("from", elsewhere)]).await;
        let location = answer.header("location");
        assert!(
            location.starts_with(&format!("{CUSTOMER}?done=")),
            "{elsewhere}: {location}"
        );
    }
    // Who may not confirm is offered nothing.
    waits(&app, ada, "5", "").await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    let page = auditor.get(list).await;
    assert!(!page.body.contains("decide-"), "{}", page.body);
}

#[tokio::test]
async fn a_large_deposit_is_asked_for_twice() {
    let settings = deposit::Settings {
        ask_above: "10000".parse().ok(),
        ..deposit::Settings::default()
    };
    let app = App::with_money(settings).await;
    let ada = app.active("ada@bank.example").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    moves(&mut browser, DEPOSIT, "10,000.00", "").await;
    assert_eq!(app.on(ada).await, (1_000_000, 0), "not above it");
    let large = moves(&mut browser, DEPOSIT, "25,000", "WIRE-1").await;
    refused(
        &large,
        StatusCode::CONFLICT,
        "$25,000.00, twenty-five thousand US dollars?",
    );
    refused(
        &large,
        StatusCode::CONFLICT,
        "name=\"twice\" value=\"2500000\"",
    );
    assert_eq!(app.on(ada).await, (1_000_000, 0), "nothing is done yet");
    let id = Uuid::now_v7().to_string();
    let mut twice = async |amount: &str, twice: &str| {
        let fields = [
            ("id", id.as_str()),
            ("amount", amount),
            ("reference", "WIRE-1"),
            ("twice", twice),
        ];
        browser.post(DEPOSIT, &fields).await
    };
    // Another amount is asked for anew.
    let other = twice("250,000", "2500000").await;
    refused(
        &other,
        StatusCode::CONFLICT,
        "two hundred fifty thousand US dollars",
    );
    let done = twice("25,000", "2500000").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(app.on(ada).await, (3_500_000, 0));
}
