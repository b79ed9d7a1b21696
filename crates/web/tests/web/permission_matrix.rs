//! Every action and every role, through the page: offered or not, done or refused, and written down either way.

use access::{Permission, Role};
use axum::http::StatusCode;
use uuid::Uuid;

use crate::common::App;

/// What can be asked for, and what it needs.
struct Ask {
    /// The page that offers it.
    page: &'static str,
    /// What the page has when it is offered.
    marker: &'static str,
    /// Where the form goes.
    path: &'static str,
    value: &'static str,
    permission: Permission,
    /// As the audit log calls it.
    action: &'static str,
}

const fn ask(
    page: &'static str,
    marker: &'static str,
    path: &'static str,
    value: &'static str,
    permission: Permission,
    action: &'static str,
) -> Ask {
    Ask {
        page,
        marker,
        path,
        value,
        permission,
        action,
    }
}

const NEW: &str = "/prospects/100001";
const CLOSED: &str = "/prospects/100002";
const VERIFIED: &str = "/customers/100003";
const REJECTED: &str = "/customers/100004";
const DEACTIVATED: &str = "/customers/100005";
const ACTIVE: &str = "/customers/100006";
const PROPOSAL: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0000);

#[rustfmt::skip]
const ASKS: [Ask; 47] = {
    use Permission::{
        CreditDecide, CreditPropose, CustomerConvert, CustomerCreate, CustomerErase, CustomerRestore, CustomerUpdate, DepositCreate,
        WithdrawalConfirm,
    };
    [
        ask("/prospects", ">Create</a>", "/prospects", "", CustomerCreate, "prospect.create"),
        ask(NEW, "id=\"act-verification-link\"", "/prospects/100001/verification-link", "", CustomerUpdate, "prospect.generate_link"),
        ask(NEW, "id=\"act-send-link\"", "/prospects/100001/send-link", "", CustomerUpdate, "prospect.send_link"),
        ask(NEW, "id=\"act-refresh\"", "/prospects/100001/refresh", "", CustomerUpdate, "prospect.refresh"),
        ask(NEW, "id=\"act-change-email\"", "/prospects/100001/change-email", "n@bank.example", CustomerUpdate, "prospect.change_email"),
        ask(NEW, "id=\"act-change-telegram\"", "/prospects/100001/change-telegram", "somebody", CustomerUpdate, "prospect.change_telegram_handle"),
        ask(NEW, "id=\"act-change-type\"", "/prospects/100001/change-type", "bank", CustomerUpdate, "prospect.change_type"),
        ask(NEW, "id=\"act-assign-to-me\"", "/prospects/100001/assign-to-me", "", CustomerUpdate, "prospect.assign"),
        ask(NEW, "id=\"act-assign\"", "/prospects/100001/assign", "", CustomerUpdate, "prospect.assign"),
        ask(VERIFIED, "id=\"act-assign-to-me\"", "/customers/100003/assign-to-me", "", CustomerUpdate, "prospect.assign"),
        ask(VERIFIED, "id=\"act-assign\"", "/customers/100003/assign", "", CustomerUpdate, "prospect.assign"),
        ask(NEW, "id=\"act-add-note\"", "/prospects/100001/add-note", "x", CustomerUpdate, "prospect.add_note"),
        ask(VERIFIED, "id=\"act-add-note\"", "/customers/100003/add-note", "x", CustomerUpdate, "prospect.add_note"),
        ask(NEW, "id=\"act-snooze\"", "/prospects/100001/snooze", "1", CustomerUpdate, "prospect.snooze"),
        ask(VERIFIED, "id=\"act-snooze\"", "/customers/100003/snooze", "1", CustomerUpdate, "prospect.snooze"),
        ask(NEW, "id=\"act-close\"", "/prospects/100001/close", "x", CustomerUpdate, "prospect.close"),
        ask(CLOSED, "id=\"act-reopen\"", "/prospects/100001/reopen", "x", CustomerUpdate, "prospect.reopen"),
        ask(NEW, "id=\"act-convert\"", "/prospects/100001/convert", "x", CustomerConvert, "prospect.convert"),
        ask(CLOSED, "id=\"act-erase\"", "/prospects/100002/erase", "", CustomerErase, "prospect.erase"),
        ask(VERIFIED, "id=\"act-refresh\"", "/customers/100003/refresh", "", CustomerUpdate, "prospect.refresh"),
        ask(VERIFIED, "id=\"act-change-email\"", "/customers/100003/change-email", "m@bank.example", CustomerUpdate, "prospect.change_email"),
        ask(VERIFIED, "id=\"act-change-telegram\"", "/customers/100003/change-telegram", "", CustomerUpdate, "prospect.change_telegram_handle"),
        ask(VERIFIED, "id=\"act-deactivate\"", "/customers/100003/deactivate", "x", CustomerUpdate, "customer.deactivate"),
        ask(DEACTIVATED, "id=\"act-reactivate\"", "/customers/100005/reactivate", "x", CustomerUpdate, "customer.reactivate"),
        ask(VERIFIED, "id=\"act-close\"", "/customers/100003/close", "x", CustomerUpdate, "customer.close"),
        ask(REJECTED, "id=\"act-restore\"", "/customers/100004/restore", "x", CustomerRestore, "customer.restore"),
        ask(REJECTED, "id=\"act-verification-link\"", "/customers/100004/verification-link", "", CustomerUpdate, "prospect.generate_link"),
        ask(VERIFIED, "id=\"act-retry\"", "/customers/100003/retry", "", CustomerUpdate, "provisioning.retry"),
        ask(VERIFIED, "id=\"act-resend-welcome\"", "/customers/100003/resend-welcome", "", CustomerUpdate, "provisioning.resend_welcome"),
        ask("/", "id=\"resolve-1\"", "/raised/1/resolve", "x", CustomerUpdate, "raised.resolve"),
        ask("/needs-a-person", "id=\"act-resolve-several\"", "/needs-a-person/resolve?item=1", "x", CustomerUpdate, "raised.resolve"),
        ask("/needs-a-person", "id=\"act-same-person-2\"", "/raised/2/same-person", "x", CustomerUpdate, "raised.same_person"),
        ask("/needs-a-person", "id=\"act-different-people-2\"", "/raised/2/different-people", "x", CustomerUpdate, "raised.different_people"),
        ask(REJECTED, "id=\"resolve-1\"", "/raised/1/resolve", "x", CustomerUpdate, "raised.resolve"),
        ask("/callbacks/4", "id=\"reprocess\"", "/callbacks/4/reprocess", "", CustomerUpdate, "callback.reprocess"),
        ask("/provisioning", "Retry now</button>", "/provisioning/retry/0198c0de-0000-7000-8000-000000000000/login", "", CustomerUpdate, "provisioning.retry"),
        ask("/provisioning", "Retry all</button>", "/provisioning/retry-all/person", "", CustomerUpdate, "provisioning.retry"),
        ask(ACTIVE, "id=\"act-record-deposit\"", "/customers/100006/deposits/new", "1", DepositCreate, "deposit.record"),
        ask(ACTIVE, "id=\"act-start-withdrawal\"", "/customers/100006/withdrawals/new", "1", DepositCreate, "withdrawal.initiate"),
        ask(ACTIVE, "id=\"act-confirm-withdrawal-100008\"", "/customers/100006/withdrawals/100008/confirm", "", WithdrawalConfirm, "withdrawal.confirm"),
        ask("/ledger/withdrawals/100008", "id=\"act-cancel-withdrawal-100008\"", "/customers/100006/withdrawals/100008/cancel", "", DepositCreate, "withdrawal.cancel"),
        ask(ACTIVE, "id=\"act-revert-withdrawal-100009\"", "/customers/100006/withdrawals/100009/revert", "", WithdrawalConfirm, "withdrawal.revert"),
        ask("/ledger/deposits/100007", "id=\"act-revert-deposit-100007\"", "/customers/100006/deposits/100007/revert", "", WithdrawalConfirm, "deposit.revert"),
        ask(ACTIVE, "id=\"act-propose-credit\"", "/customers/100006/credit/new", "1", CreditPropose, "credit_proposal.propose"),
        ask(ACTIVE, "id=\"act-approve-credit-0198c0de", "/customers/100006/credit/0198c0de-0000-7000-8000-000000000000/approve", "", CreditDecide, "credit_proposal.approve"),
        ask(ACTIVE, "id=\"act-deny-credit-0198c0de", "/customers/100006/credit/0198c0de-0000-7000-8000-000000000000/deny", "", CreditDecide, "credit_proposal.deny"),
        ask("/prospects/new", "<h1>New prospect</h1>", "/prospects", "", CustomerCreate, "prospect.create"),
    ]
};

