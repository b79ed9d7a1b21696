//! Programs with access tokens of the internal realm.

use std::{sync::atomic::Ordering, time::Duration};

use ::oidc::testing::{Key, Mood, Person};
use access::Role;
use axum::http::StatusCode;
use serde_json::Value;

use super::Bank;
use crate::common::{Answer, Browser};

fn program(bank: &Bank, token: &str) -> Browser {
    let bearer = format!("Bearer {token}");
    bank.app.browser().with(&[("authorization", &bearer)])
}

async fn asks(bank: &Bank, token: &str) -> Answer {
    program(bank, token).get("/prospects").await
}

async fn asks_api(bank: &Bank, token: &str) -> Answer {
    program(bank, token).post("/graphql", &[]).await
}

#[tokio::test]
async fn a_program_may_do_what_its_user_may_as_of_now() {
    let bank = Bank::open().await;
    let robot = bank.operator(Role::OnboardingOfficer);
    let token = bank
        .internal
        .signed(&bank.internal.access_claims(robot.sub));
    let mut program = program(&bank, &token);
    assert_eq!(program.get("/prospects").await.status, StatusCode::OK);
    let form = [("email", "p@bank.example"), ("customer_type", "individual")];
    let made = program.post("/prospects", &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    assert!(program.cookie.is_none(), "no session begins");
    let who =
        sqlx::query_scalar!("SELECT subject FROM audit_entries WHERE action = 'prospect.create'")
            .fetch_one(&bank.app.pool)
            .await
            .unwrap();
    assert_eq!(who, format!("operator:{}", robot.sub));

    // The API lets it in, too, and asks for JSON.
    let api = asks_api(&bank, &token).await;
    assert_eq!(api.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let stranger = asks_api(&bank, "rubbish").await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert!(
        stranger.body.contains("UNAUTHENTICATED"),
        "{}",
        stranger.body
    );

    bank.staff.has(&robot, Some(Role::Auditor));
    assert_eq!(
        program.get("/prospects/new").await.status,
        StatusCode::FORBIDDEN
    );
    bank.staff.has(&robot, None);
    let answer = program.get("/prospects").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("no role in Usher"), "{}", answer.body);
    bank.staff.away.store(true, Ordering::Relaxed);
    assert_eq!(
        program.get("/prospects").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn what_is_no_access_token_for_usher_is_refused() {
    let bank = Bank::open().await;
    let robot = bank.operator(Role::Admin);
    let right = bank.internal.access_claims(robot.sub);
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        bank.internal.signed(&claims)
    };
    let customers = bank.customers.access_claims(robot.sub);
    for (how, token) in [
        ("of the customers' realm", bank.customers.signed(&customers)),
        ("an ID token", with("typ", "ID".into())),
        ("for another program", with("aud", "another".into())),
        ("ended", with("exp", 1.into())),
        (
            "a logout token",
            bank.internal.signed(&bank.internal.logout_claims(&Person {
                sub: robot.sub,
                ..Person::new()
            })),
        ),
        (
            "a stranger's key",
            Key::strangers().sign_as("first", &right),
        ),
        ("not signed", Key::nth(0).unsigned(&right)),
        ("HMAC", Key::nth(0).hmac_with_the_public_half(&right)),
        ("rubbish", "rubbish".to_owned()),
        ("one of ours that never was", "usher_nonsense".to_owned()),
    ] {
        let answer = asks(&bank, &token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{how}");
        assert!(
            answer.header("www-authenticate").starts_with("Bearer"),
            "{how}"
        );
    }
    assert_eq!(
        asks(&bank, &bank.internal.signed(&right)).await.status,
        StatusCode::OK
    );
    // A session beside a wrong token doesn't heal it.
    let mut both = bank
        .at_the_panel(&robot)
        .await
        .with(&[("authorization", "Bearer rubbish")]);
    assert_eq!(
        both.get("/prospects").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn our_own_tokens_are_taken_as_ever_also_while_the_provider_is_away() {
    let bank = Bank::open().await;
    let robot = bank.operator(Role::Admin);
    let theirs = bank
        .internal
        .signed(&bank.internal.access_claims(robot.sub));
    let hour = Duration::from_secs(3600);
    let (_, ours) = bank
        .app
        .tokens
        .mint("robot", Role::Admin, hour)
        .await
        .unwrap();
    bank.internal.feels(Mood::Away);
    assert_eq!(asks(&bank, &ours).await.status, StatusCode::OK);
    let away = asks(&bank, &theirs).await;
    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        away.body.contains("Keycloak does not answer"),
        "{}",
        away.body
    );
    bank.internal.feels(Mood::Well);
    assert_eq!(asks(&bank, &theirs).await.status, StatusCode::OK);
    bank.internal.rotate();
    let claims = bank.internal.access_claims(robot.sub);
    assert_eq!(
        asks(&bank, &bank.internal.signed(&claims)).await.status,
        StatusCode::OK,
        "a new key is found"
    );
}
