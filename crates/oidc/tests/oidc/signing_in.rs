//! A person signs in and out: what is taken, and everything that isn't.

use std::{collections::HashMap, time::Duration};

use chrono::{TimeDelta, Utc};
use oidc::{
    Attempt, Away, BearerTokens, Identity, OidcConfig, OidcError, RelyingParty,
    testing::{CLIENT, FakeProvider, Key, Mood, Person, SECRET},
};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

fn config(provider: &FakeProvider) -> OidcConfig {
    let at = |path: &str| format!("http://127.0.0.1:7600/{path}").parse().unwrap();
    provider.config(at("login/callback"), at("login?signed_out=1"))
}

/// What the person comes back with.
struct Back {
    code: String,
    issuer: String,
    state: String,
}

fn back(address: &Url) -> Back {
    let query: HashMap<String, String> = address.query_pairs().into_owned().collect();
    Back {
        code: query["code"].clone(),
        issuer: query["iss"].clone(),
        state: query["state"].clone(),
    }
}

async fn signs_in(
    client: &RelyingParty,
    provider: &FakeProvider,
    person: &Person,
) -> Result<Identity, OidcError> {
    let (address, attempt) = client.begin("/".to_owned()).await?;
    let back = back(&provider.sign_in(&address, person));
    client.finish(attempt, back.code, Some(&back.issuer)).await
}

/// Puts it that far into the past.
fn aged(attempt: &Attempt, by: TimeDelta) -> Attempt {
    let mut stored = serde_json::to_value(attempt).unwrap();
    stored["begun_at"] = json!(Utc::now() - by);
    serde_json::from_value(stored).unwrap()
}

#[tokio::test]
async fn who_signs_in_is_known_by_what_the_provider_says() {
    let provider = FakeProvider::start().await;
    let client = RelyingParty::new(config(&provider));
    assert_eq!(
        provider.asked_for_keys(),
        0,
        "nothing is fetched to begin with"
    );
    let customer = Uuid::now_v7();
    let person = Person::customer(customer);

    let (address, attempt) = client.begin("/prospects".to_owned()).await.unwrap();
    assert_eq!(address.origin(), provider.issuer().origin());
    assert_eq!(attempt.next(), "/prospects");
    let stored = serde_json::to_string(&attempt).unwrap();
    let attempt: Attempt = serde_json::from_str(&stored).unwrap();
    let back = back(&provider.sign_in(&address, &person));
    assert_eq!(attempt.state(), back.state);
    let identity = client
        .finish(attempt, back.code, Some(&back.issuer))
        .await
        .unwrap();
    assert_eq!(identity.sub, person.sub);
    assert_eq!(identity.session, Some(person.sid.clone()));
    assert_eq!(identity.customer_id, Some(customer));
    assert_eq!(identity.email.as_deref(), Some("ada@bank.example"));
    assert_eq!(identity.preferred_username.as_deref(), Some("ada"));

    let out = client.sign_out_url(Some(&identity.id_token)).await.unwrap();
    let query: HashMap<String, String> = out.query_pairs().into_owned().collect();
    assert_eq!(query["id_token_hint"], identity.id_token);
    assert_eq!(query["client_id"], CLIENT);
    assert_eq!(
        query["post_logout_redirect_uri"],
        "http://127.0.0.1:7600/login?signed_out=1"
    );
    let without = client.sign_out_url(None).await.unwrap();
    assert!(!without.as_str().contains("id_token_hint"), "{without}");

    let operator = signs_in(&client, &provider, &Person::new()).await.unwrap();
    assert_eq!(operator.customer_id, None);
    assert_eq!(provider.asked_for_keys(), 1, "and only once then");
}

