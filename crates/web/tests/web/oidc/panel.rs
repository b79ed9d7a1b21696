//! An operator signs in and out.

use std::sync::atomic::Ordering;

use ::oidc::testing::Person;
use access::Role;
use axum::http::StatusCode;

use super::{Bank, back, parameters, signs_in, there};
use crate::{
    common::{ADMIN, Browser, PORTAL, url},
    pages::main,
};

#[tokio::test]
async fn an_operator_signs_in_there_and_is_in_here() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::OnboardingOfficer);
    let mut browser = bank.app.browser();
    let wanted = browser.get("/prospects?stage=new").await;
    let page = browser.get(wanted.header("location")).await;
    assert_eq!(page.status, StatusCode::OK);
    insta::assert_snapshot!("the_panels_sign_in", main(&page, &[]));
    let policy = page.header("content-security-policy");
    let issuer = bank.internal.issuer().origin().ascii_serialization();
    assert!(
        policy.ends_with(&format!("form-action 'self' {ADMIN} {issuer}")),
        "forms may lead there by a redirect: {policy}"
    );

    let sent = browser
        .get("/login/keycloak?next=%2Fprospects%3Fstage%3Dnew")
        .await;
    let before = browser.cookie.clone();
    let address = bank.internal.sign_in(&url(sent.header("location")), &ada);
    assert!(
        address
            .as_str()
            .starts_with(&format!("{ADMIN}/login/callback?"))
    );
    let entered = browser.get(&back(&address)).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/prospects?stage=new")
    );
    assert_ne!(browser.cookie, before, "a planted id is worth nothing");
    let home = browser.get("/prospects?stage=new").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.body.contains("Onboarding officer") && home.body.contains("ada@bank.example"));
    assert_eq!(browser.get("/login").await.header("location"), "/");
    assert_eq!(
        browser.post("/login", &[]).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let stored = sqlx::query!("SELECT subject, idp_session FROM web_sessions")
        .fetch_one(&bank.app.pool)
        .await
        .unwrap();
    assert_eq!(
        (stored.subject, stored.idp_session),
        (Some(ada.sub), Some(ada.sid))
    );
}

#[tokio::test]
async fn where_to_go_next_is_never_elsewhere() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.app.browser();
    let sent = browser.get("/login/keycloak?next=%2F%2Fevil.example").await;
    let address = bank.internal.sign_in(&url(sent.header("location")), &ada);
    let entered = browser.get(&back(&address)).await;
    assert_eq!(entered.header("location"), "/");
}

#[tokio::test]
async fn several_tabs_sign_in_side_by_side() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.app.browser();
    let mut tabs = Vec::new();
    for _ in 0..6 {
        tabs.push(there(&mut browser, &bank.internal, &ada).await);
    }
    let statuses = async |browser: &mut Browser, tabs: &[String]| {
        let mut statuses = Vec::new();
        for tab in tabs {
            statuses.push(browser.get(tab).await.status.as_u16());
        }
        statuses
    };
    assert_eq!(
        statuses(&mut browser, &tabs).await,
        [400, 303, 303, 303, 303, 303],
        "the oldest is forgotten"
    );
}

#[tokio::test]
async fn a_login_without_a_role_reads_so_and_can_sign_out() {
    let bank = Bank::open().await;
    let stranger = Person::new();
    let mut browser = bank.app.browser();
    let answer = signs_in(&mut browser, &bank.internal, &stranger).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    for words in [
        "Your login has no role in Usher",
        "Ask an administrator",
        "action=\"/logout\"><button>Sign out</button>",
    ] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    assert_eq!(
        browser.get("/prospects").await.header("location"),
        "/login?next=%2Fprospects"
    );
    let out = browser.post("/logout", &[]).await;
    assert!(parameters(&out).contains_key("id_token_hint"));
    assert!(browser.cookie.is_none());
}

