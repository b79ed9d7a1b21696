//! Real Chromium over CDP. Things are found as a screen reader finds them: by role and name in the accessibility tree.

mod album;
mod element;
mod finding;
mod hand;
mod library;
mod look;
mod tab;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, anyhow};
use chromiumoxide::{
    Browser, BrowserConfig, cdp::browser_protocol::target::CreateTargetParams,
    handler::viewport::Viewport,
};
use futures::StreamExt as _;
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub use self::{
    album::Album,
    element::Element,
    hand::{Acts, Hand},
    tab::Tab,
};

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 900;

/// A running Chromium with a profile of its own.
pub struct Chromium {
    browser: Browser,
    handler: JoinHandle<()>,
    _profile: TempDir,
}

impl Chromium {
    /// Starts it without a window (flags: `CONTRIBUTING.md`; as root it can't sandbox).
    ///
    /// # Errors
    /// When Chromium is missing or doesn't come up.
    pub async fn start() -> Result<Self> {
        let profile = tempfile::Builder::new()
            .prefix("usher-chromium-")
            .tempdir()?;
        let mut config = BrowserConfig::builder()
            .chrome_executable(executable()?)
            .user_data_dir(profile.path())
            .launch_timeout(Duration::from_secs(60))
            .request_timeout(Duration::from_secs(30))
            .window_size(WIDTH, HEIGHT)
            .viewport(Viewport {
                width: WIDTH,
                height: HEIGHT,
                ..Viewport::default()
            })
            .disable_https_first()
            .args([
                "disable-gpu",
                "disable-quic",
                "no-first-run",
                "disable-component-update",
                "disable-sync",
            ])
            .arg("disable-background-networking");
        if nix::unistd::geteuid().is_root() {
            config = config.no_sandbox();
        }
        let (browser, mut handler) =
            Browser::launch(config.build().map_err(|error| anyhow!(error))?).await?;
        let handler = tokio::spawn(async move {
            // Messages of a newer Chromium that the library doesn't know are errors here; they don't matter.
            while handler.next().await.is_some() {}
        });
        Ok(Self {
            browser,
            handler,
            _profile: profile,
        })
    }

    /// Opens a tab.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn tab(&self, url: &str) -> Result<Tab> {
        // In a window of its own: a tab behind another is not drawn, and does not answer what needs a layout.
        let target = CreateTargetParams::builder()
            .url("about:blank")
            .new_window(true)
            .width(WIDTH)
            .height(HEIGHT)
            .build()
            .map_err(|error| anyhow!(error))?;
        let page = self.browser.new_page(target).await?;
        let tab = Tab::over(page).await?;
        tab.go(url).await?;
        Ok(tab)
    }

    /// Ends it and waits for its processes.
    ///
    /// # Errors
    /// When it doesn't go.
    pub async fn close(mut self) -> Result<()> {
        self.browser.close().await?;
        let ended = tokio::time::timeout(Duration::from_secs(20), self.browser.wait()).await;
        if ended.is_err() {
            self.browser.kill().await;
        }
        self.handler.abort();
        Ok(())
    }
}

fn executable() -> Result<PathBuf> {
    if let Ok(path) = std::env::var("CHROMIUM") {
        return Ok(path.into());
    }
    [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.is_file())
    .context("Chromium is missing: `apt-get install chromium`, or name it in CHROMIUM")
}
