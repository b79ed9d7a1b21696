//! A form, filled in by the labels of its fields.

use anyhow::{Context as _, Result, anyhow};
use reqwest::Method;
use url::Url;

use crate::html::Element;

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

impl Field {
    fn read(page: &Element, field: &Element) -> Option<Self> {
        let kind = field.attr("type").unwrap_or_default();
        Some(Self {
            label: match kind {
                "hidden" => String::new(),
                _ => page.name_of(field),
            },
            name: field.attr("name")?.to_owned(),
            value: field.value(),
            sent: !matches!(kind, "checkbox" | "radio") || field.attr("checked").is_some(),
            one_of_several: kind == "radio",
            options: field
                .all("option")
                .into_iter()
                .map(|option| (option.text(), option.option_value()))
                .collect(),
        })
    }
}

pub(super) fn is_button(element: &Element) -> bool {
    element.tag == "button"
        || element.tag == "input" && matches!(element.attr("type"), Some("submit"))
}

/// What belongs to a form: what stands in it, unless it names another, and what names it.
fn owned_by<'page>(form: &'page Element, page: &'page Element) -> Vec<&'page Element> {
    let inside = form.descendants();
    let mut owned = page.descendants();
    owned.retain(|element| match element.attr("form") {
        Some(owner) => form.attr("id") == Some(owner),
        None => inside.iter().any(|inner| std::ptr::eq(*inner, *element)),
    });
    owned
}

impl Form {
    /// The first form with this button.
    pub(super) fn read(page: &Element, url: &Url, button: &str) -> Result<Self> {
        let called = |element: &Element| is_button(element) && page.name_of(element) == button;
        let (form, owned, pressed) = page
            .all("form")
            .into_iter()
            .find_map(|form| {
                let owned = owned_by(form, page);
                let pressed = owned.iter().copied().find(|element| called(element))?;
                Some((form, owned, pressed))
            })
            .context("there is none")?;
        let sends = |element: &&Element| {
            std::ptr::eq(*element, pressed)
                || element.is_field() && !is_button(element) && element.attr("disabled").is_none()
        };
        let either = |of_button, of_form| pressed.attr(of_button).or(form.attr(of_form));
        let is_post =
            either("formmethod", "method").is_some_and(|m| m.eq_ignore_ascii_case("post"));
        Ok(Self {
            action: match either("formaction", "action") {
                None | Some("") => url.clone(),
                Some(action) => url.join(action)?,
            },
            method: if is_post { Method::POST } else { Method::GET },
            fields: owned
                .into_iter()
                .filter(sends)
                .filter_map(|element| Field::read(page, element))
                .collect(),
        })
    }

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
