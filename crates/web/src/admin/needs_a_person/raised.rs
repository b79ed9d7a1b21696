//! Raised items, on the first page and on the page of the record that they are about.

use askama::{Template, filters::HtmlSafe};
use customer::raised::{Cause, CausePage, RaisedItem, RaisedRecord};
use uuid::Uuid;

use super::{
    comparison::Comparison,
    operations::RaisedOperation,
    ways::{self, Kind, Way},
};
use crate::{
    admin::{AdminState, operation::Operation as _},
    error_page::PageError,
    format::Time,
    layout::Viewer,
};

/// A list of raised items.
#[derive(Template)]
#[template(path = "admin/needs_a_person/raised.html")]
pub struct Items {
    items: Vec<Item>,
    /// Where "Resolve" comes back to.
    from: String,
    may_resolve: bool,
    /// Whether several can be chosen.
    several: bool,
}

impl HtmlSafe for Items {}

/// A raised item, as the lists of what is open and of what was resolved show it.
pub struct Item {
    pub id: i64,
    /// The words of its cause with what is filled in; those that no cause of ours has are as they were stored.
    pub cause: String,
    /// What to do about it, when the cause is known.
    pub to_do: Option<&'static str>,
    /// Where one finds out what is behind it, unless that is the page that shows it.
    pub page: Option<String>,
    pub record: Option<Record>,
    pub other: Option<Record>,
    pub callback: Option<i64>,
    pub since: Time,
    /// The buttons of what resolves it.
    pub ways: Vec<Way>,
    /// The two records that look like one person, when the list shows them.
    pub comparison: Option<Comparison>,
    /// What somebody has decided of them, in words.
    pub decided: Option<String>,
    /// The two, by id.
    pair: Option<[Uuid; 2]>,
    decided_by: Option<String>,
}

/// A record that an item is about: where it is, and what it is called.
pub struct Record {
    pub address: String,
    pub words: String,
}

impl Record {
    /// Where the record's page is.
    pub fn address_of(about: &RaisedRecord) -> String {
        let path = if about.is_customer {
            "customers"
        } else {
            "prospects"
        };
        format!("/{path}/{}", about.public_id)
    }

    fn of(about: RaisedRecord) -> Self {
        let kind = if about.is_customer {
            "Customer"
        } else {
            "Prospect"
        };
        Self {
            address: Self::address_of(&about),
            words: match about.email {
                Some(email) => format!("{email} ({})", about.public_id),
                None => format!("{kind} {}", about.public_id),
            },
        }
    }
}

impl Item {
    /// On the page at `from`: a link back to it is left out.
    pub fn of(item: RaisedItem, from: &str) -> Self {
        let known = item.known;
        let pair = item.about.as_ref().zip(item.other.as_ref());
        let pair = pair
            .filter(|_| known == Some(Cause::PossibleDuplicate))
            .map(|(one, other)| [one.id, other.id]);
        let record = item.about.map(Record::of);
        let record = record.filter(|record| record.address != from);
        let other = item.other.map(Record::of);
        let address = |record: &Option<Record>| record.as_ref().map(|it| it.address.clone());
        let page = known.and_then(|cause| match cause.page() {
            CausePage::Record => address(&record),
            CausePage::OtherRecord => address(&other),
            CausePage::Callback => item.callback.map(|id| format!("/callbacks/{id}")),
        });
        Self {
            id: item.id,
            cause: sentence(&item.cause),
            to_do: known.map(|cause| cause.to_do()),
            page,
            record,
            other,
            callback: item.callback,
            since: Time::of(item.raised_at),
            ways: Vec::new(),
            comparison: None,
            decided: None,
            pair,
            decided_by: item.decided.map(|decided| decided.by),
        }
    }
}

impl Items {
    /// Without anything that one could do about them.
    pub fn readable_only(mut self) -> Self {
        self.may_resolve = false;
        for item in &mut self.items {
            item.ways.clear();
        }
        self
    }

