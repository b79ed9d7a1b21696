//! Pages of both lists of *Needs a person*, by cause and age, the newest or the oldest first. Each statement reads an index in its
//! order, whatever the plan: what is not asked for has a bound that every row is within.

use access::{AuditAction, AuditObject, Subject};
use chrono::{DateTime, Utc};
use kernel::{Cursor, Direction, Error, Page, PageRequest, page_bounds};

use super::{
    RaisedFilter, RaisedItem, RaisedRecord, ResolvedItem,
    open::looked_at,
    open_query, raised_item, raised_query,
    resolved::resolved_item,
    twins::{COUNTED, with_twins},
};
use crate::{list::PAGE_AT_MOST, onboarding::Onboarding};

type Place = Cursor<i64>;

/// What the statement of a page is asked with.
struct Asked {
    /// The place from which rows are read.
    from: Place,
    descending: bool,
    /// So many rows make the page; one more is read.
    first: usize,
    limit: i64,
    until: DateTime<Utc>,
    cause: Option<&'static str>,
}

impl Asked {
    fn new(filter: &RaisedFilter, page: &PageRequest<Place>) -> Self {
        let (first, limit) = page_bounds(page.first, PAGE_AT_MOST);
        let descending = (page.direction == Direction::Descending) != page.before.is_some();
        let end = if descending {
            Place::AFTER_ALL
        } else {
            Place::BEFORE_ALL
        };
        Self {
            from: page.before.or(page.after).unwrap_or(end),
            descending,
            first,
            limit,
            until: filter.until(),
            cause: filter.cause_name(),
        }
    }
}

/// Open items with `$narrow` on the cause, `$5`.
macro_rules! open_rows {
    ($onboarding:expr, $narrow:literal, $compare:literal, $order:literal, $asked:expr) => {
        open_query!(
            " AND raised_at <= $2 AND (raised_at, raised.id) " $compare " ($3, $4)" $narrow
            " ORDER BY raised_at " $order ", raised.id " $order " LIMIT $6",
            $asked.until,
            $asked.from.at,
            $asked.from.id,
            $asked.cause as Option<&str>,
            $asked.limit,
        )
        .fetch_all(&$onboarding.pool)
        .await?
        .into_iter()
        .map(|row| raised_item!(row, with_twins(row.cause, row.twins.as_deref().unwrap_or_default())))
        .collect::<Vec<RaisedItem>>()
    };
}

/// Resolved items with `$narrow` on the cause, `$4`.
macro_rules! resolved_rows {
    ($onboarding:expr, $narrow:literal, $compare:literal, $order:literal, $asked:expr) => {
        raised_query!(
            ", resolved_at AS \"resolved_at!\", resolved_by, resolution",
            "",
            "resolved_at <= $1 AND (resolved_at, raised.id) " $compare " ($2, $3)" $narrow
            " ORDER BY resolved_at " $order ", raised.id " $order " LIMIT $5",
            $asked.until,
            $asked.from.at,
            $asked.from.id,
            $asked.cause as Option<&str>,
            $asked.limit,
        )
        .fetch_all(&$onboarding.pool)
        .await?
        .into_iter()
        .map(|row| resolved_item!(row))
        .collect::<Vec<ResolvedItem>>()
    };
}

/// One page's rows by `$rows`, as a filter and a direction ask for them; the cause is narrowed to by `$one`, or not by `$any`. Four
/// statements, so that each has the plan of its own index.
macro_rules! page_rows {
    ($rows:ident, $one:literal, $any:literal, $onboarding:expr, $asked:expr) => {
        match ($asked.cause.is_some(), $asked.descending) {
            (true, true) => $rows!($onboarding, $one, "<", "DESC", $asked),
            (true, false) => $rows!($onboarding, $one, ">", "ASC", $asked),
            (false, true) => $rows!($onboarding, $any, "<", "DESC", $asked),
            (false, false) => $rows!($onboarding, $any, ">", "ASC", $asked),
        }
    };
}

impl Onboarding {
    /// A page of what is open; that somebody looked at whom it names is written down.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn open_page(
        &self,
        subject: &Subject,
        filter: &RaisedFilter,
        page: PageRequest<Place>,
    ) -> Result<Page<RaisedItem, Place>, Error> {
        let look = self
            .look(subject, AuditAction::RaisedList, AuditObject::LIST)
            .await?;
        let asked = Asked::new(filter, &page);
        let rows = page_rows!(
            open_rows,
            " AND cause_name = $5",
            " AND $5::text IS NULL",
            self,
            asked
        );
        let found = Page::of_request(rows, asked.first, &page, RaisedItem::cursor);
        look.at(looked_at(&found.rows)).await?;
        Ok(found)
    }

    /// A page of what is resolved.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn resolved_page(
        &self,
        subject: &Subject,
        filter: &RaisedFilter,
        page: PageRequest<Place>,
    ) -> Result<Page<ResolvedItem, Place>, Error> {
        let look = self
            .look(subject, AuditAction::RaisedList, AuditObject::LIST)
            .await?;
        let asked = Asked::new(filter, &page);
        let rows = page_rows!(
            resolved_rows,
            " AND cause_name = $4",
            " AND $4::text IS NULL",
            self,
            asked
        );
        let found = Page::of_request(rows, asked.first, &page, ResolvedItem::cursor);
        look.at(looked_at(found.rows.iter().map(|resolved| &resolved.item)))
            .await?;
        Ok(found)
    }
}
