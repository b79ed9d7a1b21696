//! Programs' access tokens and the provider's logout tokens: what is taken, and everything that isn't.

use chrono::Utc;
use futures::future::join_all;
use oidc::{
    BearerError, BearerTokens, Ended, LogoutTokenError, RelyingParty,
    testing::{FakeProvider, Key, Mood, Person},
};
use serde_json::{Value, json};
use uuid::Uuid;

fn bearer_tokens(provider: &FakeProvider) -> BearerTokens {
    BearerTokens::new(provider.issuer(), reqwest::Client::new())
}

fn client(provider: &FakeProvider) -> RelyingParty {
    let at = |path: &str| format!("http://127.0.0.1:7600/{path}").parse().unwrap();
    RelyingParty::new(provider.config(at("login/callback"), at("login?signed_out=1")))
}

/// The claims with some of them changed; null takes one away.
fn changed(mut claims: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn from_now(seconds: i64) -> i64 {
    Utc::now().timestamp() + seconds
}

#[tokio::test]
async fn an_access_token_speaks_for_its_user_and_nothing_else_does() {
    let provider = FakeProvider::start().await;
    let tokens = bearer_tokens(&provider);
    let sub = Uuid::new_v4();
    let claims = provider.access_claims(sub);
    assert_eq!(
        tokens.verify(&provider.signed(&claims)).await.unwrap().sub,
        sub
    );
    let soon = changed(
        claims.clone(),
        json!({"aud": BearerTokens::AUDIENCE, "nbf": from_now(10)}),
    );
    tokens.verify(&provider.signed(&soon)).await.unwrap();

    for change in [
        json!({"iss": "https://evil.example/realms/test"}),
        json!({"iss": null}),
        json!({"iss": ["https://evil.example", provider.issuer()]}),
        json!({"aud": "usher"}),
        json!({"aud": null}),
        json!({"exp": from_now(-60)}),
        json!({"exp": null}),
        json!({"nbf": from_now(600)}),
        json!({"typ": "ID"}),
        json!({"typ": "Logout"}),
        json!({"typ": "Refresh"}),
        json!({"typ": null}),
        json!({"sub": null}),
        json!({"sub": "service-account-robot"}),
    ] {
        let token = provider.signed(&changed(claims.clone(), change.clone()));
        let refused = tokens.verify(&token).await;
        assert!(
            matches!(refused, Err(BearerError::Refused(_))),
            "{change}: {refused:?}"
        );
    }
    let right = provider.signed(&claims);
    let first = Key::nth(0);
    for (how, token) in [
        ("not signed", first.unsigned(&claims)),
        (
            "HMAC with the public key",
            first.hmac_with_the_public_half(&claims),
        ),
        ("a stranger's key", Key::strangers().sign(&claims)),
        (
            "a stranger's key, well named",
            Key::strangers().sign_as("first", &claims),
        ),
        ("the key for encryption", Key::nth(2).sign(&claims)),
        ("empty", String::new()),
        ("no token", "usher_abc".to_owned()),
        ("cut off", right[..right.len() - 3].to_owned()),
        ("too long", format!("{right}{}", "A".repeat(20_000))),
    ] {
        let refused = tokens.verify(&token).await;
        assert!(
            matches!(refused, Err(BearerError::Refused(_))),
            "{how}: {refused:?}"
        );
        if let Err(refused) = refused {
            assert!(token.is_empty() || !refused.to_string().contains(&token));
        }
    }
    tokens.verify(&right).await.unwrap();
}

#[tokio::test]
async fn new_keys_are_found_and_made_up_ones_cost_nothing() {
    let provider = FakeProvider::start().await;
    let tokens = bearer_tokens(&provider);
    let claims = provider.access_claims(Uuid::new_v4());
    let old = provider.signed(&claims);
    let at_once = (0..20).map(|_| tokens.verify(&old));
    for taken in join_all(at_once).await {
        taken.unwrap();
    }
    assert_eq!(provider.asked_for_keys(), 1, "they wait for one fetch");

    provider.rotate();
    let new = provider.signed(&claims);
    let at_once = (0..20).map(|_| tokens.verify(&new));
    for taken in join_all(at_once).await {
        taken.unwrap();
    }
    assert_eq!(provider.asked_for_keys(), 2);
    let refused = tokens.verify(&old).await;
    assert!(
        matches!(refused, Err(BearerError::Refused(_))),
        "a key that was withdrawn: {refused:?}"
    );
    for name in ["a", "b", "c"] {
        let made_up = Key::strangers().sign_as(name, &claims);
        assert!(tokens.verify(&made_up).await.is_err());
    }
    assert_eq!(provider.asked_for_keys(), 2, "not again so soon");
}

#[tokio::test]
async fn that_the_provider_is_away_is_no_refusal() {
    let provider = FakeProvider::start().await;
    let tokens = bearer_tokens(&provider);
    let token = provider.signed(&provider.access_claims(Uuid::new_v4()));
    for mood in [Mood::Away, Mood::HalfWritten] {
        provider.feels(mood);
        let away = tokens.verify(&token).await;
        assert!(
            matches!(away, Err(BearerError::Away(_))),
            "{mood:?}: {away:?}"
        );
        assert!(matches!(
            tokens.verify("rubbish").await,
            Err(BearerError::Refused(_))
        ));
    }
    provider.feels(Mood::Well);
    tokens.verify(&token).await.unwrap();

    // What is known goes on working, but of a new key nobody can tell.
    provider.feels(Mood::Away);
    tokens.verify(&token).await.unwrap();
    let unknown = Key::nth(1).sign(&provider.access_claims(Uuid::new_v4()));
    for _ in 0..2 {
        let away = tokens.verify(&unknown).await;
        assert!(matches!(away, Err(BearerError::Away(_))), "{away:?}");
    }
}

#[tokio::test]
async fn a_logout_token_names_whose_sessions_ended() {
    let provider = FakeProvider::start().await;
    let client = client(&provider);
    let person = Person::new();
    let claims = provider.logout_claims(&person);
    let whole = Ended {
        sub: Some(person.sub),
        session: Some(person.sid.clone()),
    };
    for (change, ended) in [
        (json!({}), whole.clone()),
        (json!({"iat": from_now(-120)}), whole.clone()),
        (
            json!({"sid": null}),
            Ended {
                session: None,
                ..whole.clone()
            },
        ),
        (
            json!({"sub": null}),
            Ended {
                sub: None,
                ..whole.clone()
            },
        ),
        (
            json!({"sub": "f:ldap:ada"}),
            Ended {
                sub: None,
                ..whole.clone()
            },
        ),
    ] {
        let token = provider.signed(&changed(claims.clone(), change.clone()));
        assert_eq!(client.ended(&token).await.unwrap(), ended, "{change}");
    }
    for change in [
        json!({"nonce": "n"}),
        json!({"events": null}),
        json!({"events": {}}),
        json!({"events": {"http://schemas.openid.net/event/backchannel-logout": true}}),
        json!({"events": {"http://schemas.openid.net/event/another": {}}}),
        json!({"sub": null, "sid": null}),
        json!({"sub": "f:ldap:ada", "sid": ""}),
        json!({"iat": from_now(-600)}),
        json!({"iat": from_now(600)}),
        json!({"iat": null}),
        json!({"exp": from_now(-60)}),
        json!({"exp": null}),
        json!({"iss": "https://evil.example/realms/test"}),
        json!({"aud": "another"}),
        json!({"aud": null}),
    ] {
        let token = provider.signed(&changed(claims.clone(), change.clone()));
        let refused = client.ended(&token).await;
        assert!(
            matches!(refused, Err(LogoutTokenError::Refused(_))),
            "{change}: {refused:?}"
        );
    }
    let first = Key::nth(0);
    for token in [
        first.unsigned(&claims),
        first.hmac_with_the_public_half(&claims),
        Key::strangers().sign_as("first", &claims),
        provider.signed(&provider.access_claims(person.sub)),
        String::new(),
    ] {
        let refused = client.ended(&token).await;
        assert!(
            matches!(refused, Err(LogoutTokenError::Refused(_))),
            "{refused:?}"
        );
    }
    provider.rotate();
    client.ended(&provider.signed(&claims)).await.unwrap();
}

#[tokio::test]
async fn a_logout_token_that_nobody_can_check_ends_nothing() {
    let provider = FakeProvider::start().await;
    provider.feels(Mood::Away);
    let token = provider.signed(&provider.logout_claims(&Person::new()));
    let away = client(&provider).ended(&token).await;
    assert!(matches!(away, Err(LogoutTokenError::Away(_))), "{away:?}");
}
