//! What lists have in common: their address, their pages, what an empty one says.

use std::str::FromStr;

use customer::list::Attention;
use kernel::{Cursor, Direction, PageRequest};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::{error_page::PageError, format::Choice};

/// Rows on a page.
const ROWS: usize = 50;

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    q: Option<String>,
    stage: Option<String>,
    status: Option<String>,
    attention: Option<String>,
    #[serde(rename = "type")]
    customer_type: Option<String>,
    sort: Option<String>,
    after: Option<String>,
    before: Option<String>,
}

/// What is asked for, understood.
pub struct Query<S, T> {
    path: &'static str,
    /// The name of the filter by state: `stage` or `status`.
    state_name: &'static str,
    state_value: String,
    type_value: String,
    attention_value: String,
    /// What was typed into the search.
    pub search: String,
    /// Oldest first.
    pub ascending: bool,
    /// The state to filter by.
    pub state: Option<S>,
    /// The customer type to filter by.
    pub customer_type: Option<T>,
    /// What it waits for.
    pub attention: Option<Attention>,
    page: PageRequest,
}

impl Asked {
    /// Reads the address of a list at `path` whose states are filtered by `state_name`.
    ///
    /// # Errors
    /// When it names a state, type, order or place that does not exist.
    pub fn read<S: FromStr, T: FromStr>(
        self,
        path: &'static str,
        state_name: &'static str,
    ) -> Result<Query<S, T>, PageError> {
        let state_value = if state_name == "stage" {
            self.stage
        } else {
            self.status
        }
        .unwrap_or_default();
        let type_value = self.customer_type.unwrap_or_default();
        let attention_value = self.attention.unwrap_or_default();
        let ascending = match self.sort.as_deref() {
            None | Some("" | "desc") => false,
            Some("asc") => true,
            Some(_) => return Err(PageError::BadRequest("This list can't be sorted that way.")),
        };
        Ok(Query {
            path,
            state_name,
            state: chosen(&state_value, "There is no such state to filter by.")?,
            customer_type: chosen(&type_value, "There is no such customer type to filter by.")?,
            attention: chosen(&attention_value, "There is nothing such to wait for.")?,
            state_value,
            type_value,
            attention_value,
            search: kernel::text::line(&self.q.unwrap_or_default().replace('\0', "")),
            ascending,
            page: PageRequest {
                first: ROWS,
                after: place(self.after.as_deref())?,
                before: place(self.before.as_deref())?,
                direction: if ascending {
                    Direction::Ascending
                } else {
                    Direction::Descending
                },
            },
        })
    }
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

fn place(value: Option<&str>) -> Result<Option<Cursor>, PageError> {
    value
        .filter(|value| !value.is_empty())
        .map(|value| {
            value
                .parse()
                .map_err(|_| PageError::BadRequest("This page of the list does not exist."))
        })
        .transpose()
}

impl<S, T> Query<S, T> {
    /// Which rows.
    pub fn page(&self) -> PageRequest {
        self.page
    }

    /// The search, if something was typed.
    pub fn searched(&self) -> Option<String> {
        Some(self.search.trim().to_owned()).filter(|search| !search.is_empty())
    }

    /// Whether the list shows less than all.
    pub fn is_filtered(&self) -> bool {
        self.state.is_some()
            || self.customer_type.is_some()
            || self.attention.is_some()
            || self.searched().is_some()
    }

    /// Whether this is a page further on.
    fn is_first(&self) -> bool {
        self.page.after.is_none() && self.page.before.is_none()
    }

    /// The stored name of the type to filter by, or nothing.
    pub fn type_name(&self) -> &str {
        &self.type_value
    }

    /// The page after this one.
    pub fn after(&self, cursor: Option<Cursor>) -> Option<String> {
        cursor.map(|cursor| self.address(self.ascending, Some(("after", cursor))))
    }

    /// The page before this one.
    pub fn before(&self, cursor: Option<Cursor>) -> Option<String> {
        cursor.map(|cursor| self.address(self.ascending, Some(("before", cursor))))
    }

    /// The same list sorted the other way.
    pub fn turned_round(&self) -> String {
        self.address(!self.ascending, None)
    }

    fn address(&self, ascending: bool, place: Option<(&str, Cursor)>) -> String {
        let at = place.map(|(_, at)| at.to_string()).unwrap_or_default();
        address(
            self.path,
            [
                ("q", self.search.trim()),
                (self.state_name, &self.state_value),
                ("type", &self.type_value),
                ("attention", &self.attention_value),
                ("sort", if ascending { "asc" } else { "" }),
                (place.map_or("after", |(name, _)| name), &at),
            ],
        )
    }

    /// What an empty list says, when it isn't empty because nothing exists.
    pub fn nothing_found(&self) -> Option<Empty> {
        if self.is_filtered() {
            Some(nothing_matches(self.path))
        } else if self.is_first() {
            None
        } else {
            Some(Empty {
                heading: "Nothing here",
                next: "This page of the list is empty by now.",
                link: Some((self.path, "Go to the first page")),
            })
        }
    }
}

/// What a list says that is empty because of its filters.
pub fn nothing_matches(path: &'static str) -> Empty {
    Empty {
        heading: "Nothing matches",
        next: "No record matches this search and these filters. Type less, or choose another filter.",
        link: Some((path, "Show all")),
    }
}

/// The address of a list, with those of its values that say something.
pub fn address<const N: usize>(path: &str, values: [(&str, &str); N]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// A filter's choices, "All" before them.
pub fn with_all(none_chosen: bool, choices: impl IntoIterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", "All", none_chosen))
        .chain(choices)
        .collect()
}

/// What an empty list says.
pub struct Empty {
    pub heading: &'static str,
    pub next: &'static str,
    pub link: Option<(&'static str, &'static str)>,
}

#[cfg(test)]
mod tests {
    use customer::primitives::{CustomerType, Stage};

    use super::*;

    fn asked(query: &str) -> Result<Query<Stage, CustomerType>, PageError> {
        let mut asked = Asked::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
            match name.as_str() {
                "q" => asked.q = Some(value),
                "stage" => asked.stage = Some(value),
                "type" => asked.customer_type = Some(value),
                "sort" => asked.sort = Some(value),
                "after" => asked.after = Some(value),
                other => panic!("{other}"),
            }
        }
        asked.read("/prospects", "stage")
    }

    #[test]
    fn addresses_keep_what_was_asked_for() {
        assert_eq!(asked("").unwrap().turned_round(), "/prospects?sort=asc");
        let query = asked("q= a%26b%40c &stage=kyc_pending&type=bank&sort=asc").unwrap();
        assert_eq!(
            query.turned_round(),
            "/prospects?q=a%26b%40c&stage=kyc_pending&type=bank"
        );
        assert_eq!(query.state, Some(Stage::KycPending));
        assert!(query.is_filtered());
        assert!(!asked("q=+&stage=").unwrap().is_filtered());
    }

    #[test]
    fn what_does_not_exist_is_said() {
        for bad in ["stage=Nowhere", "type=x", "sort=email", "after=1"] {
            assert!(matches!(asked(bad), Err(PageError::BadRequest(_))), "{bad}");
        }
    }
}
