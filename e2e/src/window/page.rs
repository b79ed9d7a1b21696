//! A page, read by the names of what is on it.

use anyhow::{Context as _, Result, anyhow, ensure};
use reqwest::{Response, StatusCode, header::HeaderMap};
use url::Url;

use super::form::{Form, is_button};
use crate::html::{self, Element};

/// A page as it arrived.
#[derive(Debug, Clone)]
pub struct Page {
    /// The HTTP status.
    pub status: StatusCode,
    /// The address after redirects.
    pub url: Url,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: String,
    /// The body as a tree of elements.
    pub html: Element,
}

impl Page {
    pub(super) async fn read(response: Response) -> Result<Self> {
        let (status, url, headers) = (
            response.status(),
            response.url().clone(),
            response.headers().clone(),
        );
        let body = response.text().await?;
        let html = html::parse(&body);
        Ok(Self {
            status,
            url,
            headers,
            body,
            html,
        })
    }

    /// The page, if its status is 2xx.
    ///
    /// # Errors
    /// Else, with its words.
    pub fn ok(self) -> Result<Self> {
        ensure!(
            self.status.is_success(),
            "{} answered {}: {}",
            self.url,
            self.status,
            self.text()
        );
        Ok(self)
    }

    /// The page, if it has this status.
    ///
    /// # Errors
    /// Else, with its words.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(
            self.status.as_u16() == status,
            "{} answered {} where {status} was due: {}",
            self.url,
            self.status,
            self.text()
        );
        Ok(self)
    }

    /// What one reads on it.
    #[must_use]
    pub fn text(&self) -> String {
        self.html.text()
    }

    /// A region's words.
    ///
    /// # Errors
    /// When the page has no such region.
    pub fn region(&self, name: &str) -> Result<String> {
        let region = self.html.region(name);
        region
            .map(Element::text)
            .ok_or_else(|| anyhow!("{} has no region \"{name}\": {}", self.url, self.text()))
    }

    /// Where a link leads.
    ///
    /// # Errors
    /// When the page has no such link.
    pub fn link(&self, name: &str) -> Result<Url> {
        let href = self
            .html
            .link(name)
            .ok_or_else(|| anyhow!("{} has no link \"{name}\": {}", self.url, self.text()))?;
        Ok(self.url.join(href)?)
    }

    /// Whether a button has this name, also one that is off: what can be pressed has a [`Page::form`].
    #[must_use]
    pub fn has_button(&self, name: &str) -> bool {
        self.html
            .find(|element| is_button(element) && self.html.name_of(element) == name)
            .is_some()
    }

    /// The form that the button called `button` sends, filled as the page has it.
    ///
    /// # Errors
    /// When no form has such a button.
    pub fn form(&self, button: &str) -> Result<Form> {
        Form::read(&self.html, &self.url, button).with_context(|| {
            format!(
                "{} has no form with the button \"{button}\": {}",
                self.url,
                self.text()
            )
        })
    }
}
