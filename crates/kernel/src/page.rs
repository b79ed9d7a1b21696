//! Pages of a list, and where they begin.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike as _, Utc};
use uuid::Uuid;

/// No page gave out this cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This page of the list does not exist. Go back to the first page.")]
pub struct BadCursor;

/// The place of a row in the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// When it was created.
    pub at: DateTime<Utc>,
    /// Which.
    pub id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.at.timestamp_micros(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.split_once('_').ok_or(BadCursor)?;
        // Outside of these years PostgreSQL would refuse it.
        let at = at
            .parse()
            .ok()
            .and_then(DateTime::from_timestamp_micros)
            .filter(|at| (1..=9999).contains(&at.year()));
        let id = Uuid::from_str(id).ok();
        at.zip(id)
            .map(|(at, id)| Cursor { at, id })
            .ok_or(BadCursor)
    }
}

/// The order of a list, by creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Newest first.
    #[default]
    Descending,
    /// Oldest first.
    Ascending,
}

/// Which page of a list.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// How many rows, at most as many as the list allows.
    pub first: usize,
    /// Rows after this one, in the list's order.
    pub after: Option<Cursor>,
    /// Rows before this one; goes before `after`.
    pub before: Option<Cursor>,
    /// By creation.
    pub direction: Direction,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// In the list's order.
    pub rows: Vec<T>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
    /// Where the previous page ends, when there is one.
    pub previous: Option<Cursor>,
}

impl<T> Page<T> {
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
    pub fn of_one_more(mut rows: Vec<T>, first: usize, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > first;
        rows.truncate(first);
        Self {
            next: rows.last().filter(|_| more).map(cursor),
            rows,
            previous: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_nonsense_does_not() {
        let cursor = Cursor {
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: Uuid::now_v7(),
        };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
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
