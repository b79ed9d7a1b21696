//! What came in for an operator: a record that a colleague assigned, and what happened to records of theirs. The database notes it as it
//! happens (`migrations/0173_notices.sql`).

use access::{AuditAction, AuditObject, ObjectKind, Subject};
use chrono::{DateTime, Utc};
use kernel::{Cursor, Error, Page, page_bounds};
use uuid::Uuid;

use crate::{kyc::Status, list::PAGE_AT_MOST, onboarding::Onboarding, raised::Count};

/// Up to so many are counted for the bell.
const COUNTED: i64 = 99;
/// Up to so many for the menu.
const WAITING_COUNTED: i64 = 999;
/// What was read so many days ago goes.
const KEPT_DAYS: i32 = 90;

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Somebody else assigned the record.
    Assigned,
    /// Sumsub said something that counted.
    Callback(Option<Status>),
    /// Somebody else decided about it: the event's name, for example `closed`.
    Decision(String),
    /// Somebody else wrote a note.
    Note,
    /// It is not snoozed any more.
    SnoozeEnded,
}

/// The numbers around every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MenuCounts {
    /// How many raised items wait for a person.
    pub waiting: Count,
    /// How much came in that the operator has not seen; none for a program.
    pub unread: Option<Count>,
}

/// Something that came in for an operator.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The number of the notice.
    pub id: i64,
    /// When it came in.
    pub at: DateTime<Utc>,
    /// What came in.
    pub what: What,
    /// By whom, as the audit log names subjects; none for Sumsub and time.
    pub by: Option<String>,
    /// Whether the operator has seen it.
    pub read: bool,
    /// The UUID of the record.
    pub record: Uuid,
    /// The short number of the record.
    pub public_id: String,
    /// What the person or company is called, or the e-mail address, as far as they are known.
    pub name: Option<String>,
    /// It has become a customer.
    pub is_customer: bool,
}

impl Notice {
    /// Where it stands among the operator's.
    #[must_use]
    pub fn cursor(&self) -> Cursor<i64> {
        Cursor {
            at: self.at,
            id: self.id,
        }
    }
}

fn what(kind: &str, what: Option<String>) -> Option<What> {
    Some(match kind {
        "assigned" => What::Assigned,
        "callback" => What::Callback(
            what.and_then(|name| serde_json::from_value(serde_json::Value::String(name)).ok()),
        ),
        "decision" => What::Decision(what?),
        "note" => What::Note,
        "snooze_ended" => What::SnoozeEnded,
        _ => return None,
    })
}

/// The operator; a program has nothing that comes in.
fn operator(subject: &Subject) -> Option<Uuid> {
    match subject {
        Subject::Operator { id, .. } => Some((*id).into()),
        _ => None,
    }
}

impl Onboarding {
    /// The numbers around every page: they say nothing of anybody. How much waits may be some seconds old while it is much.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn menu_counts(&self, subject: &Subject) -> Result<MenuCounts, Error> {
        let operator = operator(subject);
        let many = self.kept.many_waiting.known().await;
        let counts = sqlx::query!(
            r#"SELECT
                (SELECT count(*) FROM (SELECT FROM raised WHERE resolved_at IS NULL LIMIT $3) AS open) AS "waiting!",
                (SELECT count(*) FROM (
                    SELECT FROM notices WHERE operator_id = $1 AND read_at IS NULL AND at <= now() LIMIT $2
                ) AS unread) AS "unread!""#,
            operator,
            COUNTED + 1,
            if many.is_some() {
                0
            } else {
                WAITING_COUNTED + 1
            },
        )
        .fetch_one(&self.pool)
        .await?;
        if many.is_none() {
            self.kept.many_waiting.keep(counts.waiting).await;
        }
        let waiting = many.unwrap_or(counts.waiting);
        Ok(MenuCounts {
            waiting: Count::bounded(waiting, WAITING_COUNTED),
            unread: operator.map(|_| Count::bounded(counts.unread, COUNTED)),
        })
    }

    /// A page of what came in for the operator who asks, newest first. That they saw whom it names is written down.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn notices(
        &self,
        subject: &Subject,
        first: usize,
        after: Option<Cursor<i64>>,
    ) -> Result<Page<Notice, Cursor<i64>>, Error> {
        let look = self
            .look(subject, AuditAction::NoticeList, AuditObject::LIST)
            .await?;
        let (first, limit) = page_bounds(first, PAGE_AT_MOST);
        let after = after.unwrap_or(Cursor::AFTER_ALL);
        let rows = sqlx::query!(
            r#"
            SELECT notices.id, at, kind, by, what, read_at, prospect_id, prospects.public_id, coalesce(prospects.name, prospects.email) AS name,
                customers.id IS NOT NULL AS "is_customer!"
            FROM notices JOIN prospects ON prospects.id = prospect_id LEFT JOIN customers ON customers.id = prospect_id
            WHERE operator_id = $1 AND at <= now() AND (at, notices.id) < ($2, $3::bigint)
            ORDER BY at DESC, notices.id DESC LIMIT $4
            "#,
            operator(subject),
            after.at,
            after.id,
            limit,
        )
        .fetch_all(&self.pool)
        .await?;
        let notices = rows.into_iter().filter_map(|row| {
            Some(Notice {
                id: row.id,
                at: row.at,
                what: what(&row.kind, row.what)?,
                by: row.by,
                read: row.read_at.is_some(),
                record: row.prospect_id,
                public_id: row.public_id,
                name: row.name,
                is_customer: row.is_customer,
            })
        });
        let found = Page::of_one_more(notices.collect(), first, Notice::cursor);
        look.at(found
            .rows
            .iter()
            .map(|row| ObjectKind::Prospect.id(row.record)))
            .await?;
        Ok(found)
    }

    /// "Mark all as read": what has come in so far for whoever asks, or what has about one record. What was read long ago goes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read_notices(&self, subject: &Subject, of: Option<Uuid>) -> Result<(), Error> {
        let Some(operator) = operator(subject) else {
            return Ok(());
        };
        sqlx::query!(
            "UPDATE notices SET read_at = now()
             WHERE operator_id = $1 AND read_at IS NULL AND at <= now() AND ($2::uuid IS NULL OR prospect_id = $2)",
            operator,
            of,
        )
        .execute(&self.pool)
        .await?;
        if of.is_none() {
            sqlx::query!(
                "DELETE FROM notices WHERE operator_id = $1 AND read_at < now() - $2::int * interval '1 day'",
                operator,
                KEPT_DAYS,
            )
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }
}
