//! What the provider says of itself: its addresses and its keys, fetched when first needed and kept for a while.

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use openidconnect::{
    DiscoveryError, IssuerUrl, ProviderMetadataWithLogout,
    http::{Request, StatusCode},
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use url::Url;

use crate::http::{Http, HttpError};

/// A key that the provider withdrew is worth nothing after this long.
const KEEP: Duration = Duration::from_secs(15 * 60);
/// Keys that nobody has heard of make us ask at most this often.
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// How long we wait for the provider.
struct Patience {
    /// With one call.
    call: Duration,
    /// To know whether it answers at all, while a page waits.
    look: Duration,
    /// How long "it answers" (or not) is believed.
    believe: Duration,
}

const PATIENCE: Patience = Patience {
    call: Duration::from_secs(5),
    look: Duration::from_secs(2),
    believe: Duration::from_secs(2),
};

/// The only algorithm that counts, whatever a token or the provider itself says.
pub const ALGORITHM: Algorithm = Algorithm::RS256;

/// The identity provider can't be used at the moment; whoever signs in can do nothing about it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Away {
    /// It does not answer, or not in a way that can be understood. It passes, or an administrator has to look at the
    /// provider.
    #[error("the identity provider does not answer ({0}): try again in a moment")]
    Silent(String),
    /// It answers, and calls itself something else than it is configured as: so do its tokens.
    #[error(
        "the identity provider goes by another address than it is configured with ({0}): set identity.keycloak.public_url to \
         where browsers find it, and identity.keycloak.url to where Usher reaches it"
    )]
    OtherIssuer(String),
}

impl From<DiscoveryError<HttpError>> for Away {
    fn from(error: DiscoveryError<HttpError>) -> Self {
        Away::Silent(match error {
            DiscoveryError::Validation(words) => return Away::OtherIssuer(words),
            DiscoveryError::Request(error) => error.to_string(),
            DiscoveryError::Response(status, _, _) => {
                format!("it answers {status} when asked about itself")
            }
            DiscoveryError::Parse(error) => {
                format!("what it says of itself can't be read at {}", error.path())
            }
            other => other.to_string(),
        })
    }
}

/// One issuer, and what we know of it.
pub struct Provider {
    issuer: IssuerUrl,
    http: Http,
    patience: Patience,
    known: RwLock<Option<Arc<Known>>>,
    fetching: Mutex<Fetching>,
    fetched: AtomicU64,
    look: Mutex<Option<(Instant, bool)>>,
}

/// What the provider said of itself.
pub struct Known {
    pub metadata: ProviderMetadataWithLogout,
    keys: JwkSet,
    since: Instant,
}

#[derive(Default)]
struct Fetching {
    /// What the last fetch came to.
    last: Option<Result<Arc<Known>, Away>>,
    /// When keys were fetched anew for one that nobody had heard of.
    renewed: Option<Instant>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.issuer.as_str())
            .finish_non_exhaustive()
    }
}

impl Provider {
    pub fn new(issuer: Url, http: reqwest::Client) -> Self {
        Self {
            issuer: IssuerUrl::from_url(issuer),
            http: Http::new(http, PATIENCE.call),
            patience: PATIENCE,
            known: RwLock::default(),
            fetching: Mutex::default(),
            fetched: AtomicU64::default(),
            look: Mutex::default(),
        }
    }

    /// Waits this long, and believes nothing that it heard before: for tests.
    #[cfg(feature = "testing")]
    pub fn with_patience(self, patience: Duration, http: reqwest::Client) -> Self {
        Self {
            http: self.http.with_patience(http, patience),
            patience: Patience {
                call: patience,
                look: patience,
                believe: Duration::ZERO,
            },
            ..self
        }
    }

    /// Asked at this address, while browsers find it at the issuer's.
    pub fn reached_at(mut self, inside: &Url) -> Self {
        self.http = self.http.reaching(self.issuer.as_str(), inside.as_str());
        self
    }

    pub fn issuer(&self) -> &IssuerUrl {
        &self.issuer
    }

    pub fn http(&self) -> &Http {
        &self.http
    }

    /// What is known, fetched if it isn't yet or is too old. Who comes during a fetch waits for it and shares what it
    /// comes to.
    pub async fn known(&self) -> Result<Arc<Known>, Away> {
        if let Some(known) = self.kept() {
            return Ok(known);
        }
        let before = self.fetched.load(Ordering::Acquire);
        let mut fetching = self.fetching.lock().await;
        if self.fetched.load(Ordering::Acquire) != before
            && let Some(shared) = &fetching.last
        {
            return shared.clone();
        }
        self.fetch(&mut fetching).await
    }

    /// What is known after `stale` turned out to lack a key: fetched anew, but not more often than every 10 seconds,
    /// since anybody can make up the name of a key.
    pub async fn newer_than(&self, stale: &Arc<Known>) -> Result<Arc<Known>, Away> {
        let mut fetching = self.fetching.lock().await;
        if let Some(known) = self.kept()
            && !Arc::ptr_eq(&known, stale)
        {
            return Ok(known);
        }
        let lately = fetching
            .renewed
            .is_some_and(|at| at.elapsed() < RENEW_EVERY);
        if lately && let Some(last) = &fetching.last {
            return last.clone();
        }
        fetching.renewed = Some(Instant::now());
        self.fetch(&mut fetching).await
    }

    fn kept(&self) -> Option<Arc<Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .as_ref()
            .filter(|known| known.since.elapsed() < KEEP)
            .cloned()
    }

    async fn fetch(&self, fetching: &mut Fetching) -> Result<Arc<Known>, Away> {
        let outcome = self.ask().await.map(Arc::new);
        match &outcome {
            Ok(known) => {
                let mut kept = self.known.write().unwrap_or_else(PoisonError::into_inner);
                *kept = Some(Arc::clone(known));
            }
            Err(error) => {
                tracing::warn!(issuer = %self.issuer.as_str(), %error, "the identity provider could not be asked about itself");
            }
        }
        fetching.last = Some(outcome.clone());
        self.fetched.fetch_add(1, Ordering::Release);
        outcome
    }

    async fn ask(&self) -> Result<Known, Away> {
        let metadata =
            ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.http).await?;
        let keys = serde_json::to_value(metadata.jwks())
            .and_then(serde_json::from_value)
            .map_err(|error| Away::Silent(format!("its keys can't be read: {error}")))?;
        Ok(Known {
            metadata,
            keys,
            since: Instant::now(),
        })
    }

    /// Whether the provider answers at this moment, in two seconds or less; believed for two seconds.
    pub async fn answers(&self) -> bool {
        let mut look = self.look.lock().await;
        if let Some((at, answers)) = *look
            && at.elapsed() < self.patience.believe
        {
            return answers;
        }
        let answers = timeout(self.patience.look, self.greet())
            .await
            .unwrap_or(false);
        *look = Some((Instant::now(), answers));
        answers
    }

    async fn greet(&self) -> bool {
        let address = format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        );
        let Ok(request) = Request::get(address).body(Vec::new()) else {
            return false;
        };
        let answer = self.http.ask(request).await;
        answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }
}

impl Known {
    /// The key of this name, if it is one for signatures of the one kind that counts.
    pub fn key(&self, name: &str) -> Option<DecodingKey> {
        let key = self.keys.find(name)?;
        let signs = matches!(
            key.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        let fits = matches!(key.common.key_algorithm, None | Some(KeyAlgorithm::RS256));
        let rsa = matches!(key.algorithm, AlgorithmParameters::RSA(_));
        (signs && fits && rsa)
            .then(|| DecodingKey::from_jwk(key).ok())
            .flatten()
    }
}
