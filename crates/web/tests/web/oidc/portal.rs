//! A customer signs in and out.

use ::oidc::testing::{Mood, Person};
use axum::http::StatusCode;
use uuid::Uuid;

use super::{Bank, parameters, signs_in};
use crate::common::{Answer, PORTAL, url};

#[tokio::test]
async fn a_customer_signs_in_there_and_sees_their_account_here() {
    let bank = Bank::open().await;
    let ada = bank.customer().await;
    let mut browser = bank.app.customer_browser();
    for path in ["/", "/login"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        let action = format!("action=\"{PORTAL}/login/keycloak\"");
        assert!(page.body.contains(&action), "{}", page.body);
        assert!(!page.body.contains("type=\"password\""), "{}", page.body);
    }
    let mut browser = bank.at_the_portal(&ada).await;
    let home = browser.get("/").await;
    assert!(
        home.body.contains("your account is being opened"),
        "{}",
        home.body
    );
    assert_eq!(browser.get("/login").await.header("location"), "/");
    for path in ["/password", "/nowhere"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            browser.post(path, &[("password", "x")]).await.status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(
        browser.post("/login", &[]).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );

    let out = browser.post("/logout", &[]).await;
    let parameters = parameters(&out);
    assert_eq!(
        parameters["post_logout_redirect_uri"],
        format!("{PORTAL}/login?signed_out=1")
    );
    assert!(parameters.contains_key("id_token_hint"));
    let page = browser.get("/login?signed_out=1").await;
    assert!(page.body.contains("You are signed out."), "{}", page.body);
    assert!(browser.get("/").await.body.contains("id=\"sign-in\""));
}

fn neutral(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer.body.contains("not available at the moment")
            && answer.body.contains("help@bank.example"),
        "{}",
        answer.body
    );
    assert!(
        answer.body.contains("Sign out</button>"),
        "they are still signed in there: {}",
        answer.body
    );
    for telling in ["eject", "KYC", "role", "disabled"] {
        assert!(!answer.body.contains(telling), "{telling}: {}", answer.body);
    }
}

#[tokio::test]
async fn who_is_no_customer_or_locked_out_reads_one_neutral_sentence() {
    let bank = Bank::open().await;
    let ada = bank.customer().await;
    let id: Uuid = ada.customer_id.clone().unwrap().parse().unwrap();
    let claim = |value: &str| Person {
        customer_id: Some(value.to_owned()),
        ..Person::new()
    };
    let strangers = [
        Person::new(),
        Person::customer(Uuid::now_v7()),
        claim("not a uuid"),
        claim(""),
    ];
    let mut browser = bank.app.customer_browser();
    for stranger in &strangers {
        neutral(&signs_in(&mut browser, &bank.customers, stranger).await);
        assert!(browser.get("/").await.body.contains("id=\"sign-in\""));
    }
    let mut inside = bank.at_the_portal(&ada).await;
    bank.app.reviewed(id, "RED", 50).await;
    neutral(&inside.get("/").await);
    assert!(
        inside.get("/").await.body.contains("id=\"sign-in\""),
        "the session has ended"
    );
    let out = inside.post("/logout", &[]).await;
    assert!(parameters(&out).contains_key("id_token_hint"));
    neutral(&signs_in(&mut browser, &bank.customers, &ada).await);
    assert_eq!(bank.sessions().await, 0);
}

#[tokio::test]
async fn an_operator_of_the_other_realm_is_nobody_at_the_portal() {
    let bank = Bank::open().await;
    let ada = bank.customer().await;
    let mut browser = bank.app.customer_browser();
    let sent = browser.get("/login/keycloak").await;
    let address = bank.internal.sign_in(&url(sent.header("location")), &ada);
    let answer = browser.get(&super::back(&address)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.body.contains("did not confirm"), "{}", answer.body);
    // A session of the panel is none of the portal.
    let operator = bank.operator(access::Role::Admin);
    let mut panel = bank.at_the_panel(&operator).await;
    let secret = panel.cookie.take().unwrap();
    browser.cookie = Some(secret.replace("usher_admin", "usher_portal"));
    assert!(browser.get("/").await.body.contains("id=\"sign-in\""));
}

