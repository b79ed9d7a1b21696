//! The secrets of a data folder: made at its first start, the same at every other.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// All of them begin with `dev_` (behind Sumsub's `sbx:`), so that `usher serve` knows and refuses them.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DevSecrets {
    /// Of the database's owner.
    pub database_password: String,
    /// With which the simulator signs its webhooks.
    pub webhook_secret: String,
    /// Of the simulator's REST API.
    pub sumsub_app_token: String,
    /// With which requests to the simulator are signed.
    pub sumsub_secret_key: String,
    /// Of each seeded operator.
    pub operator_password: String,
    /// Of our clients and the administrator in the Keycloak beside it.
    #[serde(default = "one_time_password")]
    pub keycloak: String,
}

impl DevSecrets {
    /// Reads them from the data folder, or makes them there.
    ///
    /// # Errors
    /// When the file can't be read or written.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("secrets.toml");
        let unusable = |error: String| {
            Failure::other(format!(
                "{} can't be used ({error}): start anew with --fresh, which deletes all data.",
                path.display()
            ))
        };
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error: toml::de::Error| unusable(error.message().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let made = Self::make();
                let text = toml::to_string(&made).map_err(|error| unusable(error.to_string()))?;
                write_private(&path, text.as_bytes())
                    .map_err(|error| unusable(error.to_string()))?;
                Ok(made)
            }
            Err(error) => Err(unusable(error.to_string())),
        }
    }

    fn make() -> Self {
        Self {
            database_password: secret("dev_", 32),
            webhook_secret: secret("dev_", 32),
            sumsub_app_token: secret("sbx:dev_", 32),
            sumsub_secret_key: secret("dev_", 32),
            operator_password: secret("dev_", 12),
            keycloak: secret("dev_", 32),
        }
    }
}

/// A password for as long as this process runs.
#[must_use]
pub fn one_time_password() -> String {
    secret("dev_", 32)
}

/// Letters and digits that nobody mistakes for each other.
fn secret(prefix: &str, length: usize) -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    let rest = (0..length).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]));
    prefix.chars().chain(rest).collect()
}

/// Writes a file that only its owner may read, in one step: whoever sees it sees all of it.
///
/// # Errors
/// When the folder can't be written to.
pub fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let _ = fs::remove_file(&beside);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
