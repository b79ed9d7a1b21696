//! What `usher serve` needs and refuses.

use identity::keycloak::KeycloakConfig;
use sumsub::Secret;
use url::{Host, Url};

use super::{
    keys::find,
    load::Loaded,
    made_by_dev::{dev_files, dev_secrets},
    reference::Key,
    types::{Config, IdentityProvider},
};
use crate::failure::Failure;

/// The keys that have no default, checked to be there.
pub struct ServeSettings {
    pub admin_url: Url,
    pub public_url: Url,
    pub app_token: Secret,
    pub secret_key: Secret,
    pub smtp_host: String,
    pub smtp_from: String,
    pub identity: Identity,
}

/// Who keeps the logins, and how they are reached.
#[derive(Clone)]
pub enum Identity {
    /// Our own database.
    BuiltIn,
    /// Logins are kept in a Keycloak.
    Keycloak(Box<KeycloakConfig>),
}

/// The value of a key that has no default.
///
/// # Errors
/// When it is missing: says how to set it.
pub fn require<T: Clone>(value: Option<&T>, name: &str) -> Result<T, Failure> {
    value
        .cloned()
        .ok_or_else(|| Failure::configuration(missing(name)))
}

fn missing(name: &str) -> String {
    let Some(key) = find(name) else {
        return format!("{name} is missing.");
    };
    let variable = key.variable();
    let file = if key.kind.is_secret() {
        format!(" or in a file that {variable}_FILE names")
    } else {
        String::new()
    };
    format!(
        "{name} is missing: set it in the configuration file or in the environment variable {variable}{file}; use {}.",
        key.allowed
    )
}

/// What a real server must not run with or without, each of them with all that it refuses.
const REFUSALS: &[fn(&Loaded) -> Vec<String>] = &[
    missing_keys,
    one_realm_for_both,
    dev_files,
    dev_secrets,
    plain_http,
];

/// All that a real server refuses in its configuration, a sentence each.
#[must_use]
pub fn refusals(loaded: &Loaded) -> Vec<String> {
    REFUSALS.iter().flat_map(|refuse| refuse(loaded)).collect()
}

/// What a real server runs with.
///
/// # Errors
/// All that is missing or refused, a sentence each.
pub fn serve_settings(loaded: &Loaded) -> Result<ServeSettings, Failure> {
    let refused = refusals(loaded);
    if !refused.is_empty() {
        return Err(Failure::configuration(refused.join("\n")));
    }
    let config = &loaded.config;
    let identity = match require(config.identity.provider.as_ref(), "identity.provider")? {
        IdentityProvider::BuiltIn => Identity::BuiltIn,
        IdentityProvider::Keycloak => Identity::Keycloak(Box::new(keycloak(config)?)),
    };
    Ok(ServeSettings {
        admin_url: require(config.admin.url.as_ref(), "admin.url")?,
        public_url: require(config.public.url.as_ref(), "public.url")?,
        app_token: require(config.sumsub.app_token.as_ref(), "sumsub.app_token")?,
        secret_key: require(config.sumsub.secret_key.as_ref(), "sumsub.secret_key")?,
        smtp_host: require(config.smtp.host.as_ref(), "smtp.host")?,
        smtp_from: require(config.smtp.from.as_ref(), "smtp.from")?,
        identity,
    })
}

fn missing_keys(loaded: &Loaded) -> Vec<String> {
    let config = &loaded.config;
    let keycloak = &config.identity.keycloak;
    let with_keycloak = uses_keycloak(config);
    let needed = [
        ("identity.provider", config.identity.provider.is_some()),
        ("database.url", config.database.url.is_some()),
        ("admin.url", config.admin.url.is_some()),
        ("public.url", config.public.url.is_some()),
        ("sumsub.app_token", config.sumsub.app_token.is_some()),
        ("sumsub.secret_key", config.sumsub.secret_key.is_some()),
        (
            "sumsub.webhook_secrets",
            !config.sumsub.webhook_secrets.is_empty(),
        ),
        ("smtp.host", config.smtp.host.is_some()),
        ("smtp.from", config.smtp.from.is_some()),
        (
            "identity.keycloak.url",
            !with_keycloak || keycloak.url.is_some(),
        ),
        (
            "identity.keycloak.panel_secret",
            !with_keycloak || keycloak.panel_secret.is_some(),
        ),
        (
            "identity.keycloak.portal_secret",
            !with_keycloak || keycloak.portal_secret.is_some(),
        ),
        (
            "identity.keycloak.provisioning_secret",
            !with_keycloak || keycloak.provisioning_secret.is_some(),
        ),
    ];
    needed
        .into_iter()
        .filter(|(name, there)| !there && !loaded.problems.hide(name))
        .map(|(name, _)| missing(name))
        .collect()
}

