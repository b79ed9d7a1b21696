//! The simulator's pages: where one plays the applicant.

use anyhow::Result;
use serde_json::Value;

use crate::{Page, Window};

/// The simulator of one Usher.
#[derive(Debug, Clone)]
pub struct Simulator {
    window: Window,
    client: reqwest::Client,
    base: String,
}

/// A webhook as the simulator tells of it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The callback's `type`.
    pub kind: String,
    /// The prospect's UUID, as it was sent.
    pub external_user_id: String,
    /// `waiting`, `sending`, `sent`, `failed` or `dropped`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What Usher answered last.
    pub last_status: Option<i64>,
}

impl Simulator {
    /// On the development listener.
    ///
    /// # Errors
    /// When the URL is malformed.
    pub fn new(dev_url: &str) -> Result<Self> {
        Ok(Self {
            window: Window::new(dev_url)?,
            client: reqwest::Client::builder().no_proxy().build()?,
            base: format!("{}/sumsub", dev_url.trim_end_matches('/')),
        })
    }

    /// Opens a permalink, as the applicant does.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub async fn open(&self, permalink: &str) -> Result<Page> {
        self.window.open(permalink).await
    }

    /// Presses a button on the page behind a permalink.
    ///
    /// # Errors
    /// When there is no such button or it is refused.
    pub async fn press(&self, permalink: &str, button: &str) -> Result<Page> {
        let form = self.open(permalink).await?.form(button)?;
        self.window.submit(&form).await?.ok()
    }

    /// Sets the switches; what is not named is off.
    ///
    /// # Errors
    /// When the simulator refuses them.
    pub async fn switch(&self, switches: &Value) -> Result<()> {
        let request = self
            .client
            .put(format!("{}/switches", self.base))
            .json(switches);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// Every webhook so far, the newest first.
    ///
    /// # Errors
    /// When the simulator doesn't answer as agreed.
    pub async fn webhooks(&self) -> Result<Vec<Sent>> {
        let url = format!("{}/webhooks", self.base);
        let listed: Vec<Value> = self
            .client
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(listed
            .iter()
            .map(|webhook| Sent {
                kind: text(&webhook["type"]),
                external_user_id: text(&webhook["body"]["externalUserId"]),
                state: text(&webhook["state"]),
                attempts: webhook["attempts"].as_i64().unwrap_or_default(),
                last_status: webhook["lastStatus"].as_i64(),
            })
            .collect())
    }

    /// The window, for looking at pages.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }
}
