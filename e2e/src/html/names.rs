//! Reading a page the way a screen reader does: by roles, labels and what a field is described by.

use super::{Child, Element};

impl Element {
    /// The accessible name that a screen reader says for `element` of this page.
    #[must_use]
    pub fn name_of(&self, element: &Element) -> String {
        if let Some(label) = element.attr("aria-label") {
            return label.trim().to_owned();
        }
        if let Some(ids) = element.attr("aria-labelledby") {
            return self.texts_of(ids);
        }
        if element.is_field() {
            return self.label_of(element);
        }
        let text = element.text();
        if text.is_empty() {
            element.attr("title").unwrap_or_default().trim().to_owned()
        } else {
            text
        }
    }

    fn label_of(&self, element: &Element) -> String {
        if matches!(element.attr("type"), Some("submit" | "button" | "reset")) {
            return element.attr("value").unwrap_or_default().to_owned();
        }
        let by_for = element.attr("id").and_then(|id| {
            self.find(|label| label.tag == "label" && label.attr("for") == Some(id))
        });
        let label = by_for.or_else(|| {
            self.find(|label| {
                label.tag == "label"
                    && label
                        .descendants()
                        .iter()
                        .any(|inner| std::ptr::eq(*inner, element))
            })
        });
        match label {
            Some(label) => label.own_words(),
            None => element
                .attr("placeholder")
                .or(element.attr("title"))
                .unwrap_or_default()
                .trim()
                .to_owned(),
        }
    }

    /// A label's words without those of the fields in it.
    fn own_words(&self) -> String {
        let mut copy = self.clone();
        copy.drop_fields();
        copy.text()
    }

    fn drop_fields(&mut self) {
        self.children.retain(|child| {
            !matches!(child, Child::Element(element) if matches!(element.tag.as_str(), "select" | "textarea"))
        });
        for child in &mut self.children {
            if let Child::Element(element) = child {
                element.drop_fields();
            }
        }
    }

    /// The texts of several ids, as `aria-labelledby` and `aria-describedby` list them.
    #[must_use]
    pub fn texts_of(&self, ids: &str) -> String {
        ids.split_whitespace()
            .filter_map(|id| self.by_id(id))
            .map(Element::text)
            .collect::<Vec<_>>()
            .join(" ")
            .trim()
            .to_owned()
    }

    /// The field (input, select, textarea) with this accessible name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Element> {
        self.find(|element| {
            element.is_field()
                && element.attr("type") != Some("hidden")
                && self.name_of(element) == name
        })
    }

    /// The value that a field holds.
    #[must_use]
    pub fn value(&self) -> String {
        match self.tag.as_str() {
            "select" => self
                .all("option")
                .into_iter()
                .find(|option| option.attr("selected").is_some())
                .or_else(|| self.all("option").into_iter().next())
                .map(Element::option_value)
                .unwrap_or_default(),
            "textarea" => self.text(),
            "input" if matches!(self.attr("type"), Some("checkbox" | "radio")) => {
                self.attr("value").unwrap_or("on").to_owned()
            }
            _ => self.attr("value").unwrap_or_default().to_owned(),
        }
    }

    /// What choosing this option sends.
    #[must_use]
    pub fn option_value(&self) -> String {
        self.attr("value")
            .map_or_else(|| self.text(), str::to_owned)
    }

    /// The words beside the field called `name`: what it is described by, when it is marked as invalid.
    #[must_use]
    pub fn complaint_about(&self, name: &str) -> Option<String> {
        let field = self.field(name)?;
        if field.attr("aria-invalid") != Some("true") {
            return None;
        }
        let ids = field
            .attr("aria-errormessage")
            .or(field.attr("aria-describedby"))?;
        Some(self.texts_of(ids)).filter(|words| !words.is_empty())
    }

    /// A region, dialog or section by its accessible name.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<&Element> {
        self.find(|element| {
            (matches!(
                element.tag.as_str(),
                "section" | "dialog" | "nav" | "form" | "aside"
            ) || element.attr("role").is_some())
                && self.name_of(element) == name
        })
    }

    /// The text of the page's first heading.
    #[must_use]
    pub fn heading(&self) -> String {
        self.find(|element| element.tag == "h1")
            .map(Element::text)
            .unwrap_or_default()
    }

    /// Where the link with this name leads.
    #[must_use]
    pub fn link(&self, name: &str) -> Option<&str> {
        self.find(|element| element.tag == "a" && self.name_of(element) == name)?
            .attr("href")
    }

    /// The rows of the first table's body, each a list of its cells' texts.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<String>> {
        let Some(table) = self.find(|element| element.tag == "table") else {
            return Vec::new();
        };
        table
            .all("tr")
            .into_iter()
            .filter(|row| row.find(|cell| cell.tag == "td").is_some())
            .map(|row| {
                row.descendants()
                    .into_iter()
                    .filter(|cell| matches!(cell.tag.as_str(), "td" | "th"))
                    .map(Element::text)
                    .collect()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    const PAGE: &str = r#"<!doctype html><title>x</title><h1>New <em>one</em></h1><script>no()</script>
        <form><label for=e>Email</label><input id=e name=email aria-invalid=true aria-describedby=w value="a&amp;b">
        <p id=w>Say it <b>right</b>.</p><label>Kind <select name=k><option value=a>A</option><option selected>B</option></select></label>
        </form><section aria-labelledby=h><h2 id=h>KYC</h2><p>nothing yet</p></section>"#;

    #[test]
    fn a_page_is_read_by_its_accessible_names() {
        let page = parse(PAGE);
        assert_eq!(page.heading(), "New one");
        assert_eq!(
            page.field("Email").map(|field| field.value()).as_deref(),
            Some("a&b")
        );
        assert_eq!(
            page.complaint_about("Email").as_deref(),
            Some("Say it right.")
        );
        assert_eq!(
            page.field("Kind").map(|field| field.value()).as_deref(),
            Some("B")
        );
        assert_eq!(
            page.region("KYC").map(|region| region.text()).as_deref(),
            Some("KYC nothing yet")
        );
        assert!(!page.text().contains("no()"));
    }
}