/// A new prospect, a closed one, a verified customer with a step that failed, a rejected one, a deactivated one, and a
/// callback that was ignored; and one with money and a credit proposal.
async fn furnished() -> App {
    let app = App::open().await;
    let usher = access::Subject::system("test");
    let new = app.prospect("new@bank.example").await;
    let closed = app.prospect("closed@bank.example").await;
    app.onboarding
        .close_prospect(&usher, closed.into(), "was a test")
        .await
        .unwrap();
    let [verified, rejected, deactivated] = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    app.approved(verified, "verified@bank.example").await;
    app.approved(rejected, "rejected@bank.example").await;
    app.reviewed(rejected, "RED", 500).await;
    app
        .received(r#"{"type": "applicantPending", "applicantId": "nobody", "correlationId": "c9", "externalUserId": "nobody", "createdAtMs": "2026-03-01 10:00:00.000"}"#)
        .await;
    app.approved(deactivated, "deactivated@bank.example").await;
    app.onboarding
        .deactivate_customer(&usher, deactivated.into(), "asked for it")
        .await
        .unwrap();
    sqlx::query!(
        "INSERT INTO provisioning_steps (customer_id, step, label, position, dependency, state)
         VALUES ($1, 'login', 'Portal login', 1, 'identity', 'needs_person')",
        verified,
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("INSERT INTO raised (cause, cause_name, prospect_id, other_id) VALUES ('possible duplicate', 'possible_duplicate', $1, $2)")
        .bind(closed)
        .bind(new)
        .execute(&app.pool)
        .await
        .unwrap();
    with_money(&app).await;
    app
}

/// An active customer with a deposit, a withdrawal that waits and one that left, and a proposal that waits for a decision.
async fn with_money(app: &App) {
    let customer = app.active("active@bank.example").await;
    let operator = access::Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    };
    let another = access::Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    };
    let of = |amount| deposit::NewMovement::typed(customer.into(), amount, "").unwrap();
    let money = &app.deposits;
    let id = Uuid::now_v7().into();
    let done = money.record_deposit(&operator, id, &of("100")).await;
    done.unwrap();
    let [waits, left] = [Uuid::now_v7(), Uuid::now_v7()];
    for id in [waits, left] {
        let new = of("10");
        let started = money.initiate_withdrawal(&operator, id.into(), &new);
        started.await.unwrap();
    }
    let confirmed = money.confirm_withdrawal(&another, left.into()).await;
    confirmed.unwrap();
    let new = credit::NewProposal::typed(customer.into(), "5000", "A roof", "").unwrap();
    let made = app.credit.propose(&operator, PROPOSAL.into(), &new).await;
    made.unwrap();
    let accepted = app.credit.accept(customer.into(), PROPOSAL.into()).await;
    accepted.unwrap();
}

