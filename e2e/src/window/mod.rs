//! A browser window without JavaScript: cookies, links, forms. The panel has to be useful in one.

mod form;
mod page;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use reqwest::{
    cookie::{CookieStore as _, Jar},
    header::{AUTHORIZATION, HeaderMap, HeaderValue, ORIGIN},
    redirect::Policy,
};
use url::Url;

pub use self::{form::Form, page::Page};

/// A window that stays on one origin.
#[derive(Debug, Clone)]
pub struct Window {
    client: reqwest::Client,
    base: Url,
    origin: Option<String>,
    jar: Arc<Jar>,
}

impl Window {
    /// A window that follows redirects, as browsers do.
    ///
    /// # Errors
    /// When `base` is no URL.
    pub fn new(base: &str) -> Result<Self> {
        Self::build(base, Policy::limited(5), None)
    }

    /// One that shows the redirect itself, to look at its cookies.
    ///
    /// # Errors
    /// When `base` is no URL.
    pub fn without_redirects(base: &str) -> Result<Self> {
        Self::build(base, Policy::none(), None)
    }

    /// A program's: every request carries the bearer token.
    ///
    /// # Errors
    /// When `base` is no URL or the token can't stand in a header.
    pub fn with_token(base: &str, token: &str) -> Result<Self> {
        Self::build(base, Policy::limited(5), Some(token))
    }

    fn build(base: &str, redirects: Policy, token: Option<&str>) -> Result<Self> {
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            headers.insert(
                AUTHORIZATION,
                HeaderValue::try_from(format!("Bearer {token}"))?,
            );
        }
        let base = Url::parse(base)?;
        let jar = Arc::new(Jar::default());
        Ok(Self {
            client: reqwest::Client::builder()
                .cookie_provider(Arc::clone(&jar))
                .redirect(redirects)
                .default_headers(headers)
                .timeout(Duration::from_secs(30))
                .no_proxy()
                .build()?,
            origin: Some(base.origin().ascii_serialization()),
            base,
            jar,
        })
    }

    /// The same window (cookies shared) whose forms claim to stand on another site; `None`: they don't say.
    #[must_use]
    pub fn claiming_origin(&self, origin: Option<&str>) -> Self {
        Self {
            origin: origin.map(str::to_owned),
            ..self.clone()
        }
    }

    /// What it sends as header `Cookie`, for a program that goes on in its place; empty when it has none.
    ///
    /// # Errors
    /// When a cookie is no text.
    pub fn cookies(&self) -> Result<String> {
        let cookies = self.jar.cookies(&self.base);
        Ok(cookies.map_or(Ok(String::new()), |all| all.to_str().map(str::to_owned))?)
    }

    /// Opens a path or URL.
    ///
    /// # Errors
    /// When no answer comes; a status of any kind is an answer.
    pub async fn get(&self, path: &str) -> Result<Page> {
        let url = self.base.join(path)?;
        let response = self
            .client
            .get(url.clone())
            .send()
            .await
            .with_context(|| format!("GET {url}"))?;
        Page::read(response).await
    }

    /// Opens a path that has to answer 200.
    ///
    /// # Errors
    /// When it answers anything else; the page's words are in the error.
    pub async fn open(&self, path: &str) -> Result<Page> {
        self.get(path).await?.ok()
    }

    /// Sends fields as a browser's form does.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Result<Page> {
        let url = self.base.join(path)?;
        let mut request = self.client.post(url.clone()).form(fields);
        if let Some(origin) = &self.origin {
            request = request.header(ORIGIN, origin);
        }
        Page::read(
            request
                .send()
                .await
                .with_context(|| format!("POST {url}"))?,
        )
        .await
    }

    /// Presses the form's button.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn submit(&self, form: &Form) -> Result<Page> {
        let fields = form.pairs();
        if form.is_post() {
            return self.post(form.action().as_str(), &fields).await;
        }
        let mut url = form.action().clone();
        url.query_pairs_mut().clear().extend_pairs(&fields);
        self.get(url.as_str()).await
    }
}
