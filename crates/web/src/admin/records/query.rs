//! What the lists of prospects and customers are asked for.

use std::str::FromStr;

use customer::list::Attention;
use kernel::{Cursor, Direction, Page, PageRequest};
use serde::Deserialize;

use crate::{
    error_page::PageError,
    list::{self, ListAddress, PageLink, Pages},
};

/// Rows on a page.
const ROWS: usize = 50;

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RecordsQuery {
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
pub struct Asked<S, T> {
    /// The list, without its order.
    pub address: ListAddress,
    /// What was typed into the search.
    pub search: String,
    /// The state to filter by.
    pub state: Option<S>,
    /// The customer type to filter by.
    pub customer_type: Option<T>,
    /// The stored name of the type to filter by, or nothing.
    pub type_name: String,
    /// What it waits for.
    pub attention: Option<Attention>,
    /// Which page of the list.
    pub page: PageRequest,
}

impl RecordsQuery {
    /// Reads the address of a list at `path` whose states are filtered by `state_name`: `stage` or `status`.
    ///
    /// # Errors
    /// When it names a state, type, order or place that does not exist.
    pub fn read<S: FromStr, T: FromStr>(
        self,
        path: &'static str,
        state_name: &'static str,
    ) -> Result<Asked<S, T>, PageError> {
        let state = if state_name == "stage" {
            self.stage
        } else {
            self.status
        };
        let (state, type_name) = (list::text(state), list::text(self.customer_type));
        let attention = list::text(self.attention);
        let search = kernel::text::line(&list::text(self.q));
        let direction = match self.sort.as_deref() {
            None | Some("" | "desc") => Direction::Descending,
            Some("asc") => Direction::Ascending,
            Some(_) => return Err(PageError::BadRequest("This list can't be sorted that way.")),
        };
        Ok(Asked {
            state: list::chosen(&state, "There is no such state to filter by.")?,
            customer_type: list::chosen(
                &type_name,
                "There is no such customer type to filter by.",
            )?,
            attention: list::chosen(&attention, "There is nothing such to wait for.")?,
            page: PageRequest {
                first: ROWS,
                after: list::place(self.after.as_deref())?,
                before: list::place(self.before.as_deref())?,
                direction,
            },
            address: ListAddress::new(
                path,
                [
                    ("q", search.trim().to_owned()),
                    (state_name, state),
                    ("type", type_name.clone()),
                    ("attention", attention),
                ],
            ),
            search,
            type_name,
        })
    }
}

impl<S, T> Asked<S, T> {
    /// The search, if something was typed.
    pub fn searched(&self) -> Option<String> {
        Some(self.search.trim().to_owned()).filter(|search| !search.is_empty())
    }

    /// Whether the oldest come first.
    pub fn ascending(&self) -> bool {
        self.page.direction == Direction::Ascending
    }

    /// Whether this is the page with which the list begins.
    pub fn is_first(&self) -> bool {
        self.page.after.is_none() && self.page.before.is_none()
    }

    /// The order as addresses name it.
    pub fn sort(&self) -> Option<&'static str> {
        self.ascending().then_some("asc")
    }

    /// The same list sorted the other way.
    pub fn turned_round(&self) -> String {
        let sort = if self.ascending() { "" } else { "asc" };
        self.address.with(&[("sort", sort)])
    }

    /// Links to the pages before and after this one.
    pub fn pages<R>(&self, found: &Page<R>) -> Pages {
        let sort = self.sort().unwrap_or_default();
        let at = |name, cursor: Cursor| {
            let place = cursor.to_string();
            self.address.with(&[("sort", sort), (name, &place)])
        };
        let (newer, older) = if self.ascending() {
            ("Older", "Newer")
        } else {
            ("Newer", "Older")
        };
        let previous = found.previous.map(|cursor| at("before", cursor));
        let next = found.next.map(|cursor| at("after", cursor));
        let previous = previous.map(|address| PageLink::newer(newer, address));
        let next = next.map(|address| PageLink::older(older, address));
        Pages(previous.into_iter().chain(next).collect())
    }
}

#[cfg(test)]
mod tests {
    use customer::primitives::{CustomerType, Stage};

    use super::*;

    fn asked(query: &str) -> Result<Asked<Stage, CustomerType>, PageError> {
        let mut asked = RecordsQuery::default();
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
        assert!(query.address.is_filtered());
        assert!(!asked("q=+&stage=").unwrap().address.is_filtered());
    }

    #[test]
    fn what_does_not_exist_is_said() {
        for bad in ["stage=Nowhere", "type=x", "sort=email", "after=1"] {
            assert!(matches!(asked(bad), Err(PageError::BadRequest(_))), "{bad}");
        }
    }
}
