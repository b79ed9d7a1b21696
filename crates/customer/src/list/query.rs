//! The statements behind the lists. Each choice of filters has a statement of its own, and each is planned for what was asked for
//! ([`Database::planned`]): the plan for a stage where many stand is ruinous for one where nobody does. Only of the whole list every
//! page has the same plan, which is made once.

use access::{AuditAction, AuditObject};
use kernel::{Cursor, Database, Direction, PageRequest};
use sqlx::{FromRow, Postgres, QueryBuilder, postgres::PgRow};

/// A list narrowed down.
pub trait Narrowed: Send + Sync {
    /// A row as the database has it.
    type Stored: for<'r> FromRow<'r, PgRow> + Send + Unpin;
    /// A row of the list; a stored one that only a newer version understands is none.
    type Row: TryFrom<Self::Stored, Error = strum::ParseError> + Send + Sync;

    /// To take the list away as a file.
    const DOWNLOAD: AuditAction;

    /// What is read of each row.
    const COLUMNS: &'static str;
    /// Where it is read.
    const TABLE: &'static str;

    /// The columns by which the list is ordered.
    fn order(&self) -> Order {
        Order::OF_THE_TABLE
    }

    /// Adds what else is read beside the table.
    fn join(&self, _query: &mut QueryBuilder<'static, Postgres>) {}

    /// Adds the conditions, each with ` AND ` before it.
    fn narrow(&self, query: &mut QueryBuilder<'static, Postgres>);

    /// Where a row stands in the list.
    fn place(row: &Self::Row) -> Cursor;

    /// Whose data a row is.
    fn object(row: &Self::Row) -> AuditObject;
}

/// The columns by which a list is ordered: time and id.
#[derive(Clone, Copy)]
pub struct Order {
    pub created_at: &'static str,
    pub id: &'static str,
}

impl Order {
    pub const OF_THE_TABLE: Self = Self {
        created_at: "created_at",
        id: "id",
    };

    /// Only what comes after `place` when the newest come first, or before it.
    fn beyond(self, query: &mut QueryBuilder<'static, Postgres>, place: Cursor, descending: bool) {
        let compare = if descending { "<" } else { ">" };
        query.push(format!(
            " AND ({}, {}) {compare} (",
            self.created_at, self.id
        ));
        query.push_bind(place.at).push(", ");
        query.push_bind(place.id).push(")");
    }

    fn by(self, query: &mut QueryBuilder<'static, Postgres>, descending: bool) {
        let way = if descending { "DESC" } else { "ASC" };
        query.push(format!(
            " ORDER BY {} {way}, {} {way}",
            self.created_at, self.id
        ));
    }
}

/// The rows of a page, as far as this version understands them.
pub(super) async fn rows<F: Narrowed>(
    pool: &Database,
    filter: &F,
    page: &PageRequest,
    at_most: usize,
) -> Result<Vec<F::Row>, sqlx::Error> {
    let stored = stored(pool, filter, page, at_most).await?;
    Ok(stored
        .into_iter()
        .filter_map(|row| F::Row::try_from(row).ok())
        .collect())
}

/// At most so many rows; when those before a place are asked for, the nearest to it first.
pub(super) async fn stored<F: Narrowed>(
    pool: &Database,
    filter: &F,
    page: &PageRequest,
    at_most: usize,
) -> Result<Vec<F::Stored>, sqlx::Error> {
    let descending = (page.direction == Direction::Descending) != page.before.is_some();
    let mut query = select(filter, F::COLUMNS);
    let is_whole = !query.sql().contains('$');
    if let Some(place) = page.before.or(page.after) {
        filter.order().beyond(&mut query, place, descending);
    }
    filter.order().by(&mut query, descending);
    // As a number, not as a parameter: a plan for any number of rows reads the whole table first.
    query.push(" LIMIT ").push(at_most);
    let rows = query.build_query_as();
    if is_whole {
        rows.fetch_all(pool).await
    } else {
        rows.fetch_all(pool.planned()).await
    }
}

/// How many rows the list has before a place in its order, or altogether; counting ends at `at_most`.
pub(super) async fn count<F: Narrowed>(
    pool: &Database,
    filter: &F,
    before: Option<(Cursor, Direction)>,
    at_most: i64,
) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM (");
    push_select(&mut query, filter, "");
    if let Some((place, direction)) = before {
        let ascending = direction == Direction::Ascending;
        filter.order().beyond(&mut query, place, ascending);
    }
    query
        .push(" LIMIT ")
        .push_bind(at_most)
        .push(") AS counted");
    let (count,): (i64,) = query.build_query_as().fetch_one(pool.planned()).await?;
    Ok(count)
}

fn select<F: Narrowed>(filter: &F, columns: &str) -> QueryBuilder<'static, Postgres> {
    let mut query = QueryBuilder::new("");
    push_select(&mut query, filter, columns);
    query
}

fn push_select<F: Narrowed>(
    query: &mut QueryBuilder<'static, Postgres>,
    filter: &F,
    columns: &str,
) {
    query.push("SELECT ").push(columns);
    query.push(" FROM ").push(F::TABLE);
    filter.join(query);
    query.push(" WHERE TRUE");
    filter.narrow(query);
}
