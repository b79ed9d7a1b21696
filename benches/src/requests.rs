//! Whole requests of programs and people, as they go over the wire.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use url::Url;

/// Who asks, and whom.
pub struct Client {
    /// The server's address.
    pub url: Url,
    /// Says who asks, as a header line.
    who: String,
}

impl Client {
    /// A program with an API token.
    pub fn with_token(url: &str, token: &str) -> Result<Self> {
        Ok(Self {
            url: Url::parse(url)?,
            who: format!("Authorization: Bearer {token}"),
        })
    }

    /// A person's browser with these cookies.
    pub fn with_cookies(url: &str, cookies: &str) -> Result<Self> {
        Ok(Self {
            url: Url::parse(url)?,
            who: format!("Cookie: {cookies}"),
        })
    }

    fn host(&self) -> Result<String> {
        let host = self.url.host_str().context("no host")?;
        let port = self.url.port().context("no port")?;
        Ok(format!("{host}:{port}"))
    }

    /// Opens a page.
    pub fn get(&self, path: &str) -> Result<Vec<u8>> {
        let (host, who) = (self.host()?, &self.who);
        Ok(
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{who}\r\nAccept: text/html\r\n\r\n")
                .into_bytes(),
        )
    }

    /// Sends an operation of GraphQL.
    pub fn graphql(&self, query: &str, variables: &Value) -> Result<Vec<u8>> {
        let (host, who) = (self.host()?, &self.who);
        let body = json!({"query": query, "variables": variables}).to_string();
        Ok(format!(
            "POST /graphql HTTP/1.1\r\nHost: {host}\r\n{who}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes())
    }
}
