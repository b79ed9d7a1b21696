//! Pages of a list, and where they begin.

use std::{collections::HashMap, fmt, hash::Hash, str::FromStr};

use chrono::{DateTime, Datelike as _, Utc};
use uuid::Uuid;

/// No page gave out this cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This page of the list does not exist. Go back to the first page.")]
pub struct BadCursor;

/// The place of a row in a list that is ordered by a time, and by an id among equal times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor<Id = Uuid> {
    /// The row's time, for example when it was created.
    pub at: DateTime<Utc>,
    /// The row's id.
    pub id: Id,
}

/// An id by which rows of one time are ordered.
pub trait OrderedId {
    /// None is less.
    const LEAST: Self;
    /// None is greater.
    const GREATEST: Self;
}

impl OrderedId for Uuid {
    const LEAST: Self = Uuid::nil();
    const GREATEST: Self = Uuid::max();
}

impl OrderedId for i64 {
    const LEAST: Self = i64::MIN;
    const GREATEST: Self = i64::MAX;
}

impl<Id: OrderedId> Cursor<Id> {
    /// Where a list begins whose oldest come first. A place rather than none: so one plan is good for every page.
    pub const BEFORE_ALL: Self = Self {
        at: DateTime::UNIX_EPOCH,
        id: Id::LEAST,
    };
    /// Where a list begins whose newest come first.
    pub const AFTER_ALL: Self = Self {
        at: DateTime::<Utc>::MAX_UTC,
        id: Id::GREATEST,
    };
}

impl fmt::Display for Cursor<Uuid> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.at.timestamp_micros(), self.id.simple())
    }
}

impl fmt::Display for Cursor<i64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.at.timestamp_micros(), self.id)
    }
}

impl<Id: FromStr> FromStr for Cursor<Id> {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.split_once('_').ok_or(BadCursor)?;
        // Outside of these years PostgreSQL would refuse it.
        let at = at
            .parse()
            .ok()
            .and_then(DateTime::from_timestamp_micros)
            .filter(|at| (1..=9999).contains(&at.year()));
        at.zip(id.parse().ok())
            .map(|(at, id)| Cursor { at, id })
            .ok_or(BadCursor)
    }
}

/// The order of a list, by creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The newest comes first.
    #[default]
    Descending,
    /// The oldest comes first.
    Ascending,
}

/// Which page of a list that is read in both directions.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<Place = Cursor> {
    /// How many rows, at most as many as the list allows.
    pub first: usize,
    /// Rows after this one, in the list's order.
    pub after: Option<Place>,
    /// Rows before this one; goes before `after`.
    pub before: Option<Place>,
    /// Whether the newest or the oldest come first.
    pub direction: Direction,
}

/// How many rows a page has, and how many to ask the database for: one more, which tells whether there is another page.
#[must_use]
pub fn page_bounds(first: usize, at_most: usize) -> (usize, i64) {
    let first = first.clamp(1, at_most);
    (
        first,
        i64::try_from(first).unwrap_or(i64::MAX).saturating_add(1),
    )
}

/// A page of a list. `Place` is how a row's place in the list is named.
#[derive(Debug, Clone)]
pub struct Page<T, Place = Cursor> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Where the next page begins, when there is one.
    pub next: Option<Place>,
    /// Where the previous page ends, when there is one.
    pub previous: Option<Place>,
}

impl<T, Place> Page<T, Place> {
    /// With nothing on it.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            rows: Vec::new(),
            next: None,
            previous: None,
        }
    }

    /// The first `first` of `rows`, which were asked for with one more than that; a row beyond them says that there is another page.
    pub fn of_one_more(mut rows: Vec<T>, first: usize, place: impl Fn(&T) -> Place) -> Self {
        let more = rows.len() > first;
        rows.truncate(first);
        Self {
            next: rows.last().filter(|_| more).map(place),
            rows,
            previous: None,
        }
    }

    /// As [`Page::of_one_more`], of each list when the rows of many came in one answer; by whose it is.
    pub fn of_each<K: Eq + Hash>(
        rows: Vec<T>,
        first: usize,
        whose: impl Fn(&T) -> K,
        place: impl Fn(&T) -> Place,
    ) -> HashMap<K, Self> {
        let mut lists: HashMap<K, Vec<T>> = HashMap::new();
        for row in rows {
            lists.entry(whose(&row)).or_default().push(row);
        }
        let page = |(whose, rows)| (whose, Self::of_one_more(rows, first, &place));
        lists.into_iter().map(page).collect()
    }

    /// As [`Page::of_one_more`], for a list that is read in both directions: when `request` asks for the rows before one, `rows` are the
    /// nearest to it first.
    pub fn of_request(
        rows: Vec<T>,
        first: usize,
        request: &PageRequest<Place>,
        place: impl Fn(&T) -> Place,
    ) -> Self {
        let mut page = Self::of_one_more(rows, first, &place);
        let nearest = page.rows.first().map(place);
        if request.before.is_some() {
            page.rows.reverse();
            page.previous = page.next;
            page.next = nearest;
        } else if request.after.is_some() {
            page.previous = nearest;
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_its_neighbours_are() {
        let request = |after, before| PageRequest {
            first: 2,
            after,
            before,
            direction: Direction::Ascending,
        };
        let page = |rows: &[i64], after, before| {
            let page = Page::of_request(rows.to_vec(), 2, &request(after, before), |row| *row);
            (page.previous, page.rows, page.next)
        };
        assert_eq!(page(&[1, 2, 3], None, None), (None, vec![1, 2], Some(2)));
        assert_eq!(page(&[3, 4], Some(2), None), (Some(3), vec![3, 4], None));
        assert_eq!(
            page(&[4, 3, 2], None, Some(5)),
            (Some(3), vec![3, 4], Some(4))
        );
        assert_eq!(page(&[1], None, Some(2)), (None, vec![1], Some(1)));
        assert_eq!(page(&[], Some(9), None), (None, vec![], None));
    }

    #[test]
    fn a_cursor_comes_back_and_nonsense_does_not() {
        let cursor = Cursor {
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: Uuid::now_v7(),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        let numbered = Cursor {
            at: cursor.at,
            id: 7_i64,
        };
        assert_eq!(numbered.to_string(), "1700000000123456_7");
        assert_eq!(numbered.to_string().parse(), Ok(numbered));
        for nonsense in [
            "",
            "_",
            "1_",
            "x_y",
            "-200000000000000000_00000000000000000000000000000000",
            "99999999999999999999_00000000000000000000000000000000",
        ] {
            assert!(nonsense.parse::<Cursor>().is_err(), "{nonsense}");
        }
    }
}