#[tokio::test]
async fn the_ledger_is_open_to_who_may_see_accounts() {
    let app = furnished().await;
    for role in Role::PEOPLE {
        assert!(role.allows(Permission::DepositRead), "{role}");
        let mut browser = app.signed_in(role).await;
        let page = browser.get("/").await;
        assert!(page.body.contains("<a href=\"/ledger\""), "{}", page.body);
        for path in LEDGER {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, StatusCode::OK, "{role}: {path}");
            let answer = app.browser().get(path).await;
            assert!(answer.header("location").starts_with("/login"), "{path}");
        }
    }
}

#[tokio::test]
async fn everybody_has_an_account_of_their_own() {
    let app = App::open().await;
    for role in Role::PEOPLE {
        let mut browser = app.signed_in(role).await;
        let page = browser.get("/prospects").await;
        assert!(page.body.contains("href=\"/me\""), "{}", page.body);
        for path in ["/me", "/me/second-factor"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, StatusCode::OK, "{role}: {path}");
            let stranger = app.browser().get(path).await;
            assert!(stranger.header("location").starts_with("/login"), "{path}");
        }
        // What changes something is no link.
        for path in ME {
            let answer = browser.get(path).await;
            if path != "/me/second-factor" {
                assert_eq!(answer.header("location"), "/me", "{path}");
            }
        }
    }
}

