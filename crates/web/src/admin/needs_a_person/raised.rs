//! Raised items, on the first page and on the page of the record that they are about.

use askama::{Template, filters::HtmlSafe};
use customer::raised::{RaisedItem, RaisedRecord};

use super::operations::Resolve;
use crate::{admin::operation::Operation as _, format::Time, layout::Viewer};

/// A list of raised items.
#[derive(Template)]
#[template(path = "admin/needs_a_person/raised.html")]
pub struct Items {
    items: Vec<Item>,
    /// Where "Resolve" comes back to.
    from: String,
    may_resolve: bool,
}

impl HtmlSafe for Items {}

struct Item {
    id: i64,
    cause: String,
    since: Time,
    record: Option<Record>,
    other: Option<Record>,
    callback: Option<i64>,
}

/// A record that an item is about: where it is, and what it is called.
pub struct Record {
    pub address: String,
    pub words: String,
}

impl Record {
    pub fn of(about: RaisedRecord) -> Self {
        let (path, kind) = if about.is_customer {
            ("customers", "Customer")
        } else {
            ("prospects", "Prospect")
        };
        Self {
            address: format!("/{path}/{}", about.public_id),
            words: match about.email {
                Some(email) => format!("{email} ({})", about.public_id),
                None => format!("{kind} {}", about.public_id),
            },
        }
    }
}

impl Items {
    /// These items, on the page at `from`: a link back to it is left out.
    pub fn of(items: Vec<RaisedItem>, viewer: &Viewer, from: String) -> Self {
        Self {
            items: items
                .into_iter()
                .map(|item| Item {
                    id: item.id,
                    cause: sentence(&item.cause),
                    since: Time::of(item.raised_at),
                    record: item
                        .about
                        .map(Record::of)
                        .filter(|record| record.address != from),
                    other: item.other.map(Record::of),
                    callback: item.callback,
                })
                .collect(),
            from,
            may_resolve: viewer.may(Resolve.words().permission),
        }
    }

    /// Whether there is anything to show.
    pub fn any(&self) -> bool {
        !self.items.is_empty()
    }
}

/// Causes are stored as they stand in a sentence.
pub fn sentence(cause: &str) -> String {
    let mut letters = cause.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cause_begins_like_a_sentence() {
        assert_eq!(super::sentence("a GREEN came"), "A GREEN came");
        assert_eq!(super::sentence(""), "");
    }
}
