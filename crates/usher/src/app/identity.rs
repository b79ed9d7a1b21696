//! Who keeps the logins of customers and operators: our own database, or a Keycloak.

use std::{sync::Arc, time::Duration};

use access::{OperatorDirectory, Operators};
use identity::{
    BuiltInIdentity, IdentityProvider,
    keycloak::{
        self, ClientUrls, KeycloakConfig, KeycloakIdentity, KeycloakOperators, PANEL_CLIENT,
        PORTAL_CLIENT, Urls,
    },
};
use kernel::Database;
use oidc::{BearerTokens, OidcConfig, RelyingParty};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use url::Url;
use web::{CustomerSignIn, OperatorSignIn};

use super::Settings;
use crate::{config, failure::Failure, loops::Loops};

/// How often is looked for calls to Keycloak whose outcome nobody knows.
const DOUBTS_EVERY: Duration = Duration::from_secs(5);
/// How often unused temporary passwords are taken away that are over.
const PASSWORDS_EVERY: Duration = Duration::from_secs(60);

/// The parts that know who people are.
pub struct Identity {
    pub provider: Arc<dyn IdentityProvider>,
    pub operators: Arc<dyn OperatorDirectory>,
    pub operator_sign_in: OperatorSignIn,
    pub customer_sign_in: CustomerSignIn,
    /// Programs' tokens, where there is somebody who gives them.
    pub bearer: Option<Arc<BearerTokens>>,
    keycloak: Option<KeycloakIdentity>,
}

impl Identity {
    /// Asks nobody anything yet: Keycloak may be away.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn open(pool: &Database, settings: &Settings) -> Result<Self, Failure> {
        match &settings.identity {
            config::Identity::BuiltIn => Ok(Self::built_in(pool, settings.temporary_for)),
            config::Identity::Keycloak(keycloak) => Self::keycloak(pool, settings, keycloak)
                .map_err(|error| Failure::other(format!("No HTTP client can be made: {error}."))),
        }
    }

    fn built_in(pool: &Database, temporary_for: Duration) -> Self {
        let customers = BuiltInIdentity::new(PgPool::clone(pool)).with_temporary_for(temporary_for);
        let operators = Operators::new(pool.clone());
        Self {
            provider: Arc::new(customers.clone()),
            operators: Arc::new(operators.clone()),
            operator_sign_in: OperatorSignIn::Password(operators),
            customer_sign_in: CustomerSignIn::BuiltIn(customers),
            bearer: None,
            keycloak: None,
        }
    }

    fn keycloak(
        pool: &PgPool,
        settings: &Settings,
        keycloak: &KeycloakConfig,
    ) -> Result<Self, reqwest::Error> {
        let customers = KeycloakIdentity::new(keycloak, pool.clone(), settings.temporary_for)?;
        let http = reqwest::Client::builder()
            .timeout(keycloak.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let door = |(issuer, reached_at): (&Url, Url), client: &str, secret: &str, door: &Url| {
            let urls = web::oidc_urls(door);
            Arc::new(RelyingParty::new(OidcConfig {
                issuer: issuer.clone(),
                reached_at: Some(reached_at),
                client_id: client.to_owned(),
                client_secret: secret.to_owned(),
                redirect_uri: urls.callback,
                signed_out_uri: urls.signed_out,
                http: http.clone(),
            }))
        };
        let internal = keycloak.internal_issuer();
        let panel = door(
            (&internal, keycloak.internal_realm_url()),
            PANEL_CLIENT,
            &keycloak.panel_secret,
            &settings.web.admin_url,
        );
        let portal = door(
            (&keycloak.customer_issuer(), keycloak.customer_realm_url()),
            PORTAL_CLIENT,
            &keycloak.portal_secret,
            &settings.web.public_url,
        );
        Ok(Self {
            provider: Arc::new(customers.clone()),
            operators: Arc::new(KeycloakOperators::new(keycloak, pool.clone())?),
            operator_sign_in: OperatorSignIn::Oidc(panel),
            customer_sign_in: CustomerSignIn::Oidc(portal),
            bearer: Some(Arc::new(
                BearerTokens::new(internal, http).reached_at(&keycloak.internal_realm_url()),
            )),
            keycloak: Some(customers),
        })
    }

    /// What Keycloak needs us to look after, in any of the processes.
    pub fn look_after(&self, pool: &PgPool, loops: &Loops) {
        let Some(keycloak) = &self.keycloak else {
            return;
        };
        loops.spawn(
            "keycloak_doubts",
            look_again(pool.clone(), keycloak.clone(), loops.stop_token()),
        );
        loops.spawn(
            "keycloak_passwords",
            end_unused_passwords(keycloak.clone(), loops.stop_token()),
        );
    }
}

/// The addresses that a Keycloak has to know, for a panel and a portal at these places.
#[must_use]
pub fn urls(admin: &Url, public: &Url) -> Urls {
    let door = |home: &Url| {
        let urls = web::oidc_urls(home);
        ClientUrls {
            home: home.clone(),
            callback: urls.callback,
            signed_out: urls.signed_out,
            back_channel: urls.back_channel,
        }
    };
    Urls {
        panel: door(admin),
        portal: door(public),
    }
}

/// A call whose answer never came may be carried out late: the login is brought to what is wanted once more.
async fn look_again(pool: PgPool, keycloak: KeycloakIdentity, stop: CancellationToken) {
    while vitals::rest(DOUBTS_EVERY, &stop).await {
        let looked = match keycloak.in_doubt().await {
            Ok(customers) if customers.is_empty() => continue,
            Ok(customers) => provisioning::requeue_access(&pool, &customers)
                .await
                .map(|()| customers.len()),
            Err(error) => {
                tracing::debug!(%error, "Keycloak is away, doubtful logins are looked at later");
                continue;
            }
        };
        match looked {
            Ok(logins) => tracing::info!(logins, "doubtful logins are looked at again"),
            Err(error) => tracing::error!(%error, "doubtful logins could not be looked at again"),
        }
    }
}

async fn end_unused_passwords(keycloak: KeycloakIdentity, stop: CancellationToken) {
    while vitals::rest(PASSWORDS_EVERY, &stop).await {
        match keycloak.end_unused_passwords().await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "unused temporary passwords ended"),
            Err(error) => {
                tracing::warn!(%error, "unused temporary passwords could not be ended, it is tried again");
            }
        }
    }
}

/// Looks whether the Keycloak is as it should be.
///
/// # Errors
/// When no HTTP client can be made.
pub async fn examine(
    config: &KeycloakConfig,
    admin: &Url,
    public: &Url,
) -> Result<Vec<keycloak::Finding>, Failure> {
    keycloak::examine(config, &urls(admin, public))
        .await
        .map_err(|error| Failure::other(format!("No HTTP client can be made: {error}.")))
}
