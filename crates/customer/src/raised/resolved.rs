//! What was raised and is resolved: by whom, when, and why.

use access::{AuditAction, Subject};
use chrono::{DateTime, Utc};
use kernel::{Cursor, Error, Page, page_bounds};
use uuid::Uuid;

use super::{RaisedItem, RaisedRecord, raised_item, raised_query};
use crate::{list::PAGE_AT_MOST, onboarding::Onboarding};

/// A raised item that somebody resolved.
#[derive(Debug, Clone)]
pub struct ResolvedItem {
    /// The item that was raised.
    pub item: RaisedItem,
    /// When it was resolved.
    pub at: DateTime<Utc>,
    /// By whom, as the audit log names subjects.
    pub by: String,
    /// Why, as typed; none once it is erased.
    pub reason: Option<String>,
}

/// A resolved item from a row.
macro_rules! resolved_item {
    ($row:ident) => {
        $crate::raised::ResolvedItem {
            at: $row.resolved_at,
            by: $row.resolved_by.unwrap_or_default(),
            reason: $row.resolution,
            item: raised_item!($row, $row.cause),
        }
    };
}
pub(super) use resolved_item;

impl ResolvedItem {
    /// Where it stands in its list.
    #[must_use]
    pub fn cursor(&self) -> Cursor<i64> {
        Cursor {
            at: self.at,
            id: self.item.id,
        }
    }
}

impl Onboarding {
    /// A page of what was resolved, the newest first, at most `first` ([`PAGE_AT_MOST`]) after a cursor; all of it, or what was about
    /// one prospect or customer.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn resolved(
        &self,
        subject: &Subject,
        about: Option<Uuid>,
        first: usize,
        after: Option<Cursor<i64>>,
    ) -> Result<Page<ResolvedItem, Cursor<i64>>, Error> {
        self.may_read(subject, AuditAction::RaisedList).await?;
        let (first, limit) = page_bounds(first, PAGE_AT_MOST);
        let after = after.unwrap_or(Cursor::AFTER_ALL);
        let ids = match about {
            None => {
                sqlx::query_scalar!(
                    "SELECT id FROM raised WHERE resolved_at IS NOT NULL AND (resolved_at, id) < ($1, $2)
                     ORDER BY resolved_at DESC, id DESC LIMIT $3",
                    after.at,
                    after.id,
                    limit,
                )
                .fetch_all(&self.pool)
                .await?
            }
            Some(id) => {
                sqlx::query_scalar!(
                    r#"SELECT id AS "id!" FROM (
                         SELECT id, resolved_at FROM raised
                         WHERE prospect_id = $1 AND resolved_at IS NOT NULL AND (resolved_at, id) < ($2, $3)
                         UNION SELECT id, resolved_at FROM raised
                         WHERE other_id = $1 AND resolved_at IS NOT NULL AND (resolved_at, id) < ($2, $3)
                     ) AS found ORDER BY resolved_at DESC, id DESC LIMIT $4"#,
                    id,
                    after.at,
                    after.id,
                    limit,
                )
                .fetch_all(&self.pool)
                .await?
            }
        };
        // For the most part nothing was.
        if ids.is_empty() {
            return Ok(Page::empty());
        }
        let rows = raised_query!(
            ", resolved_at AS \"resolved_at!\", resolved_by, resolution",
            "",
            "raised.id = ANY($1) AND resolved_at IS NOT NULL ORDER BY resolved_at DESC, raised.id DESC",
            &ids,
        )
        .fetch_all(&self.pool)
        .await?;
        let rows = rows.into_iter().map(|row| resolved_item!(row));
        Ok(Page::of_one_more(
            rows.collect(),
            first,
            ResolvedItem::cursor,
        ))
    }
}
