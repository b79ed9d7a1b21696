//! What a Keycloak that misbehaves comes to: each call does the right thing, and nothing is done twice.

use std::{
    collections::VecDeque,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
};
use identity::{
    DesiredLogin, IdentityError, IdentityProvider as _, LoginState, Ownership,
    keycloak::{KeycloakConfig, KeycloakIdentity},
};
use sqlx::PgPool;
use url::Url;
use uuid::Uuid;

use super::common::somebody;

/// What the next call to the admin API comes to; without any it is what a healthy Keycloak says.
enum Next {
    Status(u16),
    Says(u16, String),
    Hang,
    HalfAnAnswer,
}

#[derive(Clone, Default)]
struct Fake {
    next: Arc<Mutex<VecDeque<(Method, Next)>>>,
    tokens: Arc<AtomicUsize>,
    creates: Arc<AtomicUsize>,
    /// Calls that change something.
    changes: Arc<AtomicUsize>,
    refuse_client: Arc<std::sync::atomic::AtomicBool>,
}

impl Fake {
    fn then(&self, method: Method, next: Next) {
        self.next.lock().unwrap().push_back((method, next));
    }

    fn take(&self, method: &Method) -> Option<Next> {
        let mut next = self.next.lock().unwrap();
        let fits = next.front().is_some_and(|(of, _)| of == method);
        fits.then(|| next.pop_front())
            .flatten()
            .map(|(_, next)| next)
    }
}

