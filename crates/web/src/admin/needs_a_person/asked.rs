//! What the page is asked for: which list, its filters, order and page.

use std::str::FromStr;

use chrono::TimeDelta;
use customer::raised::{Cause, CauseCount, RaisedFilter};
use kernel::{Cursor, Direction, PageRequest};

use super::page::{NeedsAPersonQuery, PATH};
use crate::{
    error_page::PageError,
    format::Choice,
    list::{self, Filter, ListAddress, PageLink, Pages},
};

/// Rows on a page.
pub const ROWS: usize = 50;

/// How long something waits at least, or how long ago it was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Day,
    Week,
    Month,
}

impl Age {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The name in addresses.
    fn name(self) -> &'static str {
        match self {
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    fn days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Day => "Older than 1 day",
            Self::Week => "Older than 7 days",
            Self::Month => "Older than 30 days",
        }
    }
}

impl FromStr for Age {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|age| age.name() == name)
            .ok_or(())
    }
}

/// What is asked for, understood.
pub struct Asked {
    /// What waits, or what was resolved.
    pub open: bool,
    pub filter: RaisedFilter,
    pub page: PageRequest<Cursor<i64>>,
    age: Option<Age>,
    /// The list with its filters, without its order and page.
    address: ListAddress,
}

impl Asked {
    /// Reads the address.
    ///
    /// # Errors
    /// When it names a list, cause, age, order or place that does not exist.
    pub fn read(query: NeedsAPersonQuery) -> Result<Self, PageError> {
        let open = match query.show.as_deref() {
            None | Some("" | "open") => true,
            Some("resolved") => false,
            Some(_) => return Err(PageError::BadRequest("There is no such list.")),
        };
        let (cause, age) = (list::text(query.cause), list::text(query.age));
        let known: Option<Cause> = list::chosen(&cause, "There is no such cause to filter by.")?;
        let known_age: Option<Age> = list::chosen(&age, "There is no such age to filter by.")?;
        let direction = match query.sort.as_deref() {
            Some("desc") => Direction::Descending,
            Some("asc") => Direction::Ascending,
            // What waits longest, and what was done last.
            None | Some("") if open => Direction::Ascending,
            None | Some("") => Direction::Descending,
            Some(_) => return Err(PageError::BadRequest("This list can't be sorted that way.")),
        };
        let show = if open { "" } else { "resolved" };
        let filters = [("show", show.to_owned()), ("cause", cause), ("age", age)];
        Ok(Self {
            open,
            filter: RaisedFilter {
                cause: known,
                until: known_age.map(|age| clock::now() - TimeDelta::days(age.days())),
            },
            page: PageRequest {
                first: ROWS,
                after: list::place(query.after.as_deref())?,
                before: list::place(query.before.as_deref())?,
                direction,
            },
            age: known_age,
            address: ListAddress::new(PATH, filters),
        })
    }

    /// Whether it shows less than all.
    pub fn is_filtered(&self) -> bool {
        self.filter.cause.is_some() || self.age.is_some()
    }

    /// The same list with nothing filtered.
    pub fn unfiltered(&self) -> String {
        let (open, resolved) = self.tabs();
        if self.open { open } else { resolved }
    }

    /// Where the two tabs lead.
    pub fn tabs(&self) -> (String, String) {
        (PATH.to_owned(), format!("{PATH}?show=resolved"))
    }

    /// The sort, unless it is what the list has by itself.
    fn sort(&self) -> &'static str {
        match (self.page.direction, self.open) {
            (Direction::Descending, true) => "desc",
            (Direction::Ascending, false) => "asc",
            _ => "",
        }
    }

    /// This page of the list.
    pub fn here(&self) -> String {
        let place = |it: Option<Cursor<i64>>| it.map_or_else(String::new, |it| it.to_string());
        let (after, before) = (place(self.page.after), place(self.page.before));
        self.address.with(&[
            ("sort", self.sort()),
            ("after", &after),
            ("before", &before),
        ])
    }

    /// Links to the pages beside this one.
    pub fn pages(&self, previous: Option<Cursor<i64>>, next: Option<Cursor<i64>>) -> Pages {
        let at = |name, place: Cursor<i64>| {
            self.address
                .with(&[("sort", self.sort()), (name, &place.to_string())])
        };
        let (newer, older) = match self.page.direction {
            Direction::Descending => ("Newer", "Older"),
            Direction::Ascending => ("Older", "Newer"),
        };
        let previous = previous.map(|place| PageLink::newer(newer, at("before", place)));
        let next = next.map(|place| PageLink::older(older, at("after", place)));
        Pages(previous.into_iter().chain(next).collect())
    }

    /// The form above the list; beside each cause of what waits how many there are.
    pub fn filters(&self, counts: &[CauseCount]) -> Vec<Filter> {
        let chosen = self.filter.cause;
        let cause = |cause: Cause| {
            let count = counts.iter().find(|counted| counted.cause == cause);
            if count.is_none() && self.open && chosen != Some(cause) {
                return None;
            }
            let words = match count {
                Some(counted) => format!("{} ({})", cause.title(), counted.count),
                None => cause.title().to_owned(),
            };
            Some(Choice::new(cause.name(), words, chosen == Some(cause)))
        };
        let age = |age: Age| Choice::new(age.name(), age.words(), self.age == Some(age));
        let order =
            |value, words, direction| Choice::new(value, words, self.page.direction == direction);
        vec![
            Filter::new(
                "cause",
                "Cause",
                chosen.is_none(),
                Cause::all().filter_map(cause),
            ),
            Filter::new("age", "Age", self.age.is_none(), Age::ALL.map(age)),
            Filter {
                name: "sort",
                label: "Order",
                choices: vec![
                    order("asc", "Oldest first", Direction::Ascending),
                    order("desc", "Newest first", Direction::Descending),
                ],
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Asked, PageError> {
        let uri = format!("/needs-a-person?{query}").parse().unwrap();
        let query = axum::extract::Query::<NeedsAPersonQuery>::try_from_uri(&uri).unwrap();
        Asked::read(query.0)
    }

    #[test]
    fn pages_keep_what_was_asked_for() {
        let it = asked("show=resolved&cause=late_red&age=7d&sort=asc&after=1_2").unwrap();
        assert!(!it.open && it.is_filtered());
        assert_eq!(
            it.here(),
            "/needs-a-person?show=resolved&cause=late_red&age=7d&sort=asc&after=1_2"
        );
        let it = asked("show=open&sort=asc").unwrap();
        assert!(it.open && !it.is_filtered());
        assert_eq!(it.here(), "/needs-a-person");
        assert_eq!(
            asked("sort=desc").unwrap().here(),
            "/needs-a-person?sort=desc"
        );
        for bad in [
            "show=x", "cause=x", "age=x", "sort=x", "after=x", "before=x",
        ] {
            assert!(asked(bad).is_err(), "{bad}");
        }
    }
}
