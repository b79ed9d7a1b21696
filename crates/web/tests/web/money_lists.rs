//! The lists of all withdrawals, deposits and credit proposals: filters, totals, files.

use access::Role;
use axum::http::StatusCode;
use deposit::NewMovement;
use uuid::Uuid;

use crate::{
    common::{Answer, App, Browser},
    pages::main,
};

fn somebody() -> access::Subject {
    access::Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    }
}

async fn deposits(app: &App, customer: Uuid, dollars: &str, reference: &str) {
    let new = NewMovement::typed(customer.into(), dollars, reference).unwrap();
    let id = Uuid::now_v7().into();
    app.deposits
        .record_deposit(&somebody(), id, &new)
        .await
        .unwrap();
}

async fn withdraws(app: &App, customer: Uuid, dollars: &str, reference: &str) -> Uuid {
    let new = NewMovement::typed(customer.into(), dollars, reference).unwrap();
    let id = Uuid::now_v7();
    let somebody = somebody();
    let started = app.deposits.initiate_withdrawal(&somebody, id.into(), &new);
    started.await.unwrap();
    id
}

async fn proposes(app: &App, customer: Uuid, dollars: &str, purpose: &str) {
    let new = credit::NewProposal::typed(customer.into(), dollars, purpose, "").unwrap();
    let id = Uuid::now_v7().into();
    app.credit.propose(&somebody(), id, &new).await.unwrap();
}

/// Two customers with money: Ada and Bob.
async fn furnished() -> App {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    let bob = app.active("bob@bank.example").await;
    sqlx::query(
        "UPDATE prospects SET name = 'Ada Lovelace', name_key = ' ada lovelace' WHERE id = $1",
    )
    .bind(ada)
    .execute(&app.pool)
    .await
    .unwrap();
    deposits(&app, ada, "1,200.00", "WIRE-1").await;
    deposits(&app, bob, "50", "=cmd()").await;
    let left = withdraws(&app, ada, "200", "OUT-1").await;
    withdraws(&app, bob, "20", "").await;
    let somebody = somebody();
    let confirmed = app.deposits.confirm_withdrawal(&somebody, left.into());
    confirmed.await.unwrap();
    proposes(&app, ada, "5000", "a second mill").await;
    app
}

/// The references or purposes of the list, and whose.
fn rows(page: &Answer) -> Vec<String> {
    let text = |cell: &str| {
        let inside = cell.split("</td>").next().unwrap_or_default();
        let mut text = String::new();
        let mut tag = false;
        for c in inside.chars() {
            match c {
                '<' => tag = true,
                '>' => tag = false,
                c if !tag => text.push(c),
                _ => {}
            }
        }
        text.trim().to_owned()
    };
    let row = |row: &str| {
        let cell = |class: &str| {
            let after = row
                .split_once(&format!("class=\"{class}\">"))
                .map(|it| it.1);
            text(after.unwrap_or_default())
        };
        format!(
            "{} {} {}",
            cell("c-lead"),
            cell("c-money"),
            cell("c-reason")
        )
    };
    let rows = page.body.split("<tr data-key").skip(1);
    rows.map(row).map(|row| row.trim().to_owned()).collect()
}

async fn shown(browser: &mut Browser, address: &str) -> Answer {
    let page = browser.get(address).await;
    assert_eq!(page.status, StatusCode::OK, "{address}: {}", page.body);
    page
}

#[tokio::test]
async fn money_of_all_customers_is_listed_filtered_and_added_up() {
    let app = furnished().await;
    let mut browser = app.signed_in(Role::Auditor).await;
    let page = shown(&mut browser, "/withdrawals").await;
    assert_eq!(
        rows(&page),
        ["bob@bank.example $20.00", "Ada Lovelace $200.00 OUT-1"]
    );
    for words in [
        "<a href=\"/withdrawals\" aria-current=\"page\">Withdrawals</a>",
        "id=\"menu-money\">Money</span>",
        "1 withdrawal",
        "href=\"/withdrawals.csv\"",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    insta::assert_snapshot!("the_list_of_withdrawals", main(&page, &[]));
    for (address, expected) in [
        (
            "/withdrawals?status=pending_confirmation",
            vec!["bob@bank.example $20.00"],
        ),
        (
            "/withdrawals?q=lovelace",
            vec!["Ada Lovelace $200.00 OUT-1"],
        ),
        ("/withdrawals?q=out-1", vec!["Ada Lovelace $200.00 OUT-1"]),
        ("/withdrawals?q=100002", vec!["bob@bank.example $20.00"]),
        (
            "/withdrawals?q=DEP-100001",
            vec!["Ada Lovelace $200.00 OUT-1"],
        ),
        (
            "/withdrawals?least=%24100",
            vec!["Ada Lovelace $200.00 OUT-1"],
        ),
        (
            "/withdrawals?most=100.00&least=5",
            vec!["bob@bank.example $20.00"],
        ),
        ("/withdrawals?from=2020-01-01&until=2020-12-31", vec![]),
        ("/withdrawals?q=%00nobody", vec![]),
        (
            "/deposits",
            vec![
                "bob@bank.example $50.00 =cmd()",
                "Ada Lovelace $1,200.00 WIRE-1",
            ],
        ),
        ("/deposits?q=ada", vec!["Ada Lovelace $1,200.00 WIRE-1"]),
        (
            "/credit-proposals",
            vec!["Ada Lovelace $5,000.00 a second mill"],
        ),
        ("/credit-proposals?status=approved", vec![]),
    ] {
        let page = shown(&mut browser, address).await;
        assert_eq!(rows(&page), expected, "{address}");
        if expected.is_empty() {
            assert!(
                page.body.contains("Nothing matches"),
                "{address}: {}",
                page.body
            );
        }
    }
    // What can't be taken is said beside its field, and nothing else is looked for.
    let wrong = browser.get("/withdrawals?least=ten&from=2026-02-30").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "id=\"least-problem\">This is not an amount.",
        "id=\"from-problem\">This is no day",
    ] {
        assert!(wrong.body.contains(words), "{words}: {}", wrong.body);
    }
    for nonsense in [
        "/withdrawals?status=new",
        "/deposits?after=x",
        "/withdrawals.csv?least=x",
    ] {
        let answer = browser.get(nonsense).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{nonsense}");
    }
}