#[tokio::test]
async fn nothing_that_opens_a_door_is_printed() {
    let provider = FakeProvider::start().await;
    let config = config(&provider);
    let client = RelyingParty::new(config.clone());
    let (address, attempt) = client.begin(String::new()).await.unwrap();
    let stored = serde_json::to_value(&attempt).unwrap();
    let mut printed = format!("{config:?} {client:?} {attempt:?}");
    let back = back(&provider.sign_in(&address, &Person::new()));
    let identity = client.finish(attempt, back.code, None).await.unwrap();
    printed += &format!("{identity:?}");
    for secret in [
        SECRET,
        stored["verifier"].as_str().unwrap(),
        stored["nonce"].as_str().unwrap(),
        stored["state"].as_str().unwrap(),
        &identity.id_token,
        "ada@bank.example",
    ] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// An ID token that is wrong in one way.
type Wrong = fn(&Key, Value) -> String;

fn with(key: &Key, mut claims: Value, name: &str, value: Value) -> String {
    claims[name] = value;
    key.sign(&claims)
}

fn without(key: &Key, mut claims: Value, name: &str) -> String {
    claims.as_object_mut().unwrap().remove(name);
    key.sign(&claims)
}

fn from_now(seconds: i64) -> Value {
    (Utc::now().timestamp() + seconds).into()
}

#[tokio::test]
async fn an_id_token_that_is_wrong_in_any_way_signs_nobody_in() {
    let wrong: &[(&str, Wrong)] = &[
        ("another issuer", |key, claims| {
            with(
                key,
                claims,
                "iss",
                "https://evil.example/realms/test".into(),
            )
        }),
        ("no issuer", |key, claims| without(key, claims, "iss")),
        ("for another client", |key, claims| {
            with(key, claims, "aud", "another".into())
        }),
        ("for others as well", |key, claims| {
            with(key, claims, "aud", json!([CLIENT, "another"]))
        }),
        ("another sign-in's nonce", |key, claims| {
            with(key, claims, "nonce", "another".into())
        }),
        ("no nonce", |key, claims| without(key, claims, "nonce")),
        ("ended", |key, claims| {
            with(key, claims, "exp", from_now(-1))
        }),
        ("made long ago", |key, claims| {
            with(key, claims, "iat", from_now(-3600))
        }),
        ("made in the future", |key, claims| {
            with(key, claims, "iat", from_now(3600))
        }),
        ("a subject that is no UUID", |key, claims| {
            with(key, claims, "sub", "f:ldap:ada".into())
        }),
        ("rubbish", |_, _| "rubbish".to_owned()),
        ("not signed", |key, claims| key.unsigned(&claims)),
        ("HMAC with the public key", |key, claims| {
            key.hmac_with_the_public_half(&claims)
        }),
        ("HMAC with the client's secret", |key, claims| {
            key.hmac(SECRET.as_bytes(), &claims)
        }),
        ("a stranger's key", |_, claims| {
            Key::strangers().sign(&claims)
        }),
        ("a stranger's key under the right name", |_, claims| {
            Key::strangers().sign_as("first", &claims)
        }),
        ("the key for encryption", |_, claims| {
            Key::nth(2).sign(&claims)
        }),
        ("claims changed after signing", |key, claims| {
            let right = key.sign(&claims);
            let mut other = claims;
            other["sub"] = json!(Uuid::new_v4());
            let changed = key.sign(&other);
            let signature = right.rsplit('.').next().unwrap();
            format!("{}.{signature}", changed.rsplit_once('.').unwrap().0)
        }),
    ];
    let provider = FakeProvider::start().await;
    let client = RelyingParty::new(config(&provider));
    for (how, make) in wrong {
        provider.makes_id_tokens(make);
        let refused = signs_in(&client, &provider, &Person::new()).await;
        assert!(
            matches!(refused, Err(OidcError::TokenRefused(_))),
            "{how}: {refused:?}"
        );
    }
    provider.makes_id_tokens(|key, claims| key.sign(&claims));
    signs_in(&client, &provider, &Person::new()).await.unwrap();
}

#[tokio::test]
async fn a_code_is_good_once_and_only_for_its_own_attempt() {
    let provider = FakeProvider::start().await;
    let client = RelyingParty::new(config(&provider));
    let person = Person::new();
    let (address, attempt) = client.begin(String::new()).await.unwrap();
    let code = back(&provider.sign_in(&address, &person)).code;

    let late = aged(&attempt, TimeDelta::minutes(11));
    assert!(late.is_over() && !attempt.is_over());
    let refused = client.finish(late, code.clone(), None).await;
    assert!(matches!(refused, Err(OidcError::TooLate)), "{refused:?}");
    let almost = aged(&attempt, TimeDelta::minutes(9));
    client.finish(almost, code.clone(), None).await.unwrap();
    let refused = client.finish(attempt.clone(), code, None).await;
    assert!(
        matches!(refused, Err(OidcError::CodeRefused(_))),
        "used before: {refused:?}"
    );

    // Somebody else's code, slipped in.
    let (theirs, _) = client.begin(String::new()).await.unwrap();
    let code = back(&provider.sign_in(&theirs, &Person::new())).code;
    let refused = client.finish(attempt.clone(), code, None).await;
    assert!(
        matches!(refused, Err(OidcError::CodeRefused(_))),
        "{refused:?}"
    );
    let refused = client
        .finish(attempt, String::new(), Some("https://evil.example"))
        .await;
    assert!(
        matches!(refused, Err(OidcError::WrongIssuer)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_a_wrong_code() {
    let provider = FakeProvider::start().await;
    let client = RelyingParty::new(OidcConfig {
        client_secret: "another".to_owned(),
        ..config(&provider)
    });
    let refused = signs_in(&client, &provider, &Person::new())
        .await
        .unwrap_err();
    assert!(
        matches!(refused, OidcError::ClientRefused(_)),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("usher doctor"));
}

#[tokio::test]
async fn keys_are_fetched_anew_for_one_that_nobody_knows() {
    let provider = FakeProvider::start().await;
    let client = RelyingParty::new(config(&provider));
    signs_in(&client, &provider, &Person::new()).await.unwrap();
    provider.rotate();
    signs_in(&client, &provider, &Person::new()).await.unwrap();
    assert_eq!(provider.asked_for_keys(), 2);
}

#[tokio::test]
async fn a_provider_that_is_away_is_said_to_be_away_and_comes_back() {
    let provider = FakeProvider::start().await;
    let client = RelyingParty::new(config(&provider));
    for mood in [Mood::Away, Mood::HalfWritten] {
        provider.feels(mood);
        let away = client.begin(String::new()).await.unwrap_err();
        assert!(matches!(away, OidcError::Away(_)), "{mood:?}: {away:?}");
        assert!(client.sign_out_url(None).await.is_err());
    }
    provider.feels(Mood::Well);
    let (address, attempt) = client.begin(String::new()).await.unwrap();
    let code = back(&provider.sign_in(&address, &Person::new())).code;
    for mood in [Mood::Away, Mood::HalfWritten] {
        provider.feels(mood);
        let away = client.finish(attempt.clone(), code.clone(), None).await;
        assert!(
            matches!(away, Err(OidcError::Away(_))),
            "{mood:?}: {away:?}"
        );
    }
    provider.feels(Mood::Well);
    client.finish(attempt, code, None).await.unwrap();
}

#[tokio::test]
async fn nobody_waits_for_a_provider_that_hangs() {
    let provider = FakeProvider::start().await;
    let client = RelyingParty::new(config(&provider)).with_patience(Duration::from_millis(200));
    let (address, attempt) = client.begin(String::new()).await.unwrap();
    let code = back(&provider.sign_in(&address, &Person::new())).code;
    assert!(client.answers().await);
    provider.feels(Mood::Hangs);
    let away = client.finish(attempt, code, None).await.unwrap_err();
    assert!(
        matches!(&away, OidcError::Away(_)) && away.to_string().contains("no answer in time"),
        "{away}"
    );
    assert!(!client.answers().await);
    provider.feels(Mood::Well);
    assert!(client.answers().await);
}

#[tokio::test]
async fn whether_the_provider_answers_is_believed_for_a_moment() {
    let provider = FakeProvider::start().await;
    let client = RelyingParty::new(config(&provider));
    assert!(client.answers().await);
    provider.feels(Mood::Away);
    assert!(client.answers().await, "as it was just now");
}

#[tokio::test]
async fn another_issuer_than_the_configured_one_is_not_talked_to() {
    let provider = FakeProvider::start().await;
    let mut issuer = provider.issuer();
    issuer.set_host(Some("localhost")).unwrap();
    let client = RelyingParty::new(OidcConfig {
        issuer,
        ..config(&provider)
    });
    let refused = client.begin(String::new()).await.unwrap_err();
    assert!(
        matches!(refused, OidcError::Away(Away::OtherIssuer(_))),
        "{refused:?}"
    );
    let words = refused.to_string();
    for part in [
        "issuer",
        "localhost",
        "127.0.0.1",
        "identity.keycloak.public_url",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[tokio::test]
async fn a_provider_is_reached_inside_while_browsers_and_tokens_know_it_by_its_public_address() {
    // Nobody answers there.
    let public: Url = "https://login.bank.invalid/realms/test".parse().unwrap();
    let provider = FakeProvider::start_as(Some(public.clone())).await;
    let client = RelyingParty::new(config(&provider));
    assert!(client.answers().await);
    let (address, _) = client.begin("/".to_owned()).await.unwrap();
    assert_eq!(address.origin(), public.origin(), "the browser's way");
    let person = Person::new();
    let identity = signs_in(&client, &provider, &person).await.unwrap();
    assert_eq!(identity.sub, person.sub);
    let out = client.sign_out_url(None).await.unwrap();
    assert_eq!(out.origin(), public.origin());
    let logout = provider.signed(&provider.logout_claims(&person));
    client.ended(&logout).await.unwrap();
    let bearer = BearerTokens::new(public, reqwest::Client::new()).reached_at(&provider.here());
    let program = provider.signed(&provider.access_claims(person.sub));
    assert_eq!(bearer.verify(&program).await.unwrap().sub, person.sub);
}
