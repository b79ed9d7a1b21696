//! Sumsub's end of the webhook: bodies as Sumsub's documentation shows them, signed with the webhook's secret.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac as _};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use uuid::Uuid;

/// A callback's body before it is signed.
#[derive(Debug, Clone)]
pub struct Callback(Map<String, Value>);

impl Callback {
    /// The fields that every callback has, for an individual at the default level, now.
    #[must_use]
    pub fn new(kind: &str, status: &str, prospect: Uuid) -> Self {
        let applicant = applicant_of(prospect);
        Self(Map::new())
            .set("type", json!(kind))
            .set("applicantId", json!(applicant))
            .set("inspectionId", json!(format!("{}1", &applicant[..23])))
            .set("correlationId", json!(format!("req-{}", Uuid::new_v4())))
            .set("externalUserId", json!(prospect))
            .set("applicantType", json!("individual"))
            .set("levelName", json!("basic-kyc-level"))
            .set("sandboxMode", json!(false))
            .set("reviewStatus", json!(status))
            .set("clientId", json!("usher"))
            .at(Utc::now())
    }

    /// The person opened the link.
    #[must_use]
    pub fn created(prospect: Uuid) -> Self {
        Self::new("applicantCreated", "init", prospect)
    }

    /// The documents are in.
    #[must_use]
    pub fn pending(prospect: Uuid) -> Self {
        Self::new("applicantPending", "pending", prospect)
    }

    /// A human must look.
    #[must_use]
    pub fn on_hold(prospect: Uuid) -> Self {
        Self::new("applicantOnHold", "onHold", prospect)
    }

    /// Sumsub approved the prospect.
    #[must_use]
    pub fn green(prospect: Uuid) -> Self {
        Self::new("applicantReviewed", "completed", prospect)
            .set("reviewResult", json!({"reviewAnswer": "GREEN"}))
    }

    /// Rejected, with the labels and both comments.
    #[must_use]
    pub fn red(prospect: Uuid, reject_type: &str) -> Self {
        Self::new("applicantReviewed", "completed", prospect).set(
            "reviewResult",
            json!({
                "reviewAnswer": "RED",
                "rejectLabels": ["UNSATISFACTORY_PHOTOS", "FORGERY"],
                "reviewRejectType": reject_type,
                "moderationComment": "Please upload a clearer photo.",
                "clientComment": "Suspected fraudulent account."
            }),
        )
    }

    /// With another value in a field.
    #[must_use]
    pub fn set(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    /// Without a field.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.0.remove(key);
        self
    }

    /// Happened at that time.
    #[must_use]
    pub fn at(self, time: DateTime<Utc>) -> Self {
        self.set(
            "createdAtMs",
            json!(time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()),
        )
        .set(
            "createdAt",
            json!(time.format("%Y-%m-%d %H:%M:%S+0000").to_string()),
        )
    }

    /// Happened so many milliseconds from now (or before, when negative).
    #[must_use]
    pub fn in_ms(self, milliseconds: i64) -> Self {
        self.at(Utc::now() + TimeDelta::milliseconds(milliseconds))
    }

    /// The correlation id: what the callback log finds it by.
    #[must_use]
    pub fn correlation(&self) -> String {
        let id = self.0.get("correlationId").and_then(Value::as_str);
        id.unwrap_or_default().to_owned()
    }

    /// The bytes that are signed and sent.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        Value::Object(self.0.clone()).to_string().into_bytes()
    }
}

/// An applicant id that looks like Sumsub's (24 hex digits), the same one for the same prospect.
#[must_use]
pub fn applicant_of(prospect: Uuid) -> String {
    // The random end of a UUID v7: its beginning is the time, alike for neighbours.
    prospect.simple().to_string()[8..].to_owned()
}

/// The digests that Sumsub can sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// HMAC with SHA-1, which is accepted only when it is configured.
    Sha1,
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-512.
    Sha512,
}

impl Digest {
    /// The name in `X-Payload-Digest-Alg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "HMAC_SHA1_HEX",
            Self::Sha256 => "HMAC_SHA256_HEX",
            Self::Sha512 => "HMAC_SHA512_HEX",
        }
    }

    /// The lower-case hex digest of `body`.
    ///
    /// # Errors
    /// Never for HMAC, which takes keys of any length.
    pub fn sign(self, secret: &str, body: &[u8]) -> Result<String> {
        macro_rules! digest {
            ($hash:ty) => {{
                let mut mac = Hmac::<$hash>::new_from_slice(secret.as_bytes())?;
                mac.update(body);
                hex::encode(mac.finalize().into_bytes())
            }};
        }
        Ok(match self {
            Self::Sha1 => digest!(Sha1),
            Self::Sha256 => digest!(Sha256),
            Self::Sha512 => digest!(Sha512),
        })
    }
}

/// Sends callbacks to a webhook.
#[derive(Debug, Clone)]
pub struct Sumsub {
    client: reqwest::Client,
    url: Arc<str>,
    secret: Arc<str>,
}

impl Sumsub {
    /// For this webhook, with its secret.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(url: &str, secret: &str) -> Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            url: url.into(),
            secret: secret.into(),
        })
    }

    /// Signs and sends, once; gives the status.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(&self, callback: &Callback) -> Result<StatusCode> {
        self.send_signed(callback.body(), Digest::Sha256).await
    }

    /// Signs and sends a callback that has to be taken.
    ///
    /// # Errors
    /// When the answer isn't 200.
    pub async fn deliver(&self, callback: &Callback) -> Result<()> {
        let status = self.send(callback).await?;
        anyhow::ensure!(status == StatusCode::OK, "the webhook answered {status}");
        Ok(())
    }

    /// Signs bytes with a digest and sends them.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send_signed(&self, body: Vec<u8>, digest: Digest) -> Result<StatusCode> {
        let signature = digest.sign(&self.secret, &body)?;
        self.send_raw(
            body,
            &[
                ("X-Payload-Digest-Alg", digest.name()),
                ("X-Payload-Digest", &signature),
            ],
        )
        .await
    }

    /// Sends bytes with the headers given, and no others of ours.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send_raw(&self, body: Vec<u8>, headers: &[(&str, &str)]) -> Result<StatusCode> {
        let mut request = self
            .client
            .post(&*self.url)
            .header("Content-Type", "application/json")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request
            .send()
            .await
            .context("POST to the webhook")?
            .status())
    }

    /// The webhook's secret.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The webhook's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
