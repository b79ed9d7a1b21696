//! Signing in at the panel comes to nothing: what is said, and that nobody is in.

use ::oidc::testing::Mood;
use access::Role;
use axum::http::StatusCode;

use super::{Bank, back, signs_in, there};
use crate::common::{Answer, Browser, url};

/// Says no in words, offers to begin again, and lets nobody in.
async fn refused(browser: &mut Browser, answer: &Answer, status: StatusCode, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains(words), "{words}: {}", answer.body);
    assert!(
        answer.body.contains("href=\"/login\">Sign in again</a>"),
        "{}",
        answer.body
    );
    let id = answer.header("x-request-id");
    assert!(answer.body.contains(id), "{}", answer.body);
    assert_eq!(
        browser.get("/prospects").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_sign_in_counts_once_and_in_its_own_browser() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.app.browser();
    let not_here = "can&#39;t be finished";
    let bad = StatusCode::BAD_REQUEST;
    for path in [
        "/login/callback",
        "/login/callback?state=made-up&code=made-up",
        "/login/callback?code=made-up",
        "/login/callback?error=access_denied",
        "/login/callback?state=&code=",
    ] {
        let answer = browser.get(path).await;
        refused(&mut browser, &answer, bad, not_here).await;
    }

    let address = there(&mut browser, &bank.internal, &ada).await;
    let mut another = bank.app.browser();
    let answer = another.get(&address).await;
    refused(&mut another, &answer, bad, not_here).await;

    let entered = browser.get(&address).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let again = browser.get(&address).await;
    assert_eq!(again.status, bad, "{}", again.body);
    assert!(again.body.contains(not_here));
    assert_eq!(
        browser.get("/prospects").await.status,
        StatusCode::OK,
        "the session that it began is still there"
    );
}

#[tokio::test]
async fn what_the_provider_or_somebody_in_between_says_wrong_lets_nobody_in() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.app.browser();

    let address = there(&mut browser, &bank.internal, &ada).await;
    let denied = address.replace("&code=", "&error=access_denied&was=");
    let answer = browser.get(&denied).await;
    refused(&mut browser, &answer, StatusCode::FORBIDDEN, "was given up").await;
    let answer = browser.get(&address).await;
    refused(
        &mut browser,
        &answer,
        StatusCode::BAD_REQUEST,
        "has been finished before",
    )
    .await;

    for (from, to, status, words) in [
        (
            "&code=",
            "&code=x",
            StatusCode::UNAUTHORIZED,
            "did not confirm",
        ),
        (
            "&code=",
            "&no=",
            StatusCode::UNAUTHORIZED,
            "did not confirm",
        ),
        (
            "&iss=http",
            "&iss=https",
            StatusCode::UNAUTHORIZED,
            "did not confirm",
        ),
        (
            "&code=",
            "&error=temporarily_unavailable&was=",
            StatusCode::SERVICE_UNAVAILABLE,
            "does not answer",
        ),
        (
            "&code=",
            "&error=%3Cb%3E&was=",
            StatusCode::UNAUTHORIZED,
            "did not confirm",
        ),
    ] {
        let address = there(&mut browser, &bank.internal, &ada).await;
        let answer = browser.get(&address.replace(from, to)).await;
        refused(&mut browser, &answer, status, words).await;
        assert!(!answer.body.contains("<b>"));
    }

    let address = there(&mut browser, &bank.internal, &ada).await;
    sqlx::query!(
        "UPDATE web_sessions SET data = jsonb_set(data, '{attempts,0,begun_at}', to_jsonb(now() - interval '11 minutes'))"
    )
    .execute(&bank.app.pool)
    .await
    .unwrap();
    let answer = browser.get(&address).await;
    refused(
        &mut browser,
        &answer,
        StatusCode::BAD_REQUEST,
        "took too long",
    )
    .await;
    assert_eq!(bank.sessions().await, 0);
}

