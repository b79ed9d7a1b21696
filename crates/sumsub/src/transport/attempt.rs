//! One try of a call, and what its answer means.

use std::time::Duration;

use reqwest::{Method, StatusCode, header};
use url::{Position, Url};

use super::{MAX_ANSWER, Transport, chain, malformed};
use crate::{SumsubError, fields::Fields, retry, signature};

/// How one try ended.
pub(super) enum Attempt {
    /// With the body of a 2xx.
    Done(Vec<u8>),
    /// With an error that no other try mends.
    Final(SumsubError),
    /// Another try may do it.
    Later(Later),
}

/// Why another try may do it.
pub(super) struct Later {
    pub(super) reason: String,
    /// The HTTP status, when there was an answer.
    pub(super) status: Option<u16>,
    /// What Sumsub's support asks for.
    pub(super) correlation_id: Option<String>,
    /// For how long Sumsub asks to be left alone (`Retry-After`).
    pub(super) retry_after: Option<Duration>,
}

impl Transport {
    /// Signs anew at each try: Sumsub takes a signature for about a minute only.
    pub(super) async fn attempt(
        &self,
        call: &'static str,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
    ) -> Attempt {
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
                return Attempt::Final(SumsubError::Config {
                    reason: format!("the request cannot be sent: {}", chain(&error)),
                });
            }
            Err(error) => return Attempt::later(transport(&error)),
        };
        let status = response.status();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| retry::retry_after(value.to_str().ok()?, clock::now()));
        let mut answer = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if answer.len() + chunk.len() > MAX_ANSWER => {
                    return Attempt::Final(malformed(call, "it is longer than 1 MiB"));
                }
                Ok(Some(chunk)) => answer.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Attempt::later(transport(&error)),
            }
        }
        if status.is_success() {
            return Attempt::Done(answer);
        }
        failure(call, status, retry_after, &answer)
    }
}

fn failure(
    call: &'static str,
    status: StatusCode,
    retry_after: Option<Duration>,
    answer: &[u8],
) -> Attempt {
    let fields = Fields::parse(answer).ok();
    // Half of what Sumsub said, which would be taken for another server's.
    if fields.is_none() && answer.trim_ascii_start().starts_with(b"{") {
        return Attempt::Later(Later {
            reason: format!("its answer (HTTP {}) was cut off", status.as_u16()),
            status: Some(status.as_u16()),
            correlation_id: None,
            retry_after,
        });
    }
    let text = |name| fields.as_ref().and_then(|fields| fields.text(name));
    let correlation_id = text("correlationId");
    let description = text("description");
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let reason = description
            .or(status.canonical_reason().map(str::to_owned))
            .unwrap_or_default();
        return Attempt::Later(Later {
            reason: format!("HTTP {} {reason}", status.as_u16())
                .trim_end()
                .to_owned(),
            status: Some(status.as_u16()),
            correlation_id,
            retry_after,
        });
    }
    Attempt::Final(SumsubError::Rejected {
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

impl Attempt {
    pub(super) fn later(reason: impl Into<String>) -> Self {
        Self::Later(Later {
            reason: reason.into(),
            status: None,
            correlation_id: None,
            retry_after: None,
        })
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