    /// These items, on the page at `from`.
    pub fn of(items: Vec<RaisedItem>, viewer: &Viewer, from: String) -> Self {
        Self {
            items: items
                .into_iter()
                .map(|item| {
                    let ways = ways::of(&item, viewer, &from);
                    Item {
                        ways,
                        ..Item::of(item, &from)
                    }
                })
                .collect(),
            from,
            several: false,
            may_resolve: viewer.may(RaisedOperation::Resolve.words().permission),
        }
    }

    /// With the records that look like one person side by side, and what somebody has decided of them; that they were looked at is
    /// written down.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn compared(
        mut self,
        state: &AdminState,
        viewer: &Viewer,
    ) -> Result<Self, PageError> {
        let ids: Vec<Uuid> = self
            .items
            .iter()
            .filter_map(|it| it.pair)
            .flatten()
            .collect();
        if ids.is_empty() {
            return Ok(self);
        }
        let records = state.onboarding.prospects(&viewer.subject, &ids).await?;
        let by = self.items.iter().filter_map(|it| it.decided_by.as_ref());
        let names = state.names(by).await?;
        for item in &mut self.items {
            let Some([one, other]) = item.pair else {
                continue;
            };
            let pair = records.get(&one).zip(records.get(&other));
            item.comparison = pair.map(|(one, other)| Comparison::of(one, other));
            item.decided = item.decided_by.as_deref().map(|by| {
                format!(
                    "The same person, as {} decided: close the newer record. This leaves the list when one of the two is closed.",
                    names.name(by),
                )
            });
        }
        Ok(self)
    }

    /// With tick boxes, for who may resolve.
    pub fn choosable(self) -> Self {
        Self {
            several: self.may_resolve,
            ..self
        }
    }

    /// Whether several can be chosen.
    pub fn can_choose(&self) -> bool {
        self.several && self.any()
    }

    /// Whether there is anything to show.
    pub fn any(&self) -> bool {
        !self.items.is_empty()
    }
}

/// Causes are stored as they stand in a sentence.
fn sentence(cause: &str) -> String {
    let mut letters = cause.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_begins_like_a_sentence() {
        assert_eq!(sentence("a GREEN came"), "A GREEN came");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn a_known_cause_says_what_to_do_and_leads_to_its_page() {
        let record = |public_id: &str| RaisedRecord {
            id: uuid::Uuid::nil(),
            public_id: public_id.to_owned(),
            email: None,
            is_customer: false,
            stage: None,
            activity: None,
        };
        let shown = |cause: &str, from| {
            let item = RaisedItem {
                id: 1,
                cause: cause.to_owned(),
                raised_at: chrono::DateTime::UNIX_EPOCH,
                about: Some(record("100001")),
                callback: Some(7),
                other: Some(record("100002")),
                known: Cause::of_stored(cause),
                decided: None,
            };
            let item = Item::of(item, from);
            (item.cause, item.to_do.is_some(), item.page)
        };
        for (stored, words, page) in [
            (
                "a GREEN for a closed prospect",
                "A GREEN for a closed prospect",
                Some("/prospects/100001"),
            ),
            (
                "a RED was not applied: of whom",
                "A RED was not applied: of whom",
                Some("/callbacks/7"),
            ),
            (
                "possible duplicate: the same name, birth date and country, or registration number: 2 others (100002, 100003)",
                "Possible duplicate: the same name, birth date and country, or registration number: 2 others (100002, 100003)",
                Some("/prospects/100002"),
            ),
            ("as it was said once", "As it was said once", None),
        ] {
            let page = page.map(str::to_owned);
            let expected = (words.to_owned(), page.is_some(), page);
            assert_eq!(shown(stored, "/"), expected);
        }
        let (_, says, page) = shown("a GREEN for a closed prospect", "/prospects/100001");
        assert_eq!((says, page), (true, None), "it is this page");
    }
}