#[tokio::test]
async fn a_customer_of_the_other_realm_is_nobody_at_the_panel() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.app.browser();
    // The customers' realm gave the code.
    let sent = browser.get("/login/keycloak").await;
    let address = bank.customers.sign_in(&url(sent.header("location")), &ada);
    let answer = browser.get(&back(&address)).await;
    refused(
        &mut browser,
        &answer,
        StatusCode::UNAUTHORIZED,
        "did not confirm",
    )
    .await;
    // Or the token. (The two realms here have the same key.)
    let other = bank.customers.issuer();
    bank.internal.makes_id_tokens(move |key, mut claims| {
        claims["iss"] = other.as_str().into();
        key.sign(&claims)
    });
    let answer = signs_in(&mut browser, &bank.internal, &ada).await;
    refused(
        &mut browser,
        &answer,
        StatusCode::UNAUTHORIZED,
        "did not confirm",
    )
    .await;
}

#[tokio::test]
async fn while_the_provider_is_away_nobody_is_sent_to_a_dead_page() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut inside = bank.at_the_panel(&ada).await;
    let mut browser = bank.app.browser();
    let address = there(&mut browser, &bank.internal, &ada).await;
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    for mood in [Mood::Away, Mood::HalfWritten] {
        bank.internal.feels(mood);
        let page = bank.app.browser().get("/login?next=%2Fcustomers").await;
        assert_eq!(page.status, unavailable, "{mood:?}");
        assert!(page.body.contains("does not answer"), "{}", page.body);
        assert!(
            page.body.contains("action=\"/login\"") && page.body.contains("value=\"/customers\""),
            "it can be tried again: {}",
            page.body
        );
        assert!(!page.body.contains("/login/keycloak"), "{}", page.body);
        // The page was there before the provider went away.
        let mut late = bank.app.browser();
        let answer = late.get("/login/keycloak").await;
        refused(&mut late, &answer, unavailable, "does not answer").await;
    }
    bank.internal.feels(Mood::Away);
    let answer = browser.get(&address).await;
    refused(&mut browser, &answer, unavailable, "does not answer").await;
    let out = inside.post("/logout", &[]).await;
    assert_eq!(out.header("location"), "/login?signed_out=here");
    let page = inside.get("/login?signed_out=here").await;
    assert!(
        page.body.contains("You are signed out here."),
        "{}",
        page.body
    );
    assert_eq!(bank.sessions().await, 0);

    bank.internal.feels(Mood::Well);
    assert_eq!(
        bank.app.browser().get("/login").await.status,
        StatusCode::OK
    );
    bank.at_the_panel(&ada).await;
}

#[tokio::test]
async fn a_provider_that_goes_by_another_address_is_said_as_that() {
    let bank = Bank::open().await;
    let elsewhere = "https://login.bank.example/realms/test";
    bank.internal.calls_itself(elsewhere.parse().unwrap());
    let mut browser = bank.app.browser();
    let answer = browser.get("/login/keycloak").await;
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    refused(
        &mut browser,
        &answer,
        unavailable,
        "goes by another address",
    )
    .await;
    assert!(answer.body.contains("usher doctor"), "{}", answer.body);
}

#[tokio::test]
async fn beginning_over_and_over_is_slowed_down() {
    let bank = Bank::open().await;
    // One more is let through each second, so a slow machine takes a few more than 60.
    for _ in 0..600 {
        let answer = bank.app.browser().get("/login/keycloak").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(!answer.header("retry-after").is_empty());
            return;
        }
    }
    panic!("nobody was slowed down");
}

#[tokio::test]
async fn a_session_that_began_with_a_password_is_worth_nothing_here() {
    let bank = Bank::open().await;
    let ada = bank.operator(Role::Admin);
    let mut browser = bank.at_the_panel(&ada).await;
    sqlx::query!("UPDATE web_sessions SET data = data #- '{who,by_provider}'")
        .execute(&bank.app.pool)
        .await
        .unwrap();
    assert_eq!(
        browser.get("/prospects").await.status,
        StatusCode::SEE_OTHER
    );
}
