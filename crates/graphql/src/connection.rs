//! Relay connections: what `first` and `after` mean, what a list costs, and how a page of rows becomes a connection.

use std::{fmt::Display, str::FromStr};

use async_graphql::{
    Enum, OutputType,
    connection::{Connection as RelayConnection, Edge, EmptyFields},
};
use kernel::PageRequest;

use crate::error::{ApiError, bad_cursor};

/// The most nodes of a page.
pub const MAX_PAGE_SIZE: i32 = 100;

/// A cost above every limit, and far from overflowing when it is added up.
const PROHIBITIVE: usize = 1_000_000_000;

/// The order of a list.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SortDirection {
    /// The oldest comes first.
    Asc,
    /// The newest comes first.
    #[default]
    Desc,
}

impl From<SortDirection> for kernel::Direction {
    fn from(direction: SortDirection) -> Self {
        match direction {
            SortDirection::Asc => kernel::Direction::Ascending,
            SortDirection::Desc => kernel::Direction::Descending,
        }
    }
}

/// A connection whose cursors are text.
pub(crate) type Connection<T> = RelayConnection<String, T, EmptyFields, EmptyFields>;

/// Which page of a connection is asked for: its arguments `first` and `after`, read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageArgs<Cursor> {
    /// How many nodes, 1 to [`MAX_PAGE_SIZE`].
    pub(crate) first: usize,
    /// The node after which the page begins; the list's beginning when absent.
    pub(crate) after: Option<Cursor>,
}

impl<Cursor: FromStr> PageArgs<Cursor> {
    /// `BAD_USER_INPUT` for a `first` that no page has, and for an `after` that no page gave out.
    pub(crate) fn parse(first: i32, after: Option<&str>) -> Result<Self, ApiError> {
        let after = after.map(|text| text.parse().map_err(|_| bad_cursor()));
        Ok(Self {
            first: page_size(first)?,
            after: after.transpose()?,
        })
    }
}

impl<Cursor> PageArgs<Cursor> {
    /// The list's first page.
    pub(crate) fn newest(first: i32) -> Result<Self, ApiError> {
        let first = page_size(first)?;
        Ok(Self { first, after: None })
    }

    /// The page with these nodes, each with its cursor; `more` says whether there is another page after it.
    pub(crate) fn connection<Node: OutputType>(
        &self,
        nodes: impl IntoIterator<Item = (impl Display, Node)>,
        more: bool,
    ) -> Connection<Node> {
        let mut connection = Connection::new(self.after.is_some(), more);
        let edges = nodes.into_iter();
        let edges = edges.map(|(cursor, node)| Edge::new(cursor.to_string(), node));
        connection.edges.extend(edges);
        connection
    }

    /// A page of a list that has nothing on it.
    pub(crate) fn empty_connection<Node: OutputType>(&self) -> Connection<Node> {
        Connection::new(self.after.is_some(), false)
    }
}

impl<Place> PageArgs<Place> {
    /// The same as the domain has it.
    pub(crate) fn in_direction(self, direction: SortDirection) -> PageRequest<Place> {
        PageRequest {
            first: self.first,
            after: self.after,
            before: None,
            direction: direction.into(),
        }
    }
}

fn page_size(first: i32) -> Result<usize, ApiError> {
    let size = usize::try_from(first).ok();
    size.filter(|_| (1..=MAX_PAGE_SIZE).contains(&first))
        .ok_or_else(|| {
            let words = format!("Ask for at least 1 and at most {MAX_PAGE_SIZE}.");
            ApiError::field("first", words)
        })
}

/// What a list of so many costs when one of it costs `child`. A `first` out of range is refused later.
pub(crate) fn cost(first: i32, child: usize) -> usize {
    let first = usize::try_from(first.clamp(1, MAX_PAGE_SIZE)).unwrap_or(1);
    child
        .saturating_mul(first)
        .saturating_add(1)
        .min(PROHIBITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_to_a_hundred() {
        for (asked, fine) in [
            (0, false),
            (1, true),
            (100, true),
            (101, false),
            (-1, false),
            (i32::MIN, false),
        ] {
            assert_eq!(page_size(asked).is_ok(), fine, "{asked}");
        }
        assert_eq!(cost(50, 3), 151);
        assert_eq!(cost(-7, 3), 4);
        assert_eq!(cost(100, usize::MAX), PROHIBITIVE);
    }
}
