//! What the lists of prospects and customers are asked for.

use std::str::FromStr;

use customer::list::{Attention, Created, Snoozed};
use kernel::{Cursor, Direction, Page, PageRequest};
use serde::Deserialize;

use super::{assigned::AssignedTo, in_stage::InStage};
use crate::{
    error_page::PageError,
    list::{self, Days, ListAddress, PageLink, Pages},
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
    created_from: Option<String>,
    created_to: Option<String>,
    in_stage: Option<String>,
    reason: Option<String>,
    assigned: Option<String>,
    snoozed: Option<String>,
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
    /// The days of its creation.
    pub days: Days,
    /// How long it stands at its stage.
    pub in_stage: Option<InStage>,
    /// The label with which Sumsub declined, or nothing.
    pub reason: String,
    /// Whose records the list has.
    pub assigned: Option<AssignedTo>,
    /// Whether the snoozed ones are there.
    pub snoozed: Option<Snoozed>,
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
        let (in_stage, reason) = (list::text(self.in_stage), list::text(self.reason));
        let (assigned, snoozed) = (list::text(self.assigned), list::text(self.snoozed));
        let days = Days::read(self.created_from, self.created_to);
        let [created_from, created_to] = days.typed();
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
            in_stage: list::chosen(&in_stage, "There is no such time to filter by.")?,
            assigned: AssignedTo::read(&assigned)?,
            snoozed: list::chosen(&snoozed, "There is no such snooze to filter by: yes or no.")?,
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
                    ("created_from", created_from),
                    ("created_to", created_to),
                    ("in_stage", in_stage),
                    ("reason", reason.clone()),
                    ("assigned", assigned),
                    ("snoozed", snoozed),
                ],
            ),
            days,
            reason,
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

    /// The label with which Sumsub declined, if one was chosen.
    pub fn declined_for(&self) -> Option<String> {
        Some(self.reason.clone()).filter(|reason| !reason.is_empty())
    }

    /// The time of its creation.
    pub fn created(&self) -> Created {
        Created {
            from: self.days.begin(),
            before: self.days.end(),
        }
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

    /// Filters and order, as a view keeps them: without the search, which may be somebody's name, and without the page.
    pub fn view(&self) -> String {
        let sort = self.sort().unwrap_or_default();
        self.address.query_without("q", &[("sort", sort)])
    }

    /// Where the list is just so, on its first page.
    pub fn here(&self) -> String {
        let sort = self.sort().unwrap_or_default();
        self.address.with(&[("sort", sort)])
    }

    /// Where the list is a file, in the same order.
    pub fn file(&self) -> String {
        let sort = self.sort().unwrap_or_default();
        self.address.file(&[("sort", sort)])
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
                "created_from" => asked.created_from = Some(value),
                "created_to" => asked.created_to = Some(value),
                "in_stage" => asked.in_stage = Some(value),
                "reason" => asked.reason = Some(value),
                "assigned" => asked.assigned = Some(value),
                "snoozed" => asked.snoozed = Some(value),
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
        let days =
            "created_from=2026-03-01&created_to=x&in_stage=7d&reason=PEP&assigned=me&snoozed=no";
        assert_eq!(
            asked(days).unwrap().address.with(&[]),
            format!("/prospects?{days}")
        );
        assert!(query.address.is_filtered());
        assert!(!asked("q=+&stage=").unwrap().address.is_filtered());
    }

    #[test]
    fn what_does_not_exist_is_said() {
        for bad in [
            "stage=Nowhere",
            "type=x",
            "sort=email",
            "after=1",
            "in_stage=2d",
            "assigned=anna",
            "snoozed=maybe",
        ] {
            assert!(matches!(asked(bad), Err(PageError::BadRequest(_))), "{bad}");
        }
    }
}
