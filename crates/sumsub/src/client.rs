use std::time::Duration;

use chrono::Utc;
use reqwest::{Method, StatusCode, header, redirect};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout_at};
use url::{Host, Position, Url};

use crate::{
    Secret, SumsubError,
    applicant::{Applicant, Review},
    fields::Fields,
    request::{ApplicantType, Link, LinkBody, LinkRequest, TestCompleted},
    retry, signature,
};

/// No answer of Sumsub's comes near this; more is not read.
const MAX_ANSWER: usize = 1 << 20;

/// How to reach Sumsub.
#[derive(Clone, Debug)]
pub struct SumsubConfig {
    /// `https://api.sumsub.com`, or the simulator's. A path in it goes before each call's and is signed with it.
    pub base_url: Url,
    /// The app token; one from the sandbox begins with `sbx:`.
    pub app_token: Secret,
    /// The key that requests are signed with.
    pub secret_key: Secret,
    /// How long one try may take.
    pub timeout: Duration,
    /// How often a call is tried, the first time included.
    pub tries: u32,
    /// The pause before the second try; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause, also when Sumsub asks for a longer one.
    pub longest_pause: Duration,
    /// How long a call may take in all.
    pub deadline: Duration,
}

impl SumsubConfig {
    /// With 10 s for a try, 4 tries, pauses from 300 ms to 10 s, and 30 s in all: an operator waits for it.
    pub fn new(base_url: Url, app_token: Secret, secret_key: Secret) -> Self {
        Self {
            base_url,
            app_token,
            secret_key,
            timeout: Duration::from_secs(10),
            tries: 4,
            first_pause: Duration::from_millis(300),
            longest_pause: Duration::from_secs(10),
            deadline: Duration::from_secs(30),
        }
    }
}

/// Sumsub's REST API. Cheap to clone; clones share connections.
///
/// 429, 5xx, time-outs and broken connections are tried again with growing, jittered pauses, within
/// [`SumsubConfig::tries`] and [`SumsubConfig::deadline`]; any other error is final.
#[derive(Clone, Debug)]
pub struct Client {
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

impl Client {
    /// Prepares a client; connects to nothing yet.
    ///
    /// # Errors
    /// [`SumsubError::Config`] when the base URL or a secret cannot be used.
    pub fn new(config: SumsubConfig) -> Result<Self, SumsubError> {
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

    /// Whether the token is one of Sumsub's sandbox: nothing it verifies is real.
    pub fn is_sandbox(&self) -> bool {
        self.config.app_token.expose().starts_with("sbx:")
    }

    /// Makes a verification link (`POST /resources/sdkIntegrations/levels/-/websdkLink`).
    ///
    /// # Errors
    /// As every call; an unknown level is [`SumsubError::Rejected`]. Nothing needs undoing after any of them.
    pub async fn create_link(&self, request: &LinkRequest) -> Result<Link, SumsubError> {
        const CALL: &str = "create the verification link";
        let answer = self
            .call(
                CALL,
                Method::POST,
                "/resources/sdkIntegrations/levels/-/websdkLink",
                Some(&LinkBody::from(request)),
            )
            .await?;
        let url = read(CALL, &answer)?
            .text("url")
            .and_then(|url| Url::parse(&url).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| malformed(CALL, "it holds no link"))?;
        Ok(Link { url })
    }

    /// The applicant with our id (`GET /resources/applicants/-;externalUserId={id}/one`), if there is one.
    ///
    /// # Errors
    /// As every call; that there is none is no error.
    pub async fn applicant_by_external_id(
        &self,
        external_user_id: &str,
    ) -> Result<Option<Applicant>, SumsubError> {
        const CALL: &str = "look up the applicant";
        let path = format!(
            "/resources/applicants/-;externalUserId={}/one",
            encoded(external_user_id)
        );
        let answer = match self.call(CALL, Method::GET, &path, None::<&()>).await {
            // Any server has a 404; only Sumsub's names the request.
            Err(SumsubError::Rejected {
                status: 404,
                correlation_id: Some(_),
                ..
            }) => return Ok(None),
            answer => answer?,
        };
        Applicant::read(&read(CALL, &answer)?)
            .map(Some)
            .ok_or_else(|| malformed(CALL, "the applicant has no id"))
    }

    /// How an applicant's review stands (`GET /resources/applicants/{id}/status`).
    ///
    /// # Errors
    /// As every call; an unknown applicant is [`SumsubError::Rejected`] with status 404.
    pub async fn review_status(&self, applicant_id: &str) -> Result<Review, SumsubError> {
        const CALL: &str = "tell how the review stands";
        let path = format!("/resources/applicants/{}/status", encoded(applicant_id));
        let answer = self.call(CALL, Method::GET, &path, None::<&()>).await?;
        Ok(Review::read(&read(CALL, &answer)?))
    }

    /// Makes an applicant before the person opens a link (`POST /resources/applicants?levelName=…`); answers
    /// Sumsub's id.
    ///
    /// # Errors
    /// As every call; when there is one with this id already, [`SumsubError::Rejected`] with status 409.
    pub async fn create_applicant(
        &self,
        level_name: &str,
        external_user_id: &str,
        type_: ApplicantType,
    ) -> Result<String, SumsubError> {
        const CALL: &str = "create the applicant";
        let path = format!("/resources/applicants?levelName={}", encoded(level_name));
        let body = serde_json::json!({"externalUserId": external_user_id, "type": type_});
        let answer = self.call(CALL, Method::POST, &path, Some(&body)).await?;
        read(CALL, &answer)?
            .text("id")
            .ok_or_else(|| malformed(CALL, "the applicant has no id"))
    }

    /// Ends a review as one likes (`POST /resources/applicants/{id}/status/testCompleted`); in the sandbox only.
    ///
    /// # Errors
    /// As every call; outside the sandbox [`SumsubError::Rejected`].
    pub async fn test_completed(
        &self,
        applicant_id: &str,
        result: &TestCompleted,
    ) -> Result<(), SumsubError> {
        let path = format!(
            "/resources/applicants/{}/status/testCompleted",
            encoded(applicant_id)
        );
        self.call(
            "finish the review in the sandbox",
            Method::POST,
            &path,
            Some(result),
        )
        .await
        .map(drop)
    }

    async fn call(
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
            let outcome = timeout_at(deadline, self.attempt(call, &method, &url, body.as_deref()))
                .await
                .unwrap_or_else(|_| Outcome::later("no answer in time"));
            let (reason, status, correlation_id, asked) = match outcome {
                Outcome::Done(answer) => return Ok(answer),
                Outcome::Final(error) => {
                    tracing::warn!(
                        call,
                        kind = error.kind(),
                        status = error.status(),
                        correlation_id = error.correlation_id(),
                        "Sumsub call failed"
                    );
                    return Err(error);
                }
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
        let timestamp = Utc::now().timestamp();
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
            .and_then(|value| retry::retry_after(value.to_str().ok()?, Utc::now()));
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

fn read<'a>(call: &'static str, answer: &'a [u8]) -> Result<Fields<'a>, SumsubError> {
    Fields::parse(answer).map_err(|_| malformed(call, "it is not a JSON object"))
}

fn malformed(call: &'static str, reason: &str) -> SumsubError {
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

/// Percent-encoded, so that an id can neither leave its segment nor add a matrix or query parameter.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
