//! The HTTP client as `openidconnect` wants it: ours, with an end to everybody's patience.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};

/// No answer of a provider is larger than this many bytes.
const LARGEST: usize = 1024 * 1024;

/// Asks the provider.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    /// How long one call may take, to the last byte of the answer, whatever the client itself says.
    patience: Duration,
    /// Where browsers find the provider, and where we do.
    elsewhere: Option<(String, String)>,
}

/// The provider gave no answer to speak of.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No whole answer in time.
    #[error("no answer in time")]
    TimeOut,
    /// No connection, or one that broke.
    #[error("{}", innermost(.0))]
    Broken(reqwest::Error),
    /// It says itself that it can't.
    #[error("it answers {0}")]
    Status(http::StatusCode),
    /// More than we are willing to read.
    #[error("its answer is too large")]
    TooLarge,
    /// Its address leads nowhere from here.
    #[error("its address can't be used: {0}")]
    Address(#[from] http::uri::InvalidUri),
    /// Not an answer by the rules of HTTP.
    #[error("its answer can't be read: {0}")]
    Malformed(#[from] http::Error),
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        HttpError::Broken(error.without_url())
    }
}

/// "error sending request" says nothing, "connection refused" does.
fn innermost(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

impl Http {
    pub fn new(client: reqwest::Client, patience: Duration) -> Self {
        Self {
            client,
            patience,
            elsewhere: None,
        }
    }

    /// With another client, which waits this long.
    #[cfg(feature = "testing")]
    pub fn with_patience(&self, client: reqwest::Client, patience: Duration) -> Self {
        Self {
            client,
            patience,
            elsewhere: self.elsewhere.clone(),
        }
    }

    /// What is below `public` is asked for below `inside`.
    pub fn reaching(self, public: &str, inside: &str) -> Self {
        let bare = |address: &str| address.trim_end_matches('/').to_owned();
        Self {
            elsewhere: Some((bare(public), bare(inside))),
            ..self
        }
    }

    pub async fn ask(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if let Some((public, inside)) = &self.elsewhere
            && let Some(rest) = request.uri().to_string().strip_prefix(public)
            && (rest.is_empty() || rest.starts_with(['/', '?']))
        {
            *request.uri_mut() = format!("{inside}{rest}").parse()?;
        }
        let asked = vitals::IDENTITY.ask();
        let came = tokio::time::timeout(self.patience, self.whole_answer(request))
            .await
            .unwrap_or(Err(HttpError::TimeOut));
        match &came {
            Err(
                error @ (HttpError::TimeOut
                | HttpError::Broken(_)
                | HttpError::Status(
                    http::StatusCode::BAD_GATEWAY
                    | http::StatusCode::SERVICE_UNAVAILABLE
                    | http::StatusCode::GATEWAY_TIMEOUT,
                )),
            ) => asked.failed(&error.to_string()),
            _ => asked.answered(),
        }
        came
    }

    async fn whole_answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut answer = self.client.execute(request.try_into()?).await?;
        let status = answer.status();
        if status.is_server_error() || status == http::StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::Status(status));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > LARGEST {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = http::Response::builder().status(status).body(body)?;
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