#[tokio::test]
async fn pages_go_on_from_a_place_and_sums_are_of_all_pages() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    for n in 1..=52 {
        deposits(&app, ada, &format!("{n}"), "").await;
    }
    let mut browser = app.signed_in(Role::Auditor).await;
    let first = shown(&mut browser, "/deposits?q=ada").await;
    assert_eq!(rows(&first).len(), 50);
    assert!(
        first.body.contains("52 deposits") && first.body.contains("$1,378.00"),
        "{}",
        first.body
    );
    let older = first.body.split("rel=\"next\" href=\"").nth(1).unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&");
    let second = shown(&mut browser, &older).await;
    assert_eq!(
        rows(&second),
        ["ada@bank.example $2.00", "ada@bank.example $1.00"]
    );
    assert!(second.body.contains("52 deposits"), "{}", second.body);
}

#[tokio::test]
async fn a_list_is_kept_as_a_file_that_spreadsheets_take_for_text() {
    let app = furnished().await;
    let mut browser = app.signed_in(Role::Auditor).await;
    let before = app.decisions("deposit.download").await.len();
    let file = shown(&mut browser, "/deposits.csv").await;
    let name = file.header("content-disposition");
    assert!(
        name.starts_with("attachment; filename=\"deposits_2"),
        "{name}"
    );
    let text = file.body.strip_prefix('\u{feff}').unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "Public ID,Customer,Name,Amount (USD),Status,Reference,Created (UTC)"
    );
    assert!(
        lines[1].contains(",100002,,50.00,Confirmed,'=cmd(),20"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].contains(",100001,Ada Lovelace,1200.00,Confirmed,WIRE-1,20"),
        "{}",
        lines[2]
    );
    assert_eq!(lines.len(), 3);
    assert_eq!(app.decisions("deposit.download").await.len(), before + 1);
    let filtered = shown(&mut browser, "/deposits.csv?q=ada&least=1000").await;
    assert_eq!(filtered.body.lines().count(), 2);
    let proposals = shown(&mut browser, "/credit-proposals.csv").await;
    assert!(
        proposals
            .body
            .contains(",Waiting for the customer,a second mill,"),
        "{}",
        proposals.body
    );
}

/// More rows than are read at once, and each of them once; each batch says whose data went out.
#[tokio::test]
async fn a_long_file_is_sent_batch_by_batch() {
    let app = App::open().await;
    let ada = app.active("ada@bank.example").await;
    sqlx::query(
        "INSERT INTO deposits (id, created_at, public_id, customer_id, account_id, amount, status)
         SELECT gen_random_uuid(), now() - n * interval '1 second', 'd' || n, $1, $1, n, 'confirmed' FROM generate_series(1, 2500) n",
    )
    .bind(ada)
    .execute(&app.pool)
    .await
    .unwrap();
    let mut browser = app.signed_in(Role::Auditor).await;
    let file = shown(&mut browser, "/deposits.csv").await;
    let mut ids: Vec<&str> = file
        .body
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!((ids.len(), ids[0], ids[2499]), (2500, "d1", "d2500"));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2500);
    let looks: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_entries WHERE action = 'deposit.list'")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert!(looks >= 2, "{looks}");
}

#[tokio::test]
async fn the_lists_are_for_who_may_see_money() {
    let app = furnished().await;
    for role in Role::PEOPLE {
        let mut browser = app.signed_in(role).await;
        for path in [
            "/withdrawals",
            "/withdrawals.csv",
            "/deposits",
            "/deposits.csv",
            "/credit-proposals",
            "/credit-proposals.csv",
        ] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, StatusCode::OK, "{role}: {path}");
            let stranger = app.browser().get(path).await;
            assert!(stranger.header("location").starts_with("/login"), "{path}");
        }
    }
}