#[tokio::test]
async fn a_role_counts_as_of_now_also_when_it_is_taken_away() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.at_the_panel(&ada).await;
    bank.staff.has(&ada, Some(Role::Auditor));
    assert_eq!(
        browser.get("/prospects/new").await.status,
        StatusCode::FORBIDDEN
    );
    bank.staff.away.store(true, Ordering::Relaxed);
    let away = browser.get("/prospects").await;
    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        away.body.contains("Keycloak does not answer"),
        "{}",
        away.body
    );
    bank.staff.away.store(false, Ordering::Relaxed);
    assert_eq!(browser.get("/prospects").await.status, StatusCode::OK);
    bank.staff.has(&ada, None);
    assert_eq!(
        browser.get("/changes").await.status,
        StatusCode::UNAUTHORIZED
    );
    bank.staff.has(&ada, Some(Role::Admin));
    assert_eq!(
        browser.get("/prospects").await.status,
        StatusCode::SEE_OTHER,
        "the session has ended"
    );
}

#[tokio::test]
async fn signing_out_ends_both_sessions() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.at_the_panel(&ada).await;
    let mut stolen = browser.clone();
    let mut from_elsewhere = browser.clone().with(&[("origin", PORTAL)]);
    assert_eq!(
        from_elsewhere.post("/logout", &[]).await.status,
        StatusCode::FORBIDDEN
    );
    let out = browser.post("/logout", &[]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    let end = format!("{}/logout?", bank.internal.issuer());
    assert!(
        out.header("location").starts_with(&end),
        "{}",
        out.header("location")
    );
    let parameters = parameters(&out);
    assert_eq!(
        parameters["post_logout_redirect_uri"],
        format!("{ADMIN}/login?signed_out=1")
    );
    assert!(parameters["id_token_hint"].contains('.'));
    assert_eq!(stolen.get("/prospects").await.status, StatusCode::SEE_OTHER);
    let page = browser.get("/login?signed_out=1").await;
    assert!(
        page.body
            .contains("role=\"status\">You are signed out.</p>"),
        "{}",
        page.body
    );
    // The session had ended by itself: the provider asks whether they mean it.
    let out = browser.post("/logout", &[]).await;
    assert!(out.header("location").starts_with(&end) && !out.header("location").contains("hint"));
}

#[tokio::test]
async fn operators_are_managed_at_the_provider_and_tokens_here() {
    let bank = Bank::open().await;
    let admin = bank.operator(Role::Admin);
    let mut browser = bank.at_the_panel(&admin).await;
    let page = browser.get("/access").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("managed in Keycloak"), "{}", page.body);
    for words in ["Add operator", ">Disable<"] {
        assert!(!page.body.contains(words), "{words}");
    }
    assert!(page.body.contains("Create token"));
    let form = [("email", "n@bank.example"), ("role", "admin")];
    for path in ["/access/operators", "/access/operators/new"] {
        let answer = browser.post(path, &form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_own_account_is_kept_at_the_provider() {
    let bank = Bank::open().await;
    let officer = bank.operator(Role::OnboardingOfficer);
    let mut browser = bank.at_the_panel(&officer).await;
    let page = browser.get("/me").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("kept in Keycloak"), "{}", page.body);
    assert!(!page.body.contains("type=\"password\""), "{}", page.body);
    for path in ["/me/password", "/me/second-factor", "/password"] {
        let answer = browser.post(path, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_token_ends_with_the_role_that_its_maker_has_there() {
    let bank = Bank::open().await;
    let admin = bank.operator(Role::Admin);
    let mut browser = bank.at_the_panel(&admin).await;
    let form = [("name", "robot"), ("role", "admin"), ("days", "1")];
    let shown = browser.post("/access/tokens", &form).await;
    let token = shown.body.split("value=\"usher_").nth(1).unwrap();
    let bearer = format!("Bearer usher_{}", token.split('"').next().unwrap());
    let mut robot = bank.app.browser().with(&[("authorization", &bearer)]);
    assert_eq!(robot.get("/prospects").await.status, StatusCode::OK);
    bank.staff.has(&admin, Some(Role::Auditor));
    assert_eq!(
        robot.get("/prospects").await.status,
        StatusCode::UNAUTHORIZED
    );
}