#[tokio::test]
async fn while_the_provider_is_away_who_is_inside_stays_inside() {
    let bank = Bank::open().await;
    let ada = bank.customer().await;
    let mut inside = bank.at_the_portal(&ada).await;
    bank.customers.feels(Mood::Away);
    assert_eq!(inside.get("/").await.status, StatusCode::OK);
    let page = bank.app.customer_browser().get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("does not answer"), "{}", page.body);
    assert!(!page.body.contains("Keycloak"), "{}", page.body);
}

#[tokio::test]
async fn a_session_that_began_with_a_password_is_worth_nothing_here() {
    let bank = Bank::open().await;
    let ada = bank.customer().await;
    let mut inside = bank.at_the_portal(&ada).await;
    sqlx::query!("UPDATE web_sessions SET data = data #- '{who,by_provider}'")
        .execute(&bank.app.pool)
        .await
        .unwrap();
    assert!(inside.get("/").await.body.contains("id=\"sign-in\""));
}

/// The provider asks for the password and keeps it; here one only comes back to where one was.
#[tokio::test]
async fn a_password_is_changed_at_the_provider() {
    let bank = Bank::open().await;
    let ada = bank.customer().await;
    let mut browser = bank.at_the_portal(&ada).await;
    let page = browser.get("/security").await;
    assert!(
        page.body.contains("href=\"/security/password\"")
            && !page.body.contains("type=\"password\""),
        "{}",
        page.body
    );
    for (status, location, words) in [
        (
            "success",
            "/security?password=changed",
            "Your password was changed.",
        ),
        (
            "cancelled",
            "/security?password=kept",
            "Your password was not changed.",
        ),
    ] {
        let sent = browser.get("/security/password").await;
        assert_eq!(parameters(&sent)["kc_action"], "UPDATE_PASSWORD");
        let mut back = bank.customers.sign_in(&url(sent.header("location")), &ada);
        back.query_pairs_mut()
            .append_pair("kc_action_status", status);
        let answer = browser.get(&super::back(&back)).await;
        assert_eq!(answer.header("location"), location);
        let page = browser.get(location).await;
        assert!(page.body.contains(words), "{}", page.body);
    }
    // Such an answer leads nowhere else.
    let mut back: url::Url = url(PORTAL)
        .join(&super::there(&mut browser, &bank.customers, &ada).await)
        .unwrap();
    back.query_pairs_mut()
        .append_pair("kc_action_status", "success");
    let answer = browser.get(&super::back(&back)).await;
    assert_eq!(answer.header("location"), "/");
    // Who is not inside is asked to sign in, not for a new password.
    let mut stranger = bank.app.customer_browser();
    let asked = stranger.get("/security/password").await;
    assert!(
        !asked.headers.contains_key("location") || asked.header("location") == "/",
        "{}",
        asked.body
    );
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_this_person_and_of_nobody_else() {
    let bank = Bank::open().await;
    let ada = bank.customer().await;
    let mut here = bank.at_the_portal(&ada).await;
    let elsewhere = Person {
        sid: "another-device".to_owned(),
        ..ada.clone()
    };
    let mut there = bank.at_the_portal(&elsewhere).await;
    let id = Uuid::now_v7();
    bank.app.approved(id, "ben@bank.example").await;
    let mut ben = bank.at_the_portal(&Person::customer(id)).await;

    let out = here.post("/security/sign-out", &[]).await;
    assert_eq!(out.header("location"), "/login?signed_out=everywhere");
    for browser in [&mut here, &mut there] {
        assert!(browser.get("/").await.body.contains("id=\"sign-in\""));
    }
    assert!(!ben.get("/").await.body.contains("id=\"sign-in\""));
}