/// The pages of the ledger.
const LEDGER: [&str; 6] = [
    "/ledger",
    "/ledger/sets/individual",
    "/ledger/omnibus",
    "/ledger/accounts/DEP-100006",
    "/ledger/deposits/100007",
    "/ledger/withdrawals/100008",
];

#[tokio::test]
async fn a_role_is_offered_and_allowed_what_the_table_gives_it_and_nothing_else() {
    for role in Role::PEOPLE {
        let app = furnished().await;
        let mut browser = app.signed_in(role).await;
        for ask in &ASKS {
            let page = browser.get(ask.page).await;
            assert_eq!(
                page.body.contains(ask.marker),
                role.allows(ask.permission),
                "{role}: {} on {}: {}",
                ask.marker,
                ask.page,
                page.body
            );
        }
        for ask in &ASKS {
            let before = app.decisions(ask.action).await.len();
            let fields = ["value", "amount", "purpose"].map(|field| (field, ask.value));
            let answer = browser.post(ask.path, &fields).await;
            let after = app.decisions(ask.action).await;
            let allowed = role.allows(ask.permission);
            assert_eq!(
                answer.status != StatusCode::FORBIDDEN,
                allowed,
                "{role}: {} answers {}: {}",
                ask.path,
                answer.status,
                answer.body
            );
            assert!(
                !answer.status.is_server_error() || answer.body.contains("Sumsub"),
                "{role}: {} answers {}: {}",
                ask.path,
                answer.status,
                answer.body
            );
            assert!(after.len() > before, "{role}: {} is written down", ask.path);
            assert_eq!(after.last(), Some(&allowed), "{role}: {}", ask.path);
            if !allowed {
                assert!(
                    answer.body.contains(ask.permission.as_str()),
                    "{role}: {}",
                    answer.body
                );
            }
        }
    }
}

#[tokio::test]
async fn a_refused_dialog_is_not_shown_either() {
    let app = furnished().await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    for ask in &ASKS {
        // The form of a new prospect has a page of its own.
        // What is harmless has no dialog.
        if ask.path == "/prospects" || ask.path.starts_with("/provisioning/") {
            continue;
        }
        let answer = auditor.get(ask.path).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", ask.path);
        assert!(!answer.body.contains("<dialog"), "{}", ask.path);
    }
}

/// What each operator keeps of the lists; it needs nothing but to see them.
const KEPT: [&str; 4] = [
    "/columns",
    "/views",
    "/views/0198c0de-0000-7000-8000-000000000000/rename",
    "/views/0198c0de-0000-7000-8000-000000000000/delete",
];

