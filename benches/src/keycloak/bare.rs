//! A bare client that makes the calls that Usher makes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::keycloak_server::ADMINISTRATOR;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{AT_ONCE, realm};

#[derive(Clone, Copy)]
pub(super) enum Password {
    /// By us, cheaply.
    Hashed,
    /// By Keycloak, slowly.
    Plain,
}

/// Keycloak's admin API, and nothing around it.
pub(super) struct Bare {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Bare {
    /// At this Keycloak.
    pub(super) fn new(url: &str) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(60))
                .build()?,
            base: url.to_owned(),
            token: String::new(),
        })
    }

    /// Users a second.
    pub(super) async fn make(&mut self, count: usize, password: Password) -> Result<f64> {
        let start = Instant::now();
        // An administrator's token lives for a minute.
        for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
            self.sign_in().await?;
            let this = &*self;
            stream::iter(chunk)
                .map(async |_| this.one(password).await)
                .buffer_unordered(AT_ONCE)
                .try_collect::<Vec<()>>()
                .await?;
        }
        Ok(count as f64 / start.elapsed().as_secs_f64())
    }

    async fn sign_in(&mut self) -> Result<()> {
        let url = format!("{}/realms/master/protocol/openid-connect/token", self.base);
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", ADMINISTRATOR),
            ("password", ADMINISTRATOR),
        ];
        let answer: Value = self.http.post(url).form(&form).send().await?.json().await?;
        answer["access_token"]
            .as_str()
            .context("no token")?
            .clone_into(&mut self.token);
        Ok(())
    }

    async fn one(&self, password: Password) -> Result<()> {
        let customer = Uuid::new_v4();
        let users = format!("{}/admin/realms/{}/users", self.base, realm(false));
        let found: Value = self
            .http
            .get(format!("{users}?q=customerId:{customer}"))
            .bearer_auth(&self.token)
            .send()
            .await?
            .json()
            .await?;
        ensure!(found == json!([]), "a fresh customer has a login: {found}");
        let mut user = json!({
            "username": customer,
            "email": format!("{}@bare.test", customer.simple()),
            "enabled": true,
            "attributes": {"customerId": [customer]},
            "requiredActions": ["UPDATE_PASSWORD"],
        });
        let mut credential = json!({"type": "password", "temporary": true});
        match password {
            Password::Plain => credential["value"] = json!(customer.to_string() + "A-"),
            // A hash of nobody's password: what it says costs Keycloak nothing here.
            Password::Hashed => {
                credential["secretData"] =
                    json!(json!({"value": "c29tZSBoYXNo", "salt": "c29tZSBzYWx0"}).to_string());
                credential["credentialData"] =
                    json!(json!({"hashIterations": 1, "algorithm": "pbkdf2-sha256"}).to_string());
            }
        }
        user["credentials"] = json!([credential]);
        self.http
            .post(&users)
            .bearer_auth(&self.token)
            .json(&user)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}
