//! The provider says that a session has ended.

use ::oidc::testing::{FakeProvider, Key, Mood, Person};
use access::Role;
use axum::{Router, http::StatusCode};
use serde_json::{Value, json};

use super::{Bank, there};
use crate::common::{Answer, Browser};

/// As the provider does: no cookie, no origin.
async fn tells(site: &Router, token: &str) -> Answer {
    Browser::new(site.clone(), "")
        .with(&[])
        .post("/logout/back-channel", &[("logout_token", token)])
        .await
}

fn token(provider: &FakeProvider, person: &Person, without: &[&str]) -> String {
    let mut claims = provider.logout_claims(person);
    for name in without {
        claims.as_object_mut().unwrap().remove(*name);
    }
    provider.signed(&claims)
}

fn done(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// Another session of the same person.
fn elsewhere(person: &Person) -> Person {
    Person {
        sid: uuid::Uuid::new_v4().to_string(),
        ..person.clone()
    }
}

#[tokio::test]
async fn a_session_ends_with_the_providers() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut office = bank.at_the_panel(&ada).await;
    let mut home = bank.at_the_panel(&elsewhere(&ada)).await;
    done(&tells(&bank.app.admin, &token(&bank.internal, &ada, &[])).await);
    assert_eq!(office.get("/prospects").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        home.get("/prospects").await.status,
        StatusCode::OK,
        "another session is another matter"
    );
    // Said again, or of one that never was here: nothing left to do.
    done(&tells(&bank.app.admin, &token(&bank.internal, &ada, &["sub"])).await);
}

#[tokio::test]
async fn without_a_session_all_of_the_person_end() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let bob = bank.operator(Role::Admin);
    let mut office = bank.at_the_panel(&ada).await;
    let mut home = bank.at_the_panel(&elsewhere(&ada)).await;
    let mut bobs = bank.at_the_panel(&bob).await;
    done(&tells(&bank.app.admin, &token(&bank.internal, &ada, &["sid"])).await);
    assert_eq!(office.get("/prospects").await.status, StatusCode::SEE_OTHER);
    assert_eq!(home.get("/prospects").await.status, StatusCode::SEE_OTHER);
    assert_eq!(bobs.get("/prospects").await.status, StatusCode::OK);
    // It isn't held against the next one.
    bank.at_the_panel(&elsewhere(&ada)).await;
}

#[tokio::test]
async fn a_customers_session_ends_too_and_each_site_hears_its_own_realm() {
    let bank = Bank::open().await;
    let ada = bank.customer().await;
    let mut browser = bank.at_the_portal(&ada).await;
    // The panel's realm has no say at the portal, nor does the customers' realm at the panel.
    for (site, provider) in [
        (&bank.app.portal, &bank.internal),
        (&bank.app.admin, &bank.customers),
    ] {
        let answer = tells(site, &token(provider, &ada, &[])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    done(&tells(&bank.app.portal, &token(&bank.customers, &ada, &[])).await);
    assert!(browser.get("/").await.body.contains("id=\"sign-in\""));
}

#[tokio::test]
async fn what_is_no_logout_token_ends_nothing_and_is_told_so_in_json() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.at_the_panel(&ada).await;
    let right = bank.internal.logout_claims(&ada);
    let mut with_nonce = right.clone();
    with_nonce["nonce"] = "n".into();
    let refused = |answer: Answer| {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        let said: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(said["error"], json!("invalid_request"));
        assert!(said["error_description"].is_string());
    };
    for token in [
        token(&bank.internal, &ada, &["events"]),
        token(&bank.internal, &ada, &["sub", "sid"]),
        bank.internal.signed(&with_nonce),
        Key::strangers().sign_as("first", &right),
        String::new(),
    ] {
        refused(tells(&bank.app.admin, &token).await);
    }
    let mut program = Browser::new(bank.app.admin.clone(), "").with(&[]);
    refused(program.post("/logout/back-channel", &[]).await);
    assert_eq!(
        program.get("/logout/back-channel").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    bank.internal.feels(Mood::Away);
    refused(tells(&bank.app.admin, &Key::nth(1).sign(&right)).await);
    bank.internal.feels(Mood::Well);
    assert_eq!(browser.get("/prospects").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_ended_there_before_it_began_here_never_begins() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.app.browser();
    let address = there(&mut browser, &bank.internal, &ada).await;
    done(&tells(&bank.app.admin, &token(&bank.internal, &ada, &[])).await);
    let answer = browser.get(&address).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(
        answer.body.contains("Your session has ended"),
        "{}",
        answer.body
    );
    assert_eq!(bank.sessions().await, 0);

    sqlx::query!("UPDATE ended_idp_sessions SET ended_at = now() - interval '2 hours'")
        .execute(&bank.app.pool)
        .await
        .unwrap();
    let sessions = web::session::Sessions::new(bank.app.pool.clone(), web::Site::Admin);
    sessions.delete_expired().await.unwrap();
    let kept = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM ended_idp_sessions"#)
        .fetch_one(&bank.app.pool)
        .await
        .unwrap();
    assert_eq!(kept, 0, "they don't pile up");
}

#[tokio::test]
async fn without_a_provider_there_is_no_such_address() {
    let app = crate::common::App::open().await;
    let mut browser = app.browser();
    for path in ["/logout/back-channel", "/login/keycloak", "/login/callback"] {
        assert_eq!(
            browser.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let policy = browser.get("/login").await;
    let policy = policy.header("content-security-policy");
    assert!(policy.ends_with("form-action 'self'"), "{policy}");
}
