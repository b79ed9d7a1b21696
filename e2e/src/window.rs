//! A browser window without JavaScript: cookies, links, forms. The panel has to be useful in one.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use reqwest::{
    Method, Response, StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderValue, ORIGIN},
    redirect::Policy,
};
use url::Url;

use crate::html::{self, Element};

/// A window that stays on one origin.
#[derive(Debug, Clone)]
pub struct Window {
    client: reqwest::Client,
    base: Url,
    origin: Option<String>,
}

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

/// A form of a page, being filled in.
#[derive(Debug, Clone)]
pub struct Form {
    action: Url,
    method: Method,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    /// What a screen reader calls it; empty for what is hidden.
    label: String,
    name: String,
    value: String,
    /// An unticked box sends nothing.
    sent: bool,
    /// A round box: ticking it unticks the others of its name.
    one_of_several: bool,
    /// The labels of a select's options and what each sends.
    options: Vec<(String, String)>,
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
        Ok(Self {
            client: reqwest::Client::builder()
                .cookie_store(true)
                .redirect(redirects)
                .default_headers(headers)
                .timeout(Duration::from_secs(30))
                .no_proxy()
                .build()?,
            origin: Some(base.origin().ascii_serialization()),
            base,
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
        if form.method == Method::POST {
            return self.post(form.action.as_str(), &fields).await;
        }
        let mut url = form.action.clone();
        url.query_pairs_mut().clear().extend_pairs(&fields);
        self.get(url.as_str()).await
    }
}

impl Page {
    async fn read(response: Response) -> Result<Self> {
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

    /// Whether something can be pressed that has this name.
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
        let called = |element: &Element| is_button(element) && self.html.name_of(element) == button;
        let forms = self.html.all("form");
        let form = forms
            .iter()
            .find(|form| {
                form.find(|element| called(element) && element.attr("form").is_none())
                    .is_some()
            })
            .or_else(|| {
                let id = self
                    .html
                    .find(|element| called(element) && element.attr("form").is_some())?
                    .attr("form")?;
                forms.iter().find(|form| form.attr("id") == Some(id))
            })
            .ok_or_else(|| {
                anyhow!(
                    "{} has no form with the button \"{button}\": {}",
                    self.url,
                    self.text()
                )
            })?;
        let pressed = form
            .find(called)
            .or_else(|| self.html.find(called))
            .context("the button that was just there is gone")?;
        let action = pressed
            .attr("formaction")
            .or(form.attr("action"))
            .unwrap_or_default();
        let method = pressed
            .attr("formmethod")
            .or(form.attr("method"))
            .unwrap_or("get");
        let mut fields: Vec<Field> = self.fields_of(form);
        if let Some(name) = pressed.attr("name") {
            fields.push(Field::plain(
                "",
                name,
                pressed.attr("value").unwrap_or_default(),
            ));
        }
        Ok(Form {
            action: if action.is_empty() {
                self.url.clone()
            } else {
                self.url.join(action)?
            },
            method: if method.eq_ignore_ascii_case("post") {
                Method::POST
            } else {
                Method::GET
            },
            fields,
        })
    }

    fn fields_of(&self, form: &Element) -> Vec<Field> {
        let id = form.attr("id");
        let outside = self
            .html
            .descendants()
            .into_iter()
            .filter(|element| id.is_some() && element.attr("form") == id);
        form.descendants()
            .into_iter()
            .filter(|element| element.attr("form").is_none_or(|owner| Some(owner) == id))
            .chain(outside.filter(|element| {
                !form
                    .descendants()
                    .iter()
                    .any(|inner| std::ptr::eq(*inner, *element))
            }))
            .filter(|element| matches!(element.tag.as_str(), "input" | "select" | "textarea"))
            .filter(|element| !is_button(element) && element.attr("disabled").is_none())
            .filter_map(|element| {
                let mut field = Field::plain(
                    &self.html.name_of(element),
                    element.attr("name")?,
                    &element.value(),
                );
                field.sent = !matches!(element.attr("type"), Some("checkbox" | "radio"))
                    || element.attr("checked").is_some();
                field.one_of_several = element.attr("type") == Some("radio");
                if element.attr("type") == Some("hidden") {
                    field.label.clear();
                }
                field.options = element
                    .all("option")
                    .into_iter()
                    .map(|option| (option.text(), option.option_value()))
                    .collect();
                Some(field)
            })
            .collect()
    }
}

fn is_button(element: &Element) -> bool {
    element.tag == "button"
        || element.tag == "input" && matches!(element.attr("type"), Some("submit"))
}

impl Field {
    fn plain(label: &str, name: &str, value: &str) -> Self {
        Self {
            label: label.to_owned(),
            name: name.to_owned(),
            value: value.to_owned(),
            sent: true,
            one_of_several: false,
            options: Vec::new(),
        }
    }
}

impl Form {
    /// Whether sending it does something, and doesn't only ask.
    #[must_use]
    pub fn is_post(&self) -> bool {
        self.method == Method::POST
    }

    /// Types into a field, or chooses an option by its label; a value that is no option is sent as it is (as no browser
    /// would, but anyone can).
    ///
    /// # Errors
    /// When the form has no field with this label.
    pub fn fill(mut self, label: &str, value: &str) -> Result<Self> {
        let labels: Vec<String> = self
            .fields
            .iter()
            .map(|field| field.label.clone())
            .collect();
        let field = self
            .fields
            .iter_mut()
            .find(|field| field.label == label)
            .ok_or_else(|| anyhow!("the form has no field \"{label}\", only {labels:?}"))?;
        let option = field.options.iter().find(|(words, _)| words == value);
        field.value = option.map_or(value, |(_, sent)| sent).to_owned();
        Ok(self)
    }

    /// Ticks a box, or one of several round ones.
    ///
    /// # Errors
    /// When the form has no box with this label.
    pub fn tick(mut self, label: &str) -> Result<Self> {
        let place = self
            .fields
            .iter()
            .position(|field| field.label == label)
            .ok_or_else(|| anyhow!("the form has no box \"{label}\""))?;
        let name = self.fields[place].name.clone();
        if self.fields[place].one_of_several {
            for field in self.fields.iter_mut().filter(|field| field.name == name) {
                field.sent = false;
            }
        }
        self.fields[place].sent = true;
        Ok(self)
    }

    /// Sends the form without one of its fields.
    #[must_use]
    pub fn without(mut self, label: &str) -> Self {
        self.fields.retain(|field| field.label != label);
        self
    }

    /// Where the form goes.
    #[must_use]
    pub fn action(&self) -> &Url {
        &self.action
    }

    /// What it sends.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.fields
            .iter()
            .filter(|field| field.sent)
            .map(|field| (field.name.clone(), field.value.clone()))
            .collect()
    }
}