fn uses_keycloak(config: &Config) -> bool {
    config.identity.provider == Some(IdentityProvider::Keycloak)
}

fn one_realm_for_both(loaded: &Loaded) -> Vec<String> {
    let section = &loaded.config.identity.keycloak;
    let one = uses_keycloak(&loaded.config) && section.internal_realm == section.customer_realm;
    one.then(|| ONE_REALM.to_owned()).into_iter().collect()
}

const ONE_REALM: &str = "identity.keycloak.internal_realm and identity.keycloak.customer_realm name one realm: customers would get in at the panel's door; use two.";

/// Everything that others reach us by, or we them, over HTTP.
fn plain_http(loaded: &Loaded) -> Vec<String> {
    let config = &loaded.config;
    let keycloak = config.identity.keycloak.url.as_ref();
    let urls = [
        (
            "admin.url",
            config.admin.url.as_ref(),
            "passwords and sessions",
        ),
        (
            "public.url",
            config.public.url.as_ref(),
            "passwords and sessions",
        ),
        (
            "sumsub.base_url",
            Some(&config.sumsub.base_url),
            "personal data",
        ),
        (
            "identity.keycloak.url",
            keycloak.filter(|_| uses_keycloak(config)),
            "personal data",
        ),
    ];
    urls.into_iter()
        .filter_map(|(name, url, what)| Some((name, url?, what)))
        .filter(|(_, url, _)| url.scheme() != "https" && !is_loopback(url))
        .map(|(name, url, what)| {
            format!(
                "{name} = \"{url}\", from {}, is refused: over plain http anyone on the way reads {what}; use an https URL.",
                loaded.origin(name)
            )
        })
        .collect()
}

/// What is needed to use a Keycloak.
///
/// # Errors
/// When its address or a secret is missing.
pub fn keycloak(config: &Config) -> Result<KeycloakConfig, Failure> {
    let without = keycloak_without_secrets(config)?;
    let section = &config.identity.keycloak;
    let secret = |secret: Option<&Secret>, name| Ok(require(secret, name)?.expose().to_owned());
    Ok(KeycloakConfig {
        panel_secret: secret(
            section.panel_secret.as_ref(),
            "identity.keycloak.panel_secret",
        )?,
        portal_secret: secret(
            section.portal_secret.as_ref(),
            "identity.keycloak.portal_secret",
        )?,
        provisioning_secret: secret(
            section.provisioning_secret.as_ref(),
            "identity.keycloak.provisioning_secret",
        )?,
        ..without
    })
}

/// The same before there are secrets: `usher keycloak setup` may make them.
///
/// # Errors
/// When its address is missing.
pub fn keycloak_without_secrets(config: &Config) -> Result<KeycloakConfig, Failure> {
    let section = &config.identity.keycloak;
    if section.internal_realm == section.customer_realm {
        return Err(Failure::configuration(ONE_REALM));
    }
    Ok(KeycloakConfig {
        url: require(section.url.as_ref(), "identity.keycloak.url")?,
        public_url: section.public_url.clone(),
        internal_realm: section.internal_realm.clone(),
        customer_realm: section.customer_realm.clone(),
        panel_secret: String::new(),
        portal_secret: String::new(),
        provisioning_secret: String::new(),
        partial_import: section.partial_import,
        timeout: section.timeout,
    })
}

/// A refusal of a value that isn't shown.
pub fn refused(loaded: &Loaded, name: &str, why: &str) -> String {
    let allowed = find(name).map_or("another", |key: &Key| key.allowed);
    format!(
        "{name}, from {}, is refused: {why}; use {allowed}.",
        loaded.origin(name)
    )
}

/// Whether a URL stays on this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
