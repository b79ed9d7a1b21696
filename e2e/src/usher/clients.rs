//! Everybody who talks to a running `usher dev`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::Usher;
use crate::{Admin, Mailbox, Sumsub, counts::Counts, portal::Portal, simulator::Simulator, until};

impl Usher {
    /// The panel, asked by a program with the API token.
    ///
    /// # Errors
    /// When a URL of the ready file is malformed.
    pub fn admin(&self) -> Result<Admin> {
        Admin::with_token(&self.ready().admin_url, &self.ready().api_token)
    }

    /// The portal, in a fresh browser window without JavaScript.
    ///
    /// # Errors
    /// When a URL of the ready file is malformed.
    pub fn portal(&self) -> Result<Portal> {
        Portal::new(&self.ready().public_url)
    }

    /// Sumsub's end of the webhook.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn sumsub(&self) -> Result<Sumsub> {
        Sumsub::new(&self.ready().webhook_url, &self.ready().webhook_secret)
    }

    /// The development mailbox.
    ///
    /// # Errors
    /// When a URL of the ready file is malformed.
    pub fn mailbox(&self) -> Result<Mailbox> {
        Mailbox::new(&self.ready().dev_url)
    }

    /// The simulator's pages.
    ///
    /// # Errors
    /// When a URL of the ready file is malformed.
    pub fn simulator(&self) -> Result<Simulator> {
        Simulator::new(&self.ready().dev_url)
    }

    /// Sets the clock forward by so much, such as `8d`; answers how far it is ahead then.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn set_forward(&self, by: &str) -> Result<Duration> {
        let clock = format!("{}/clock", self.ready().dev_url.trim_end_matches('/'));
        let client = reqwest::Client::builder().no_proxy().build()?;
        let step = serde_json::json!({"forward": by});
        let answer = client.post(clock).json(&step).send().await?;
        let (status, words) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "the clock: {status} {words}");
        let now: serde_json::Value = serde_json::from_str(&words)?;
        let ahead = now["ahead_seconds"].as_u64().context("no offset")?;
        Ok(Duration::from_secs(ahead))
    }

    /// The database, for counting from outside.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn counts(&self) -> Result<Counts> {
        let url = self.ready().database_url.clone();
        until(
            "a connection to the private PostgreSQL",
            Duration::from_secs(20),
            || Counts::connect(&url),
        )
        .await
    }
}
