//! What `usher serve` needs and refuses.

use std::path::{Path, PathBuf};

use sumsub::Secret;
use url::{Host, Url};
use user_onboarding::keycloak::KeycloakConfig;

use super::{
    keys::find,
    load::Loaded,
    reference::Key,
    types::{Config, IdentityProvider},
};
use crate::{dev::data_folder, failure::Failure};

/// The keys that have no default, checked to be there.
pub struct ServeSettings {
    pub database_url: Secret,
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
    /// A Keycloak.
    Keycloak(Box<KeycloakConfig>),
}

/// Whether a secret is one that `usher dev` made.
#[must_use]
pub fn is_made_by_dev(secret: &str) -> bool {
    secret
        .strip_prefix("sbx:")
        .or_else(|| secret.strip_prefix("prd:"))
        .unwrap_or(secret)
        .starts_with("dev_")
}

/// The value of a key that has no default.
///
/// # Errors
/// When it is missing: says how to set it.
pub fn require<T: Clone>(value: Option<&T>, name: &str) -> Result<T, Failure> {
    value.cloned().ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Failure {
    let Some(key) = find(name) else {
        return Failure::configuration(format!("{name} is missing."));
    };
    let variable = key.variable();
    let file = if key.kind.is_secret() {
        format!(" or in a file that {variable}_FILE names")
    } else {
        String::new()
    };
    Failure::configuration(format!(
        "{name} is missing: set it in the configuration file or in the environment variable {variable}{file}; use {}.",
        key.allowed
    ))
}

/// Checks all that a real server must not run with or without.
///
/// # Errors
/// The first thing that is missing or refused, in one sentence.
pub fn serve_settings(loaded: &Loaded) -> Result<ServeSettings, Failure> {
    let config = &loaded.config;
    dev_files(loaded)?;
    let identity = match require(config.identity.provider.as_ref(), "identity.provider")? {
        IdentityProvider::BuiltIn => Identity::BuiltIn,
        IdentityProvider::Keycloak => Identity::Keycloak(Box::new(keycloak(config)?)),
    };
    let database_url = require(config.database.url.as_ref(), "database.url")?;
    let password = Url::parse(database_url.expose())
        .ok()
        .and_then(|url| url.password().map(ToOwned::to_owned));
    if password.is_some_and(|password| is_made_by_dev(&password)) {
        return Err(refused(
            loaded,
            "database.url",
            "its password was made by `usher dev`",
        ));
    }
    let settings = ServeSettings {
        database_url,
        admin_url: require(config.admin.url.as_ref(), "admin.url")?,
        public_url: require(config.public.url.as_ref(), "public.url")?,
        app_token: require(config.sumsub.app_token.as_ref(), "sumsub.app_token")?,
        secret_key: require(config.sumsub.secret_key.as_ref(), "sumsub.secret_key")?,
        smtp_host: require(config.smtp.host.as_ref(), "smtp.host")?,
        smtp_from: require(config.smtp.from.as_ref(), "smtp.from")?,
        identity,
    };
    if config.sumsub.webhook_secrets.is_empty() {
        return Err(missing("sumsub.webhook_secrets"));
    }
    let secrets = [
        ("sumsub.app_token", Some(&settings.app_token)),
        ("sumsub.secret_key", Some(&settings.secret_key)),
        ("smtp.password", config.smtp.password.as_ref()),
        (
            "database.app_password",
            config.database.app_password.as_ref(),
        ),
        (
            "identity.keycloak.panel_secret",
            config.identity.keycloak.panel_secret.as_ref(),
        ),
        (
            "identity.keycloak.portal_secret",
            config.identity.keycloak.portal_secret.as_ref(),
        ),
        (
            "identity.keycloak.provisioning_secret",
            config.identity.keycloak.provisioning_secret.as_ref(),
        ),
    ];
    let listed = config
        .sumsub
        .webhook_secrets
        .iter()
        .map(|secret| ("sumsub.webhook_secrets", Some(secret)));
    for (name, secret) in secrets.into_iter().chain(listed) {
        if secret.is_some_and(|secret| is_made_by_dev(secret.expose())) {
            return Err(refused(
                loaded,
                name,
                "it is a secret that `usher dev` made",
            ));
        }
    }
    let keycloak = match &settings.identity {
        Identity::Keycloak(keycloak) => Some(("identity.keycloak.url", &keycloak.url)),
        Identity::BuiltIn => None,
    };
    for (name, url) in [("sumsub.base_url", &config.sumsub.base_url)]
        .into_iter()
        .chain(keycloak)
    {
        if url.scheme() != "https" && !is_loopback(url) {
            return Err(Failure::configuration(format!(
                "{name} = \"{url}\", from {}, is refused: over plain http anyone on the way reads personal data; use an https URL.",
                loaded.origin(name)
            )));
        }
    }
    Ok(settings)
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
        return Err(Failure::configuration(
            "identity.keycloak.internal_realm and identity.keycloak.customer_realm name one realm: customers would get in at the panel's door; use two.",
        ));
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

fn refused(loaded: &Loaded, name: &str, why: &str) -> Failure {
    let allowed = find(name).map_or("another", |key: &Key| key.allowed);
    Failure::configuration(format!(
        "{name}, from {}, is refused: {why}; use {allowed}.",
        loaded.origin(name)
    ))
}

/// A file below a data folder of `usher dev` holds nothing that a real server may use.
fn dev_files(loaded: &Loaded) -> Result<(), Failure> {
    let mut files: Vec<(String, PathBuf)> = loaded.files.clone();
    if let Some(path) = &loaded.config.smtp.ca_file {
        files.push((
            format!("smtp.ca_file, from {}", loaded.origin("smtp.ca_file")),
            path.clone(),
        ));
    }
    if let Some(socket) = loaded
        .config
        .database
        .url
        .as_ref()
        .and_then(|url| socket_folder(url.expose()))
    {
        files.push((
            format!("database.url, from {}", loaded.origin("database.url")),
            socket,
        ));
    }
    for (name, path) in files {
        if let Some(folder) = data_folder::containing(&path) {
            return Err(Failure::configuration(format!(
                "{name}, is refused: {} is a data folder of `usher dev`, whose secrets and data are no real ones; use a file elsewhere.",
                folder.display()
            )));
        }
    }
    Ok(())
}

fn socket_folder(database_url: &str) -> Option<PathBuf> {
    let url = Url::parse(database_url).ok()?;
    let host = url
        .query_pairs()
        .find(|(name, _)| name == "host")
        .map(|(_, host)| host.into_owned());
    host.filter(|host| Path::new(host).is_absolute())
        .map(PathBuf::from)
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
