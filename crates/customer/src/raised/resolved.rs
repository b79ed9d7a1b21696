//! What was raised and is resolved: by whom, when, and why.

use kernel::Error;
use std::{fmt, str::FromStr};

use access::{AuditAction, Subject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    list::PAGE_AT_MOST,
    onboarding::Onboarding,
    raised::{RaisedItem, RaisedRecord},
};

/// A raised item that somebody resolved.
#[derive(Debug, Clone)]
pub struct ResolvedItem {
    /// What was raised.
    pub item: RaisedItem,
    /// When it was resolved.
    pub at: DateTime<Utc>,
    /// By whom, as the audit log names subjects.
    pub by: String,
    /// Why, as typed; none once it is erased.
    pub reason: Option<String>,
}

/// The place of a resolved item in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedCursor {
    at: DateTime<Utc>,
    id: i64,
}

impl ResolvedItem {
    /// Where it stands in its list.
    #[must_use]
    pub fn cursor(&self) -> ResolvedCursor {
        ResolvedCursor {
            at: self.at,
            id: self.item.id,
        }
    }
}

impl fmt::Display for ResolvedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.at.timestamp_micros(), self.id)
    }
}

impl FromStr for ResolvedCursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |text: &str| {
            let (at, id) = text.split_once('_')?;
            // Nothing was resolved before 1970; PostgreSQL knows no years beyond these.
            let micros = at.parse().ok().filter(|at| (0..1 << 57).contains(at))?;
            Some(ResolvedCursor {
                at: DateTime::from_timestamp_micros(micros)?,
                id: id.parse().ok()?,
            })
        };
        read(text).ok_or(kernel::BadCursor.into())
    }
}

impl Onboarding {
    /// What was resolved, the newest first, at most `first` ([`PAGE_AT_MOST`]) after a cursor; all of it, or what was about
    /// one prospect or customer.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn resolved(
        &self,
        subject: &Subject,
        about: Option<Uuid>,
        first: usize,
        after: Option<ResolvedCursor>,
    ) -> Result<Vec<ResolvedItem>, Error> {
        self.may_read(subject, AuditAction::RaisedList).await?;
        let rows = sqlx::query!(
            r#"
            SELECT raised.id, cause, raised_at, raised.callback_id, resolved_at AS "resolved_at!", resolved_by, resolution,
                one.id AS "one_id?", one.public_id AS "one_public_id?", one.email AS one_email, one.stage AS "one_stage?",
                other.id AS "other_id?", other.public_id AS "other_public_id?", other.email AS other_email,
                other.stage AS "other_stage?"
            FROM raised
            LEFT JOIN prospects AS one ON one.id = raised.prospect_id
            LEFT JOIN prospects AS other ON other.id = raised.other_id
            WHERE resolved_at IS NOT NULL AND ($1::uuid IS NULL OR raised.prospect_id = $1)
              AND ($2::timestamptz IS NULL OR (resolved_at, raised.id) < ($2, $3))
            ORDER BY resolved_at DESC, raised.id DESC LIMIT $4
            "#,
            about,
            after.map(|cursor| cursor.at),
            after.map(|cursor| cursor.id),
            i64::try_from(first.clamp(1, PAGE_AT_MOST)).unwrap_or(1),
        )
        .fetch_all(&self.pool)
        .await?;
        let about = |id: Option<Uuid>, public_id: Option<String>, email, stage: Option<String>| {
            Some(RaisedRecord {
                id: id?,
                public_id: public_id?,
                email,
                is_customer: stage.as_deref() == Some("converted"),
            })
        };
        Ok(rows
            .into_iter()
            .map(|row| ResolvedItem {
                at: row.resolved_at,
                by: row.resolved_by.unwrap_or_default(),
                reason: row.resolution,
                item: RaisedItem {
                    id: row.id,
                    cause: row.cause,
                    raised_at: row.raised_at,
                    about: about(row.one_id, row.one_public_id, row.one_email, row.one_stage),
                    callback: row.callback_id,
                    other: about(
                        row.other_id,
                        row.other_public_id,
                        row.other_email,
                        row.other_stage,
                    ),
                },
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_nonsense_does_not() {
        let cursor = ResolvedCursor {
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: 7,
        };
        assert_eq!(
            cursor.to_string().parse::<ResolvedCursor>().unwrap(),
            cursor
        );
        for nonsense in ["", "1", "x_1", "1_x", "-1_1", "9223372036854775807_1"] {
            assert!(nonsense.parse::<ResolvedCursor>().is_err(), "{nonsense}");
        }
    }
}
