//! Relay connections: `first`, `after`, and what they cost.

use async_graphql::connection::{Connection, Edge, EmptyFields};

use crate::error::{ApiError, bad_cursor};

/// The most nodes of a page.
pub const MAX_PAGE_SIZE: i32 = 100;

/// Above every limit, and far from overflowing when it is added up.
const PROHIBITIVE: usize = 1_000_000_000;

/// `first` as it counts.
pub(crate) fn first(first: i32) -> Result<usize, ApiError> {
    if !(1..=MAX_PAGE_SIZE).contains(&first) {
        return Err(ApiError::field(
            "first",
            format!("Ask for at least 1 and at most {MAX_PAGE_SIZE}."),
        ));
    }
    usize::try_from(first).map_err(|_| ApiError::internal(&"first"))
}

/// What a list of so many costs when one of it costs `child`. A `first` out of range is refused later.
pub(crate) fn cost(first: i32, child: usize) -> usize {
    let first = usize::try_from(first.clamp(1, MAX_PAGE_SIZE)).unwrap_or(1);
    child
        .saturating_mul(first)
        .saturating_add(1)
        .min(PROHIBITIVE)
}

/// The number in `after`.
pub(crate) fn after<T: std::str::FromStr>(after: Option<&str>) -> Result<Option<T>, ApiError> {
    after
        .map(|text| text.parse().map_err(|_| bad_cursor()))
        .transpose()
}

/// A connection whose cursors are text.
pub(crate) type Page<T> = Connection<String, T, EmptyFields, EmptyFields>;

/// A page of these nodes with their cursors.
pub(crate) fn page<T: async_graphql::OutputType>(
    nodes: impl IntoIterator<Item = (String, T)>,
    has_previous: bool,
    has_next: bool,
) -> Page<T> {
    let mut page = Connection::new(has_previous, has_next);
    page.edges.extend(
        nodes
            .into_iter()
            .map(|(cursor, node)| Edge::new(cursor, node)),
    );
    page
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
            assert_eq!(first(asked).is_ok(), fine, "{asked}");
        }
        assert_eq!(cost(50, 3), 151);
        assert_eq!(cost(-7, 3), 4);
        assert_eq!(cost(100, usize::MAX), PROHIBITIVE);
    }
}
