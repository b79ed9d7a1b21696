//! The development mailbox, asked as JSON.

use std::time::Duration;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use uuid::Uuid;

use crate::{until, wait::LATER};

/// A mail as `/mail/messages` tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The mail's id in the mailbox.
    pub id: Uuid,
    /// The addresses that it was sent to.
    pub to: Vec<String>,
    /// The sender's address.
    pub from: String,
    /// The subject, decoded.
    pub subject: String,
    /// The Message-ID, without the angle brackets.
    pub message_id: String,
    /// The text part, decoded.
    pub text: String,
    /// The HTML part, decoded.
    pub html: String,
}

/// The mailbox of one Usher.
#[derive(Debug, Clone)]
pub struct Mailbox {
    client: reqwest::Client,
    url: String,
}

impl Mailbox {
    /// On the development listener.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(dev_url: &str) -> Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            url: format!("{}/mail/messages", dev_url.trim_end_matches('/')),
        })
    }

    /// All mails, the newest first.
    ///
    /// # Errors
    /// When the mailbox doesn't answer as agreed.
    pub async fn all(&self) -> Result<Vec<Mail>> {
        Ok(self
            .client
            .get(&self.url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    }

    /// The mails to one address, the newest first.
    ///
    /// # Errors
    /// When the mailbox doesn't answer as agreed.
    pub async fn to(&self, address: &str) -> Result<Vec<Mail>> {
        let mut mails = self.all().await?;
        mails.retain(|mail| mail.to.iter().any(|to| to.contains(address)));
        Ok(mails)
    }

    /// Waits for the first mail to an address.
    ///
    /// # Errors
    /// When none comes.
    pub async fn wait_for(&self, address: &str) -> Result<Mail> {
        until("a mail", LATER, || async {
            self.to(address)
                .await?
                .into_iter()
                .next()
                .ok_or_else(|| anyhow!("no mail to this address"))
        })
        .await
    }
}

impl Mail {
    /// The temporary password, as the text version gives it.
    ///
    /// # Errors
    /// When the text has none.
    pub fn temporary_password(&self) -> Result<String> {
        password_in(&self.text)
    }
}

/// The word after "Temporary password:" (on the same line or the next).
///
/// # Errors
/// When the text has none.
pub fn password_in(text: &str) -> Result<String> {
    let mut words = text
        .split_whitespace()
        .skip_while(|word| !word.eq_ignore_ascii_case("password:"));
    words.next();
    words
        .next()
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("no \"Temporary password: …\" in:\n{text}"))
}
