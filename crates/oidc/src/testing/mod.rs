//! A provider for tests: a realm of Keycloak as far as a client sees it, with every way to do it wrong.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod answers;
mod key;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router, middleware,
    routing::{get, post},
};
use chrono::Utc;
use serde_json::{Value, json};
use tokio::task::AbortHandle;
use url::Url;
use uuid::Uuid;

use self::answers::{certs, metadata, moody, token};
pub use key::Key;

use crate::{BearerTokens, OidcConfig};

/// The client that the provider knows.
pub const CLIENT: &str = "usher";
/// Its secret, with what encodings disagree on.
pub const SECRET: &str = "s+e%20cret&";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How the provider feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers as it should.
    Well,
    /// It answers 503.
    Away,
    /// It takes the request and says nothing.
    Hangs,
    /// It breaks off in the middle of an answer.
    HalfWritten,
}

/// Who signs in at the provider.
#[derive(Clone, Debug)]
pub struct Person {
    /// The user's id: the claim `sub`.
    pub sub: Uuid,
    /// The session that signing in begins.
    pub sid: String,
    /// The attribute `customerId`.
    pub customer_id: Option<String>,
}

impl Person {
    /// Somebody with a session of their own.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sub: Uuid::new_v4(),
            sid: Uuid::new_v4().to_string(),
            customer_id: None,
        }
    }

    /// A customer who signs in to the portal.
    #[must_use]
    pub fn customer(id: Uuid) -> Self {
        Self {
            customer_id: Some(id.to_string()),
            ..Self::new()
        }
    }
}

impl Default for Person {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes the ID token from the right key and the right claims.
type MakeIdToken = dyn Fn(&Key, Value) -> String + Send + Sync;

struct Inner {
    issuer: Url,
    /// Where it listens; also the issuer, as a rule.
    here: Url,
    /// What it says that it is, when that isn't the issuer.
    calls_itself: Mutex<Option<Url>>,
    mood: Mutex<Mood>,
    keys: Mutex<Vec<Arc<Key>>>,
    codes: Mutex<HashMap<String, Pending>>,
    id_token: Mutex<Option<Box<MakeIdToken>>>,
    asked_for_keys: AtomicUsize,
}

/// A code that nobody has come for yet.
struct Pending {
    person: Person,
    nonce: Value,
    challenge: String,
    redirect_uri: String,
}

/// The provider, on a port of its own, until dropped.
pub struct FakeProvider {
    inner: Arc<Inner>,
    serving: AbortHandle,
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl FakeProvider {
    /// Starts one, with one key.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        Self::start_as(None).await
    }

