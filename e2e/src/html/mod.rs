//! A page as a tree of elements.

mod names;

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink as _};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element with what is in it. The document itself is an element without a tag.
#[derive(Debug, Clone, Default)]
pub struct Element {
    /// In lower case.
    pub tag: String,
    attributes: Vec<(String, String)>,
    children: Vec<Child>,
}

#[derive(Debug, Clone)]
enum Child {
    Element(Element),
    Text(String),
}

/// Parses a page; HTML has no malformed pages.
#[must_use]
pub fn parse(text: &str) -> Element {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(text);
    let mut root = Element::default();
    adopt(&mut root, &dom.document);
    root
}

fn adopt(parent: &mut Element, node: &Handle) {
    for child in node.children.borrow().iter() {
        match &child.data {
            NodeData::Text { contents } => parent
                .children
                .push(Child::Text(contents.borrow().to_string())),
            NodeData::Element { name, attrs, .. } => {
                let mut element = Element {
                    tag: name.local.to_string(),
                    attributes: attrs
                        .borrow()
                        .iter()
                        .map(|attribute| {
                            (
                                attribute.name.local.to_string(),
                                attribute.value.to_string(),
                            )
                        })
                        .collect(),
                    children: Vec::new(),
                };
                adopt(&mut element, child);
                parent.children.push(Child::Element(element));
            }
            _ => {}
        }
    }
}

impl Element {
    /// An attribute's value.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Everything inside, in the order of the page, not this element itself.
    #[must_use]
    pub fn descendants(&self) -> Vec<&Element> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'page>(&'page self, found: &mut Vec<&'page Element>) {
        for child in &self.children {
            if let Child::Element(element) = child {
                found.push(element);
                element.collect(found);
            }
        }
    }

    /// The first element inside for which `wanted` says yes.
    #[must_use]
    pub fn find(&self, wanted: impl Fn(&Element) -> bool) -> Option<&Element> {
        self.descendants()
            .into_iter()
            .find(|element| wanted(element))
    }

    /// Every element inside with this tag.
    #[must_use]
    pub fn all(&self, tag: &str) -> Vec<&Element> {
        self.descendants()
            .into_iter()
            .filter(|element| element.tag == tag)
            .collect()
    }

    /// Whether one types into it or chooses from it.
    #[must_use]
    pub fn is_field(&self) -> bool {
        matches!(self.tag.as_str(), "input" | "select" | "textarea")
    }

    /// The element with this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Element> {
        self.find(|element| element.attr("id") == Some(id))
    }

    /// What one reads in it: runs of white space are one blank; styles, scripts and templates are not read.
    #[must_use]
    pub fn text(&self) -> String {
        let mut raw = String::new();
        self.raw_text(&mut raw);
        raw.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn raw_text(&self, into: &mut String) {
        if matches!(self.tag.as_str(), "script" | "style" | "template" | "head") {
            return;
        }
        for child in &self.children {
            match child {
                Child::Text(text) => into.push_str(text),
                Child::Element(element) => {
                    if !INLINE.contains(&element.tag.as_str()) {
                        into.push(' ');
                    }
                    element.raw_text(into);
                    if !INLINE.contains(&element.tag.as_str()) {
                        into.push(' ');
                    }
                }
            }
        }
    }
}

const INLINE: [&str; 12] = [
    "a", "abbr", "b", "bdi", "code", "em", "i", "mark", "small", "span", "strong", "time",
];
