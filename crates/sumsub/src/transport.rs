use std::time::Duration;

use reqwest::{Method, StatusCode, header, redirect};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout_at};
use url::{Host, Position, Url};

use crate::{SumsubConfig, SumsubError, fields::Fields, retry, signature};

/// No answer of Sumsub's comes near this; more is not read.
const MAX_ANSWER: usize = 1 << 20;

/// Brings signed calls to Sumsub, and tries again what is worth it.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    config: SumsubConfig,
    http: reqwest::Client,
}

/// One try's end.
enum Outcome {
    Done(Vec<u8>),
    Final(SumsubError),
    Later {
        reason: String,
        status: Option<u16>,
        correlation_id: Option<String>,
        asked: Option<Duration>,
    },
}

impl Transport {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`SumsubError::Config`] when the base URL or a secret cannot be used.
    pub(crate) fn new(config: SumsubConfig) -> Result<Self, SumsubError> {
        let bad = |reason: &str| SumsubError::Config {
            reason: reason.to_owned(),
        };
        if !matches!(config.base_url.scheme(), "http" | "https") {
            return Err(bad(
                "sumsub.base_url has to begin with https:// (http:// for the simulator)",
            ));
        }
        if config.app_token.is_empty() || config.secret_key.is_empty() {
            return Err(bad(
                "sumsub.app_token and sumsub.secret_key must not be empty",
            ));
        }
        // A redirect would carry the token elsewhere, under a signature for another path.
        let mut http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(config.timeout)
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&config.base_url) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            bad(&format!(
                "the HTTP client does not start: {}",
                chain(&error)
            ))
        })?;
        Ok(Self { config, http })
    }

    /// The same, which tries once.
    pub(crate) fn once(mut self) -> Self {
        self.config.tries = 1;
        self
    }

    /// Whether the token is one of Sumsub's sandbox.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.config.app_token.expose().starts_with("sbx:")
    }

    /// The body of a 2xx. `call` says in words what was asked for.
    pub(crate) async fn call(
        &self,
        call: &'static str,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Vec<u8>, SumsubError> {
        let answer = self.ask(call, method, path, body).await;
        if let Err(error) = &answer
            && !error.is_transient()
        {
            tracing::warn!(
                call,
                kind = error.kind(),
                status = error.status(),
                correlation_id = error.correlation_id(),
                "Sumsub call failed"
            );
        }
        answer
    }

    /// The same for who expects a refusal: it is not said in the log.
    pub(crate) async fn ask(
        &self,
        call: &'static str,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Vec<u8>, SumsubError> {
        let config_error = |reason: String| SumsubError::Config { reason };
        let base = &self.config.base_url[..Position::AfterPath];
        let url =
            Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).map_err(|error| {
                config_error(format!("sumsub.base_url leads to no address: {error}"))
            })?;
        if !url[..Position::AfterQuery].ends_with(path) {
            return Err(config_error(
                "an id such as `..` cannot stand in an address".to_owned(),
            ));
        }
        let body = body
            .map(serde_json::to_vec)
            .transpose()
            .map_err(|error| config_error(format!("a request cannot be written: {error}")))?;
        let deadline = Instant::now() + self.config.deadline;
        let mut tries = 0;
        loop {
            tries += 1;
            let asked = vitals::SUMSUB.ask();
            let outcome = timeout_at(deadline, self.attempt(call, &method, &url, body.as_deref()))
                .await
                .unwrap_or_else(|_| Outcome::later("no answer in time"));
            match &outcome {
                // Who says that it is too much answers.
                Outcome::Later { reason, status, .. } if *status != Some(429) => {
                    asked.failed(reason);
                }
                _ => asked.answered(),
            }
            let (reason, status, correlation_id, asked) = match outcome {
                Outcome::Done(answer) => return Ok(answer),
                Outcome::Final(error) => return Err(error),
                Outcome::Later {
                    reason,
                    status,
                    correlation_id,
                    asked,
                } => (reason, status, correlation_id, asked),
            };
            let pause = retry::pause(
                self.config.first_pause,
                self.config.longest_pause,
                tries + 1,
                asked,
            );
            if tries >= self.config.tries || Instant::now() + pause >= deadline {
                tracing::warn!(
                    call,
                    tries,
                    status,
                    correlation_id,
                    "Sumsub is not available"
                );
                return Err(SumsubError::Unavailable {
                    call,
                    reason,
                    tries,
                    status,
                    retry_after: asked,
                    correlation_id,
                });
            }
            tracing::info!(
                call,
                tries,
                status,
                pause_ms = pause.as_millis(),
                "Sumsub is not available, trying again"
            );
            sleep(pause).await;
        }
    }

    /// Signs anew at each try: Sumsub takes a signature for about a minute only.
    async fn attempt(
        &self,
        call: &'static str,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
    ) -> Outcome {
        let timestamp = clock::now().timestamp();
        let signature = signature::sign(
            &self.config.secret_key,
            timestamp,
            method.as_str(),
            &url[Position::BeforePath..Position::AfterQuery],
            body.unwrap_or_default(),
        );
        let mut request = self
            .http
            .request(method.clone(), url.clone())
            .header(header::ACCEPT, "application/json")
            .header(signature::TOKEN_HEADER, self.config.app_token.expose())
            .header(signature::TIME_HEADER, timestamp)
            .header(signature::SIGNATURE_HEADER, signature);
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_vec());
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_builder() => {
                return Outcome::Final(SumsubError::Config {
                    reason: format!("the request cannot be sent: {}", chain(&error)),
                });
            }
            Err(error) => return Outcome::later(transport(&error)),
        };
        let status = response.status();
        let asked = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| retry::retry_after(value.to_str().ok()?, clock::now()));
        let mut answer = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if answer.len() + chunk.len() > MAX_ANSWER => {
                    return Outcome::Final(malformed(call, "it is longer than 1 MiB"));
                }
                Ok(Some(chunk)) => answer.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Outcome::later(transport(&error)),
            }
        }
        if status.is_success() {
            return Outcome::Done(answer);
        }
        failure(call, status, asked, &answer)
    }
}

