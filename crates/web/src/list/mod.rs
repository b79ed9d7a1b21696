//! What all lists have in common: their address, their filters, their pages, and what an empty one says.

mod days;
mod filters;
mod pages;
mod tools;

use std::{fmt::Display, str::FromStr};

use url::form_urlencoded::Serializer;

use crate::error_page::PageError;
pub use days::{Days, refuse_wrong_days, wrong_days};
pub use filters::{Field, Filter, Filters, Search};
pub use pages::{PageLink, Pages, grouped, place_in_list, so_many};
pub use tools::{Tick, Tools, Views};

/// The address of a list, with what it is filtered by.
pub struct ListAddress {
    path: String,
    filters: Vec<(&'static str, String)>,
}

impl ListAddress {
    /// A list at `path`, with the values of its filters as they came; those that are empty say nothing.
    pub fn new(
        path: impl Into<String>,
        filters: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        Self {
            path: path.into(),
            filters: filters
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
        }
    }

    /// Where all of it is.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the list shows less than all.
    pub fn is_filtered(&self) -> bool {
        !self.filters.is_empty()
    }

    /// Where all of the list is a file, with these values, too.
    pub fn file(&self, more: &[(&str, &str)]) -> String {
        self.at(&format!("{}.csv", self.path), more)
    }

    /// Where the list has these values, too.
    pub fn with(&self, more: &[(&str, &str)]) -> String {
        self.at(&self.path, more)
    }

    fn at(&self, path: &str, more: &[(&str, &str)]) -> String {
        match self.query_without("", more) {
            nothing if nothing.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// Its filters but for one, and these values.
    pub fn query_without(&self, but: &str, more: &[(&str, &str)]) -> String {
        let filters = self.filters.iter().map(|(name, value)| (*name, &**value));
        let filters = filters.filter(|(name, _)| *name != but);
        let mut query = Serializer::new(String::new());
        for (name, value) in filters.chain(more.iter().copied()) {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    /// Links to the other pages of a list that only goes on: to its first page, and to the next, whose place is sent as `name`.
    pub fn pages(&self, name: &str, is_first: bool, next: Option<impl Display>) -> Pages {
        let newest = (!is_first).then(|| PageLink::first("Newest", self.with(&[])));
        let older = next.map(|place| {
            let address = self.with(&[(name, &place.to_string())]);
            PageLink::older("Older", address)
        });
        Pages(newest.into_iter().chain(older).collect())
    }

    /// What the list says when there is nothing on this page of it; `nothing_yet` when there is nothing at all.
    pub fn empty(&self, is_first: bool, nothing_yet: Empty) -> Empty {
        let all = |words| Some((self.path.clone(), words));
        if self.is_filtered() {
            Empty {
                heading: "Nothing matches",
                next: "No record matches this search and these filters. Type less, or choose another filter.",
                link: all("Show all"),
            }
        } else if is_first {
            nothing_yet
        } else {
            Empty {
                heading: "Nothing here",
                next: "This page of the list is empty by now.",
                link: all("Go to the first page"),
            }
        }
    }
}

/// What an empty list says.
pub struct Empty {
    pub heading: &'static str,
    pub next: &'static str,
    /// Where to go from here: address and words.
    pub link: Option<(String, &'static str)>,
}

/// What an address has, as it may be asked for in the database: HTML and PostgreSQL's texts have no NUL.
pub fn text(value: Option<String>) -> String {
    value.unwrap_or_default().replace('\0', "")
}

/// What a filter of an address names.
///
/// # Errors
/// When it names nothing that there is.
pub fn chosen<T: FromStr>(value: &str, problem: &'static str) -> Result<Option<T>, PageError> {
    if value.is_empty() {
        return Ok(None);
    }
    value
        .parse()
        .map(Some)
        .map_err(|_| PageError::BadRequest(problem))
}

/// The place in a list that an address names.
///
/// # Errors
/// When no page gave it out.
pub fn place<T: FromStr>(value: Option<&str>) -> Result<Option<T>, PageError> {
    let place = value.unwrap_or_default();
    chosen(place, "This page of the list does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_what_was_asked_for() {
        let filters = [("q", "a&b".to_owned()), ("type", String::new())];
        let list = ListAddress::new("/list", filters);
        assert!(list.is_filtered());
        let pages = list.pages("before", false, Some(7)).0;
        let addresses: Vec<&str> = pages.iter().map(|page| page.address()).collect();
        assert_eq!(addresses, ["/list?q=a%26b", "/list?q=a%26b&before=7"]);
        let all = ListAddress::new("/list", [("q", String::new())]);
        assert!(!all.is_filtered() && all.pages("before", true, None::<i64>).0.is_empty());
    }
}
