//! A program that speaks GraphQL.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// The API, asked with one bearer token.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body as JSON.
    pub body: Value,
}

impl Api {
    /// The API of the panel at `admin_url`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(admin_url: &str, token: &str) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                .no_proxy()
                .build()?,
            url: format!("{}/graphql", admin_url.trim_end_matches('/')),
            token: token.to_owned(),
        })
    }

    /// Sends an operation.
    ///
    /// # Errors
    /// When no JSON comes back; a refusal is an answer.
    pub async fn send(&self, query: &str, variables: Value) -> Result<Answer> {
        let response = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&json!({"query": query, "variables": variables}))
            .send()
            .await?;
        let status = response.status();
        let text = response.text().await?;
        let body = serde_json::from_str(&text)
            .with_context(|| format!("{status}, and no JSON: {text:.300}"))?;
        Ok(Answer { status, body })
    }

    /// The `data` of an operation that has to work.
    ///
    /// # Errors
    /// When it has errors.
    pub async fn data(&self, query: &str, variables: Value) -> Result<Value> {
        self.send(query, variables).await?.data()
    }
}

impl Answer {
    /// `data`, when there are no errors.
    ///
    /// # Errors
    /// When there are, with them.
    pub fn data(self) -> Result<Value> {
        match self.body.get("errors") {
            None => Ok(self.body["data"].clone()),
            Some(errors) => Err(anyhow!("{} {errors}", self.status)),
        }
    }

    /// The first error's code, when there is one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.body["errors"][0]["extensions"]["code"].as_str()
    }
}
