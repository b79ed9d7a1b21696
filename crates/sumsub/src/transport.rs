//! Signed calls to Sumsub, and which of them are tried again.

mod attempt;

use reqwest::{Method, redirect};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout_at};
use url::{Host, Position, Url};

use self::attempt::Attempt;
use crate::{SumsubConfig, SumsubError, retry};

/// The longest answer that is read, in bytes; none of Sumsub's comes near it.
const MAX_ANSWER: usize = 1 << 20;

/// Brings signed calls to Sumsub, and tries again what is worth it.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    config: SumsubConfig,
    http: reqwest::Client,
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
        self.try_until_answered(call, &method, &url, body.as_deref())
            .await
    }

    async fn try_until_answered(
        &self,
        call: &'static str,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
    ) -> Result<Vec<u8>, SumsubError> {
        let deadline = Instant::now() + self.config.deadline;
        let mut tries = 0;
        loop {
            tries += 1;
            let asked = vitals::SUMSUB.ask();
            let attempt = timeout_at(deadline, self.attempt(call, method, url, body))
                .await
                .unwrap_or_else(|_| Attempt::later("no answer in time"));
            match &attempt {
                // Who says that it is too much answers.
                Attempt::Later(later) if later.status != Some(429) => asked.failed(&later.reason),
                _ => asked.answered(),
            }
            let later = match attempt {
                Attempt::Done(answer) => return Ok(answer),
                Attempt::Final(error) => return Err(error),
                Attempt::Later(later) => later,
            };
            let (first, longest) = (self.config.first_pause, self.config.longest_pause);
            let pause = retry::pause(first, longest, tries + 1, later.retry_after);
            if tries >= self.config.tries || Instant::now() + pause >= deadline {
                tracing::warn!(
                    call,
                    tries,
                    status = later.status,
                    correlation_id = later.correlation_id,
                    "Sumsub is not available"
                );
                return Err(SumsubError::Unavailable {
                    call,
                    reason: later.reason,
                    tries,
                    status: later.status,
                    retry_after: later.retry_after,
                    correlation_id: later.correlation_id,
                });
            }
            tracing::info!(
                call,
                tries,
                status = later.status,
                pause_ms = pause.as_millis(),
                "Sumsub is not available, trying again"
            );
            sleep(pause).await;
        }
    }
}

pub(crate) fn malformed(call: &'static str, reason: &str) -> SumsubError {
    SumsubError::Malformed {
        call,
        reason: reason.to_owned(),
    }
}

/// An error and its causes in words.
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
