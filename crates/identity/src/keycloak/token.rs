//! The access token of a service account, fetched once for many calls.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use keycloak::{KeycloakError, KeycloakServiceAccountAdminTokenRetriever, KeycloakTokenSupplier};
use tokio::sync::Mutex;

/// A token this near its end is not used any more.
const MARGIN: Duration = Duration::from_secs(10);

/// One token, shared by every call; renewed shortly before it ends, or when Keycloak takes it no longer.
#[derive(Clone)]
pub(super) struct ServiceToken(Arc<Shared>);

struct Shared {
    retriever: KeycloakServiceAccountAdminTokenRetriever,
    /// Held while a new one is fetched, so that many calls fetch one.
    current: Mutex<Option<Current>>,
}

struct Current {
    token: String,
    until: Instant,
}

impl ServiceToken {
    pub(super) fn new(realm: &str, client: &str, secret: &str, http: reqwest::Client) -> Self {
        Self(Arc::new(Shared {
            retriever: KeycloakServiceAccountAdminTokenRetriever::create_with_custom_realm(
                client, secret, realm, http,
            ),
            current: Mutex::new(None),
        }))
    }

    /// Keycloak takes this token no longer: the next call fetches another. Another one that came meanwhile stays.
    pub(super) async fn forget(&self, refused: &str) {
        let mut current = self.0.current.lock().await;
        if current.as_ref().is_some_and(|known| known.token == refused) {
            *current = None;
        }
    }
}

#[async_trait]
impl KeycloakTokenSupplier for ServiceToken {
    async fn get(&self, url: &str) -> Result<String, KeycloakError> {
        let mut current = self.0.current.lock().await;
        if let Some(known) = current
            .as_ref()
            .filter(|known| Instant::now() < known.until)
        {
            return Ok(known.token.clone());
        }
        let asked = Instant::now();
        let fetched = self.0.retriever.acquire(url).await?;
        let lasts = Duration::from_secs(fetched.expires_in() as u64);
        let token = fetched.access_token().to_owned();
        *current = Some(Current {
            token: token.clone(),
            until: asked + lasts.saturating_sub(MARGIN.min(lasts / 3)),
        });
        Ok(token)
    }
}
