//! JavaScript of others in a tab, as `scripts/setup-test.sh` fetches it from npm.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;

use super::Tab;

impl Tab {
    /// Runs a library in the page, such as the folder of `axe-core`. Whether it is there: where npm can't be reached
    /// there is none, and that is said.
    ///
    /// # Errors
    /// When it can't be read or run.
    pub async fn load(&self, library: &str) -> Result<bool> {
        let file = tools().join(library);
        if !file.exists() {
            println!("SKIPPED: {library} (scripts/setup-test.sh could not fetch it from npm)");
            return Ok(false);
        }
        let script = fs::read_to_string(&file)?;
        self.page().evaluate(format!("{script}; 0")).await?;
        Ok(true)
    }

    /// What an expression of JavaScript comes to, awaited when it is a promise.
    ///
    /// # Errors
    /// When it throws, or comes to something else.
    pub async fn evaluate<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        self.page()
            .evaluate(expression)
            .await?
            .into_value()
            .with_context(|| format!("what came of {expression}"))
    }
}

/// As `tools_folder` in `scripts/lib.sh`.
fn tools() -> PathBuf {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(tools) = folder("USHER_TOOLS") {
        return tools.into();
    }
    match folder("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => Path::new(&folder("HOME").unwrap_or_default()).join(".cache"),
    }
    .join("usher-tools")
}
