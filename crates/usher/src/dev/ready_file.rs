//! The file that tells scripts and tests where everything is, once all of it answers.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::secrets::write_private;
use crate::failure::Failure;

/// What stands in the file.
#[derive(Serialize)]
pub struct Ready {
    pub admin_url: String,
    pub public_url: String,
    pub ops_url: String,
    pub dev_url: String,
    pub webhook_url: String,
    /// With the role of the database's owner.
    pub database_url: String,
    pub webhook_secret: String,
    pub sumsub_app_token: String,
    pub sumsub_secret_key: String,
    /// An admin's bearer token, made at this start.
    pub api_token: String,
    pub operators: Vec<ReadyOperator>,
    /// Where people sign in, when a Keycloak keeps the logins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keycloak_url: Option<String>,
}

/// A seeded operator.
#[derive(Serialize)]
pub struct ReadyOperator {
    pub email: String,
    pub password: String,
    pub role: String,
}

/// The file, removed again when this is dropped.
pub struct ReadyFile(PathBuf);

impl ReadyFile {
    /// Removes what an earlier run left, and sees to it that the file can be written later.
    ///
    /// # Errors
    /// When its folder isn't there.
    pub fn prepare(path: &Path) -> Result<(), Failure> {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(Failure::other(format!(
                "The ready file {} can't be written: its folder isn't there; make it, or name another with --ready-file FILE.",
                path.display()
            )));
        }
        let _ = fs::remove_file(path);
        Ok(())
    }

    /// Writes it in one step, readable by its owner only.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(path: &Path, ready: &Ready) -> Result<Self, Failure> {
        let failed = |error: String| {
            Failure::other(format!(
                "The ready file {} can't be written ({error}): name another with --ready-file FILE.",
                path.display()
            ))
        };
        let mut text =
            serde_json::to_vec_pretty(ready).map_err(|error| failed(error.to_string()))?;
        text.push(b'\n');
        write_private(path, &text).map_err(|error| failed(error.to_string()))?;
        Ok(Self(path.to_path_buf()))
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
