//! Logins in a real Keycloak (26.7): the port for provisioning, who works at the bank, and how a Keycloak is made ready.
//!
//! Two realms: the *internal* one holds the operators, the *customer* one the customers. What Keycloak does on the wire is in
//! `docs/KEYCLOAK.md`.

mod call;
mod doctor;
mod ensure;
mod fresh;
mod link;
mod logins;
mod operators;
mod provider;
mod realm;
mod setup;
mod sync;
mod temporary;
mod token;

use std::time::Duration;

use url::Url;

pub use doctor::{Finding, examine};
pub use operators::KeycloakOperators;
pub use provider::KeycloakIdentity;
pub use setup::{
    Administrator, ClientUrls, Prepared, Secrets, SetupError, StaffMember, Urls, set_up,
};

/// The panel's client, in the internal realm. Its service account reads who has which role.
pub const PANEL_CLIENT: &str = "usher-panel";
/// The portal's client, in the customer realm.
pub const PORTAL_CLIENT: &str = "usher-portal";
/// The client whose service account manages the customers' logins, in the customer realm.
pub const PROVISIONING_CLIENT: &str = "usher-provisioning";
/// What a program's access token has to be for (its `aud`).
pub const API_AUDIENCE: &str = "usher-api";
/// The attribute that says whose login it is; only administrators see and change it.
pub const CUSTOMER_ID: &str = "customerId";

/// How Keycloak is reached.
#[derive(Clone)]
pub struct KeycloakConfig {
    /// Its base URL, by which Usher reaches it, such as `https://login.bank.example`.
    pub url: Url,
    /// Where browsers find it, and what its tokens say, when that is another one.
    pub public_url: Option<Url>,
    /// The operators' realm.
    pub internal_realm: String,
    /// The customers' realm.
    pub customer_realm: String,
    /// The secret of [`PANEL_CLIENT`].
    pub panel_secret: String,
    /// The secret of [`PORTAL_CLIENT`].
    pub portal_secret: String,
    /// The secret of [`PROVISIONING_CLIENT`].
    pub provisioning_secret: String,
    /// Whether logins are made by `partialImport`, for which the service account needs `manage-realm`.
    pub partial_import: bool,
    /// How long one call may take.
    pub timeout: Duration,
}

// No secret ever gets into a log.
impl std::fmt::Debug for KeycloakConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeycloakConfig")
            .field("url", &self.url.as_str())
            .field("public_url", &self.public_url.as_ref().map(Url::as_str))
            .field("internal_realm", &self.internal_realm)
            .field("customer_realm", &self.customer_realm)
            .finish_non_exhaustive()
    }
}

impl KeycloakConfig {
    /// The issuer of the internal realm's tokens.
    #[must_use]
    pub fn internal_issuer(&self) -> Url {
        self.issuer(&self.internal_realm)
    }

    /// Where Usher asks the internal realm.
    #[must_use]
    pub fn internal_realm_url(&self) -> Url {
        realm_below(&self.url, &self.internal_realm)
    }

    /// Where Usher asks the customer realm.
    #[must_use]
    pub fn customer_realm_url(&self) -> Url {
        realm_below(&self.url, &self.customer_realm)
    }

    /// The issuer of the customer realm's tokens.
    #[must_use]
    pub fn customer_issuer(&self) -> Url {
        self.issuer(&self.customer_realm)
    }

    /// Without the slash at the end.
    fn base(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    fn issuer(&self, realm: &str) -> Url {
        realm_below(self.public_url.as_ref().unwrap_or(&self.url), realm)
    }
}

fn realm_below(base: &Url, realm: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!(
        "{}/realms/{realm}",
        base.path().trim_end_matches('/')
    ));
    url
}

/// An HTTP client for Keycloak: no redirects, and nothing takes longer than `timeout`.
fn http(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(timeout.min(Duration::from_secs(3)))
        .redirect(reqwest::redirect::Policy::none())
        .build()
}