async fn answer(State(fake): State<Fake>, request: Request) -> Response {
    let method = request.method().clone();
    if request.uri().path().ends_with("/token") {
        fake.tokens.fetch_add(1, Ordering::Relaxed);
        if fake.refuse_client.load(Ordering::Relaxed) {
            let body = r#"{"error":"unauthorized_client","error_description":"Invalid client credentials"}"#;
            return (StatusCode::UNAUTHORIZED, body).into_response();
        }
        let body = r#"{"access_token":"t","expires_in":300,"scope":"","token_type":"Bearer","not-before-policy":0,"refresh_expires_in":0}"#;
        return body.into_response();
    }
    if method != Method::GET {
        fake.changes.fetch_add(1, Ordering::Relaxed);
    }
    match fake.take(&method) {
        Some(Next::Status(status)) => {
            return (StatusCode::from_u16(status).unwrap(), r#"{"error":"no"}"#).into_response();
        }
        Some(Next::Says(status, body)) => {
            return (StatusCode::from_u16(status).unwrap(), body).into_response();
        }
        Some(Next::Hang) => std::future::pending().await,
        Some(Next::HalfAnAnswer) => {
            let broken: [Result<Bytes, std::io::Error>; 2] = [
                Ok(Bytes::from_static(b"[{\"id\":")),
                Err(std::io::Error::other("cut")),
            ];
            return Body::from_stream(futures::stream::iter(broken)).into_response();
        }
        None => {}
    }
    if method == Method::POST {
        fake.creates.fetch_add(1, Ordering::Relaxed);
        let location = format!("http://keycloak/users/{}", Uuid::now_v7());
        return (StatusCode::CREATED, [("location", location)]).into_response();
    }
    "[]".into_response()
}

async fn start() -> (Fake, KeycloakIdentity, PgPool) {
    let fake = Fake::default();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().fallback(answer).with_state(fake.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = KeycloakConfig {
        url: Url::parse(&format!("http://127.0.0.1:{port}")).unwrap(),
        public_url: None,
        internal_realm: "internal".to_owned(),
        customer_realm: "customers".to_owned(),
        panel_secret: "p".to_owned(),
        portal_secret: "p".to_owned(),
        provisioning_secret: "p".to_owned(),
        partial_import: false,
        timeout: Duration::from_millis(400),
    };
    let pool = testkit::database().await.pool;
    let identity = KeycloakIdentity::new(&config, pool.clone(), Duration::from_secs(60)).unwrap();
    (fake, identity, pool)
}

async fn one(identity: &KeycloakIdentity) -> Result<(), IdentityError> {
    identity
        .ensure_logins(&[somebody()], &identity::SoleOwner)
        .await
        .remove(0)
        .map(drop)
}

fn words(came: Result<(), IdentityError>) -> String {
    match came {
        Err(IdentityError::Unavailable(words)) => words,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn many_calls_share_one_token_and_a_refused_one_is_renewed_once() {
    let (fake, identity, _) = start().await;
    for _ in 0..3 {
        one(&identity).await.unwrap();
    }
    assert_eq!(fake.tokens.load(Ordering::Relaxed), 1);
    fake.then(Method::GET, Next::Status(401));
    one(&identity).await.unwrap();
    assert_eq!(fake.tokens.load(Ordering::Relaxed), 2);
    fake.then(Method::GET, Next::Status(401));
    fake.then(Method::GET, Next::Status(401));
    assert!(words(one(&identity).await).contains("token"));
    assert_eq!(fake.tokens.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn what_is_worth_a_retry_is_said_in_words_and_a_neighbour_goes_on() {
    let (fake, identity, _) = start().await;
    for (next, part) in [
        (Next::Status(429), "too much to do"),
        (Next::Status(500), "(500)"),
        (Next::Status(403), "lacks a role"),
        (Next::HalfAnAnswer, "broke off"),
    ] {
        fake.then(Method::GET, next);
        let words = words(one(&identity).await);
        assert!(words.contains(part), "{words}");
        // The break after no answer is over with the next probe.
        identity.probe().await.unwrap();
    }
    fake.then(Method::GET, Next::Status(500));
    let made = identity
        .ensure_logins(&[somebody(), somebody()], &identity::SoleOwner)
        .await;
    assert_eq!(
        made.iter().filter(|made| made.is_ok()).count(),
        1,
        "{made:?}"
    );
    fake.refuse_client.store(true, Ordering::Relaxed);
    fake.then(Method::GET, Next::Status(401));
    assert!(words(one(&identity).await).contains("refuses the secret"));
}

#[tokio::test]
async fn a_call_without_an_answer_is_in_doubt_and_nobody_waits_behind_it() {
    let (fake, identity, pool) = start().await;
    fake.then(Method::POST, Next::Hang);
    let customer = somebody();
    let came = identity
        .ensure_logins(std::slice::from_ref(&customer), &identity::SoleOwner)
        .await;
    let Err(IdentityError::Unavailable(said)) = &came[0] else {
        panic!("{came:?}");
    };
    assert!(said.contains("in time"), "{said}");
    // Others are told at once instead of waiting for a time-out each.
    let calls = fake.creates.load(Ordering::Relaxed);
    assert!(words(one(&identity).await).contains("doesn't answer"));
    assert_eq!(fake.creates.load(Ordering::Relaxed), calls);

    // It is looked at again later, and once more after that.
    assert_eq!(identity.in_doubt().await, Ok(vec![]));
    for looks in [true, true, false] {
        sqlx::query("UPDATE keycloak_doubts SET look_at = now() - interval '1 second'")
            .execute(&pool)
            .await
            .unwrap();
        let due = identity.in_doubt().await.unwrap();
        assert_eq!(due == [customer.customer_id], looks);
    }
    // A look that has nothing to change leaves no doubt, nor does a conflict.
    fake.then(Method::POST, Next::Status(409));
    assert!(words(one(&identity).await).contains("just now"));
    let doubts: i64 = sqlx::query_scalar("SELECT count(*) FROM keycloak_doubts")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(doubts, 0);
}

/// Somebody else has taken over.
struct Replaced;

#[async_trait::async_trait]
impl Ownership for Replaced {
    async fn held(&self, customers: &[Uuid]) -> Vec<Result<(), IdentityError>> {
        vec![Err(IdentityError::Lost); customers.len()]
    }
}

#[tokio::test]
async fn who_was_replaced_changes_nothing() {
    let (fake, identity, _) = start().await;
    let customer = somebody();
    let user = serde_json::json!([{
        "id": Uuid::now_v7(), "username": customer.customer_id, "email": customer.email, "enabled": true,
        "attributes": {"customerId": [customer.customer_id]}, "requiredActions": ["UPDATE_PASSWORD"],
    }])
    .to_string();
    for (state, email) in [
        (LoginState::Disabled, customer.email.as_str()),
        (LoginState::Deleted, ""),
        (LoginState::Enabled, "moved@example.com"),
    ] {
        fake.then(Method::GET, Next::Says(200, user.clone()));
        let wanted = DesiredLogin {
            customer_id: customer.customer_id,
            email: email.to_owned(),
            state,
        };
        let came = identity.sync_logins(&[wanted], &Replaced).await;
        assert_eq!(came, [Err(IdentityError::Lost)], "{state:?}");
    }
    fake.then(Method::GET, Next::Says(200, user));
    let set = identity
        .set_temporary_passwords(&[customer.customer_id], &Replaced)
        .await;
    assert_eq!(set, [Err(IdentityError::Lost)]);
    let made = identity.ensure_logins(&[somebody()], &Replaced).await;
    assert_eq!(made, [Err(IdentityError::Lost)]);
    assert_eq!(fake.changes.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_a_directory_does_not_let_keycloak_change_needs_a_person_whatever_the_words() {
    let (fake, identity, _) = start().await;
    let customer = somebody();
    let user = serde_json::json!([{
        "id": Uuid::now_v7(), "username": customer.customer_id, "email": customer.email, "enabled": true,
        "attributes": {"customerId": [customer.customer_id]}, "federationLink": "ldap",
    }]);
    for (state, method) in [
        (LoginState::Disabled, Method::PUT),
        (LoginState::Deleted, Method::DELETE),
    ] {
        fake.then(Method::GET, Next::Says(200, user.to_string()));
        // It ends the sessions before it deletes.
        if state == LoginState::Deleted {
            fake.then(Method::POST, Next::Says(204, String::new()));
        }
        let refusal = r#"{"errorMessage":"Could not update user!"}"#;
        fake.then(method, Next::Says(400, refusal.to_owned()));
        let wanted = DesiredLogin {
            customer_id: customer.customer_id,
            email: customer.email.clone(),
            state,
        };
        let came = identity
            .sync_logins(&[wanted], &identity::SoleOwner)
            .await
            .remove(0);
        assert!(
            matches!(&came, Err(IdentityError::NeedsPerson(words)) if words.contains("directory (LDAP)")),
            "{state:?}: {came:?}"
        );
    }
}
