//! Pages of both lists of *Needs a person*, by cause and age, the newest or the oldest first. Each statement reads an index in its
//! order, whatever the plan: what is not asked for has a bound that every row is within.

use access::{AuditAction, AuditObject, Subject};
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

/// The place from which rows are read.
fn beginning(page: &PageRequest<Place>, descending: bool) -> Place {
    let end = if descending {
        Place::AFTER_ALL
    } else {
        Place::BEFORE_ALL
    };
    page.before.or(page.after).unwrap_or(end)
}

/// Open items with `$narrow` on the cause, `$5`.
macro_rules! open_rows {
    ($onboarding:expr, $narrow:literal, $compare:literal, $order:literal, $from:expr, $limit:expr, $until:expr, $cause:expr) => {
        open_query!(
            " AND raised_at <= $2 AND (raised_at, raised.id) " $compare " ($3, $4)" $narrow
            " ORDER BY raised_at " $order ", raised.id " $order " LIMIT $6",
            $until,
            $from.at,
            $from.id,
            $cause as Option<&str>,
            $limit,
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
    ($onboarding:expr, $narrow:literal, $compare:literal, $order:literal, $from:expr, $limit:expr, $until:expr, $cause:expr) => {
        raised_query!(
            ", resolved_at AS \"resolved_at!\", resolved_by, resolution",
            "",
            "resolved_at <= $1 AND (resolved_at, raised.id) " $compare " ($2, $3)" $narrow
            " ORDER BY resolved_at " $order ", raised.id " $order " LIMIT $5",
            $until,
            $from.at,
            $from.id,
            $cause as Option<&str>,
            $limit,
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
    ($rows:ident, $one:literal, $any:literal, $onboarding:expr, $descending:expr, $from:expr, $limit:expr, $until:expr, $cause:expr) => {
        match ($cause.is_some(), $descending) {
            (true, true) => $rows!(
                $onboarding,
                $one,
                "<",
                "DESC",
                $from,
                $limit,
                $until,
                $cause
            ),
            (true, false) => $rows!($onboarding, $one, ">", "ASC", $from, $limit, $until, $cause),
            (false, true) => $rows!(
                $onboarding,
                $any,
                "<",
                "DESC",
                $from,
                $limit,
                $until,
                $cause
            ),
            (false, false) => $rows!($onboarding, $any, ">", "ASC", $from, $limit, $until, $cause),
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
        let (first, limit) = page_bounds(page.first, PAGE_AT_MOST);
        let descending = (page.direction == Direction::Descending) != page.before.is_some();
        let from = beginning(&page, descending);
        let (until, cause) = (filter.until(), filter.cause_name());
        let rows = page_rows!(
            open_rows,
            " AND cause_name = $5",
            " AND $5::text IS NULL",
            self,
            descending,
            from,
            limit,
            until,
            cause
        );
        let found = Page::of_request(rows, first, &page, RaisedItem::cursor);
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
        let (first, limit) = page_bounds(page.first, PAGE_AT_MOST);
        let descending = (page.direction == Direction::Descending) != page.before.is_some();
        let from = beginning(&page, descending);
        let (until, cause) = (filter.until(), filter.cause_name());
        let rows = page_rows!(
            resolved_rows,
            " AND cause_name = $4",
            " AND $4::text IS NULL",
            self,
            descending,
            from,
            limit,
            until,
            cause
        );
        let found = Page::of_request(rows, first, &page, ResolvedItem::cursor);
        look.at(looked_at(found.rows.iter().map(|resolved| &resolved.item)))
            .await?;
        Ok(found)
    }
}