fn failure(
    call: &'static str,
    status: StatusCode,
    asked: Option<Duration>,
    answer: &[u8],
) -> Outcome {
    let fields = Fields::parse(answer).ok();
    // Half of what Sumsub said, which would be taken for another server's.
    if fields.is_none() && answer.trim_ascii_start().starts_with(b"{") {
        return Outcome::Later {
            reason: format!("its answer (HTTP {}) was cut off", status.as_u16()),
            status: Some(status.as_u16()),
            correlation_id: None,
            asked,
        };
    }
    let text = |name| fields.as_ref().and_then(|fields| fields.text(name));
    let correlation_id = text("correlationId");
    let description = text("description");
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let said = description
            .or(status.canonical_reason().map(str::to_owned))
            .unwrap_or_default();
        return Outcome::Later {
            reason: format!("HTTP {} {said}", status.as_u16())
                .trim_end()
                .to_owned(),
            status: Some(status.as_u16()),
            correlation_id,
            asked,
        };
    }
    Outcome::Final(SumsubError::Rejected {
        call,
        status: status.as_u16(),
        description: description.unwrap_or_else(|| "it gave no reason".to_owned()),
        error_code: fields
            .as_ref()
            .and_then(|fields| fields.number("errorCode")),
        error_name: text("errorName"),
        correlation_id,
    })
}

impl Outcome {
    fn later(reason: impl Into<String>) -> Self {
        Self::Later {
            reason: reason.into(),
            status: None,
            correlation_id: None,
            asked: None,
        }
    }
}

pub(crate) fn malformed(call: &'static str, reason: &str) -> SumsubError {
    SumsubError::Malformed {
        call,
        reason: reason.to_owned(),
    }
}

/// In words, without the URL: it may hold an id that is not for every reader.
fn transport(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        format!("no connection ({})", root(error))
    } else {
        format!("the connection broke ({})", root(error))
    }
}

fn root(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut error = error;
    while let Some(source) = error.source() {
        words = format!("{words}: {source}");
        error = source;
    }
    words
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