    /// Starts one that browsers find elsewhere, at this issuer's address.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start_as(issuer: Option<Url>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let here: Url = format!("http://127.0.0.1:{port}/realms/test")
            .parse()
            .unwrap();
        let inner = Arc::new(Inner {
            issuer: issuer.unwrap_or_else(|| here.clone()),
            here,
            calls_itself: Mutex::default(),
            mood: Mutex::new(Mood::Well),
            keys: Mutex::new(vec![Key::nth(0)]),
            codes: Mutex::default(),
            id_token: Mutex::default(),
            asked_for_keys: AtomicUsize::default(),
        });
        let realm = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/certs", get(certs))
            .route("/token", post(token))
            .layer(middleware::from_fn_with_state(Arc::clone(&inner), moody))
            .with_state(Arc::clone(&inner));
        let app = Router::new().nest("/realms/test", realm);
        let serving = tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            inner,
            serving: serving.abort_handle(),
        }
    }

    /// The issuer's address, as its tokens name it.
    #[must_use]
    pub fn issuer(&self) -> Url {
        self.inner.issuer.clone()
    }

    /// Where it listens.
    #[must_use]
    pub fn here(&self) -> Url {
        self.inner.here.clone()
    }

    /// The client as it should be configured, with these addresses.
    #[must_use]
    pub fn config(&self, redirect_uri: Url, signed_out_uri: Url) -> OidcConfig {
        OidcConfig {
            issuer: self.issuer(),
            reached_at: Some(self.here()),
            client_id: CLIENT.to_owned(),
            client_secret: SECRET.to_owned(),
            redirect_uri,
            signed_out_uri,
            http: reqwest::Client::new(),
        }
    }

    /// Changes how the provider feels.
    pub fn feels(&self, mood: Mood) {
        *lock(&self.inner.mood) = mood;
    }

    /// Says from now on that it is this issuer.
    pub fn calls_itself(&self, issuer: Url) {
        *lock(&self.inner.calls_itself) = Some(issuer);
    }

    /// Signs with another key from now on; the old ones are gone.
    pub fn rotate(&self) {
        *lock(&self.inner.keys) = vec![Key::nth(1)];
    }

    /// How often somebody asked for the keys.
    #[must_use]
    pub fn asked_for_keys(&self) -> usize {
        self.inner.asked_for_keys.load(Ordering::Relaxed)
    }

    /// Makes ID tokens in another way, from the right key and the right claims.
    pub fn makes_id_tokens(&self, make: impl Fn(&Key, Value) -> String + Send + Sync + 'static) {
        *lock(&self.inner.id_token) = Some(Box::new(make));
    }

    /// Somebody comes with the address that sign-ins begin with, and signs in: where they are sent back to.
    ///
    /// # Panics
    /// When the address isn't what the provider expects of the client.
    #[must_use]
    pub fn sign_in(&self, address: &Url, person: &Person) -> Url {
        let query: HashMap<String, String> = address.query_pairs().into_owned().collect();
        assert_eq!(query["client_id"], CLIENT);
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["scope"], "openid");
        let code = Uuid::new_v4().to_string();
        let pending = Pending {
            person: person.clone(),
            nonce: query["nonce"].clone().into(),
            challenge: query["code_challenge"].clone(),
            redirect_uri: query["redirect_uri"].clone(),
        };
        lock(&self.inner.codes).insert(code.clone(), pending);
        let mut back: Url = query["redirect_uri"].parse().unwrap();
        back.query_pairs_mut()
            .append_pair("state", &query["state"])
            .append_pair("session_state", &person.sid)
            .append_pair("iss", self.inner.issuer.as_str())
            .append_pair("code", &code);
        back
    }

    /// Signs claims with the key of the day.
    #[must_use]
    pub fn signed(&self, claims: &Value) -> String {
        self.inner.key().sign(claims)
    }

    /// The claims of a right access token.
    #[must_use]
    pub fn access_claims(&self, sub: Uuid) -> Value {
        let now = Utc::now().timestamp();
        json!({
            "iss": self.inner.issuer, "aud": [BearerTokens::AUDIENCE, "account"], "sub": sub, "typ": "Bearer",
            "iat": now, "exp": now + 300, "jti": Uuid::new_v4(), "azp": "a-program", "scope": "profile email",
        })
    }

    /// The claims of a right logout token.
    #[must_use]
    pub fn logout_claims(&self, person: &Person) -> Value {
        let now = Utc::now().timestamp();
        json!({
            "iss": self.inner.issuer, "aud": CLIENT, "sub": person.sub, "sid": person.sid, "typ": "Logout",
            "iat": now, "exp": now + 120, "jti": Uuid::new_v4(), "events": { EVENT: {} },
        })
    }
}

impl Inner {
    fn key(&self) -> Arc<Key> {
        Arc::clone(&lock(&self.keys)[0])
    }

    fn id_claims(&self, pending: &Pending) -> Value {
        let now = Utc::now().timestamp();
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "sub": pending.person.sub, "sid": pending.person.sid, "typ": "ID",
            "iat": now, "exp": now + 300, "nonce": pending.nonce, "azp": CLIENT, "preferred_username": "ada",
            "email": "ada@bank.example", "email_verified": true,
        });
        if let Some(id) = &pending.person.customer_id {
            claims["customerId"] = id.clone().into();
        }
        claims
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