/// The routes that change something, as `admin/mod.rs` has them.
#[tokio::test]
async fn every_form_of_the_panel_is_refused_from_elsewhere_and_to_strangers() {
    const SOURCE: &str = concat!(
        include_str!("../../src/admin/mod.rs"),
        include_str!("../../src/admin/entrance.rs"),
        include_str!("../../src/admin/access/mod.rs"),
        include_str!("../../src/admin/me/mod.rs")
    );
    let app = furnished().await;
    let mut paths: Vec<&str> = ASKS.iter().map(|ask| ask.path).collect();
    paths.extend(["/login", "/login/code", "/logout", "/prospects/new"]);
    paths.push("/for-me/read");
    paths.push("/prospects/selected");
    paths.push("/prospects/selected/0198c0de-0000-7000-8000-000000000000");
    paths.extend(BOARDS);
    paths.extend(KEPT);
    paths.extend(ME);
    paths.extend(ACCESS);
    paths.sort_unstable();
    paths.dedup();
    let patterns = [
        "/raised/{id}/{operation}",
        "/prospects",
        "/prospects/new",
        "/prospects/selected",
        "/prospects/selected/{id}",
        "/prospects/{public_id}/{operation}",
        "/customers/{public_id}/{operation}",
        "/customers/{public_id}/{kind}/new",
        "/customers/{public_id}/{kind}/{document}/{operation}",
        "/customers/{public_id}/credit/new",
        "/customers/{public_id}/credit/{proposal}/{operation}",
        "/callbacks/{id}/reprocess",
        "/login",
        "/login/code",
        "/logout",
    ];
    let posts = SOURCE.matches("post(").count() + SOURCE.matches("operation::routes::<").count();
    assert_eq!(
        posts,
        patterns.len() + BOARDS.len() + KEPT.len() + ME.len() + ACCESS_ROUTES,
        "a route that is not walked here: add it to ASKS or BOARDS"
    );
    let inside = app.signed_in(Role::Admin).await;
    let rows = || async {
        sqlx::query_scalar!(
            r#"SELECT (SELECT count(*) FROM prospect_events) + (SELECT count(*) FROM customer_events)
                + (SELECT count(*) FROM raised WHERE resolved_at IS NOT NULL)
                + (SELECT count(*) FROM deposit_events) + (SELECT count(*) FROM withdrawal_events)
                + (SELECT count(*) FROM credit_facility_proposal_events) AS "n!""#
        )
        .fetch_one(&app.pool)
        .await
        .unwrap()
    };
    let before = rows().await;
    for path in paths {
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", crate::common::PORTAL)],
            &[("sec-fetch-site", "same-site")],
            &[],
        ] {
            let mut browser = inside.clone().with(headers);
            let answer = browser.post(path, &[("value", "x")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
            assert!(answer.body.contains("Request refused"), "{path}");
        }
        if !matches!(path, "/login" | "/logout") {
            let answer = app.browser().post(path, &[("value", "x")]).await;
            assert_eq!(answer.header("location"), "/login", "{path}");
        }
    }
    assert_eq!(rows().await, before, "nothing was done");
}

/// The forms of the board of provisioning.
const BOARDS: [&str; 2] = [
    "/provisioning/retry/0198c0de-0000-7000-8000-000000000000/login",
    "/provisioning/retry-all/mail",
];

/// The forms of an operator's own account: everybody's, so the table of permissions says nothing of them.
const ME: [&str; 6] = [
    "/me/password",
    "/me/sessions/end",
    "/me/sessions/end-others",
    "/me/second-factor",
    "/me/second-factor/remove",
    "/password",
];

/// The forms of `/access`.
const ACCESS: [&str; 6] = [
    "/access/tokens/new",
    "/access/tokens",
    "/access/tokens/0198c0de-0000-7000-8000-000000000000/revoke",
    "/access/operators/new",
    "/access/operators",
    "/access/operators/0198c0de-0000-7000-8000-000000000000/disable",
];
/// How its source has them: those that make something are alike.
const ACCESS_ROUTES: usize = 4;
