//! What `usher dev` made is refused: its secrets are none, and its data isn't real.

use std::path::PathBuf;

use sumsub::Secret;

use super::{load::Loaded, refusals::refused, types::Config};
use crate::{database::Address, dev::data_folder};

/// Whether a secret is one that `usher dev` made.
fn is_made_by_dev(secret: &str) -> bool {
    secret
        .strip_prefix("sbx:")
        .or_else(|| secret.strip_prefix("prd:"))
        .unwrap_or(secret)
        .starts_with("dev_")
}

/// Every secret that is set, with its key.
#[must_use]
pub fn secrets(config: &Config) -> Vec<(&'static str, &Secret)> {
    let keycloak = &config.identity.keycloak;
    let single = [
        ("database.app_password", &config.database.app_password),
        ("sumsub.app_token", &config.sumsub.app_token),
        ("sumsub.secret_key", &config.sumsub.secret_key),
        ("smtp.password", &config.smtp.password),
        ("identity.keycloak.panel_secret", &keycloak.panel_secret),
        ("identity.keycloak.portal_secret", &keycloak.portal_secret),
        (
            "identity.keycloak.provisioning_secret",
            &keycloak.provisioning_secret,
        ),
    ];
    let listed = config.sumsub.webhook_secrets.iter();
    single
        .into_iter()
        .filter_map(|(name, secret)| Some((name, secret.as_ref()?)))
        .chain(listed.map(|secret| ("sumsub.webhook_secrets", secret)))
        .collect()
}

/// Secrets that `usher dev` made.
pub fn dev_secrets(loaded: &Loaded) -> Vec<String> {
    let config = &loaded.config;
    let urls = [
        ("database.url", &config.database.url),
        ("database.direct_url", &config.database.direct_url),
    ];
    let of_urls = urls
        .into_iter()
        .filter(|(_, url)| {
            let password = url.as_ref().and_then(|url| password_of(url.expose()));
            password.is_some_and(is_made_by_dev)
        })
        .map(|(name, _)| refused(loaded, name, "its password was made by `usher dev`"));
    let others = secrets(config)
        .into_iter()
        .filter(|(_, secret)| is_made_by_dev(secret.expose()))
        .map(|(name, _)| refused(loaded, name, "it is a secret that `usher dev` made"));
    of_urls.chain(others).collect()
}

/// A file below a data folder of `usher dev` holds nothing that a real server may use.
pub fn dev_files(loaded: &Loaded) -> Vec<String> {
    let mut files: Vec<(String, PathBuf)> = loaded
        .files
        .iter()
        .map(|file| (file.name.clone(), file.path.clone()))
        .collect();
    let config = &loaded.config;
    let database = &config.database;
    let socket = |url: &Option<Secret>| url.as_ref().and_then(|url| socket_folder(url.expose()));
    let named = [
        ("smtp.ca_file", config.smtp.ca_file.clone()),
        ("database.url", socket(&database.url)),
        ("database.direct_url", socket(&database.direct_url)),
    ];
    files.extend(
        named.into_iter().filter_map(|(name, path)| {
            Some((format!("{name}, from {}", loaded.origin(name)), path?))
        }),
    );
    files
        .into_iter()
        .filter_map(|(name, path)| {
            let folder = data_folder::containing(&path)?;
            Some(format!(
                "{name}, is refused: {} is a data folder of `usher dev`, whose secrets and data are no real ones; use a file elsewhere.",
                folder.display()
            ))
        })
        .collect()
}

/// The password of a URL, as it is written there; ours need no escapes.
fn password_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (who, _) = rest.split_once('@')?;
    who.split_once(':').map(|(_, password)| password)
}

fn socket_folder(database_url: &str) -> Option<PathBuf> {
    let address = Address::parse(database_url).ok()?;
    let mut sockets = address.hosts().iter();
    sockets.find_map(|options| options.get_socket()).cloned()
}
