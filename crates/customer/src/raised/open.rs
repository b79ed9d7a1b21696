//! What is raised and waits for somebody, and *Resolve*.

use access::{AuditAction, AuditObject, ObjectKind, Permission, Subject};
use kernel::{Error, Field, FieldError, Kind, Reason};
use uuid::Uuid;

use super::{
    Became, Outcome, RaisedItem, RaisedList, RaisedRecord, open_query, raised_item,
    twins::{COUNTED, with_twins},
};
use crate::onboarding::Onboarding;

/// The most that one page shows; the oldest come first.
const AT_MOST: i64 = 200;
/// So many items are resolved at once at most.
pub const RESOLVED_AT_ONCE: usize = 100;
const RAISED_ITEMS: Field = Field::new("raisedItemIds");

/// The items, and whom they name.
pub(super) fn looked_at<'a>(items: impl IntoIterator<Item = &'a RaisedItem>) -> Vec<AuditObject> {
    let items: Vec<&RaisedItem> = items.into_iter().collect();
    let named = items.iter().flat_map(|item| [&item.about, &item.other]);
    let people = named
        .flatten()
        .map(|about| ObjectKind::Prospect.id(about.id));
    let items = items.iter().map(|item| ObjectKind::Raised.number(item.id));
    items.chain(people).collect()
}

impl Onboarding {
    /// What is raised and not resolved, the oldest first.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn raised(&self, subject: &Subject) -> Result<RaisedList, Error> {
        let look = self
            .look(subject, AuditAction::RaisedList, AuditObject::LIST)
            .await?;
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM raised WHERE resolved_at IS NULL"#
        )
        .fetch_one(&self.pool)
        .await?;
        let oldest = sqlx::query_scalar!(
            "SELECT id FROM raised WHERE resolved_at IS NULL ORDER BY raised_at, id LIMIT $1",
            AT_MOST
        )
        .fetch_all(&self.pool)
        .await?;
        let items = self.open_items(&oldest).await?;
        look.at(looked_at(&items)).await?;
        Ok(RaisedList { items, count })
    }

    /// The newest of what is raised and not resolved, and how many there are; so many at most are counted, and
    /// many may be counted some seconds ago. What was raised about a record before it was snoozed is left out while it is.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn newest_raised(&self, subject: &Subject, rows: i64) -> Result<RaisedList, Error> {
        let look = self
            .look(subject, AuditAction::RaisedList, AuditObject::LIST)
            .await?;
        let newest = sqlx::query_scalar!(
            // Not joined: PostgreSQL, which doesn't know how few are asked for, would read all prospects.
            "SELECT id FROM raised WHERE resolved_at IS NULL
             AND (SELECT snoozed_until > now() AND raised_at <= snoozed_at FROM prospects WHERE prospects.id = raised.prospect_id) IS NOT TRUE
             ORDER BY raised_at DESC, id DESC LIMIT $1",
            rows
        )
        .fetch_all(&self.pool)
        .await?;
        if newest.is_empty() {
            return Ok(RaisedList {
                items: Vec::new(),
                count: 0,
            });
        }
        let count = self.raised_count(newest.len(), rows).await?;
        let mut items = self.open_items(&newest).await?;
        items.reverse();
        look.at(looked_at(&items)).await?;
        Ok(RaisedList { items, count })
    }

    /// How many there are, when so many of the `asked` newest were found.
    async fn raised_count(&self, newest: usize, asked: i64) -> Result<i64, Error> {
        let newest = i64::try_from(newest).unwrap_or(i64::MAX);
        if newest < asked {
            return Ok(newest);
        }
        if let Some(many) = self.kept.many_raised.known().await {
            return Ok(many);
        }
        let count = sqlx::query_scalar!(
            // Few are snoozed: they are looked for, and not whether each that is open is.
            r#"WITH hidden AS MATERIALIZED (
                SELECT count(*) AS count FROM prospects JOIN raised ON raised.prospect_id = prospects.id
                WHERE snoozed_until > now() AND resolved_at IS NULL AND raised_at <= snoozed_at
            )
            SELECT count(*) - (SELECT count FROM hidden) AS "count!" FROM (
                SELECT FROM raised WHERE resolved_at IS NULL LIMIT $1 + (SELECT count FROM hidden)
            ) AS open"#,
            RaisedList::COUNTED
        )
        .fetch_one(&self.pool)
        .await?;
        self.kept.many_raised.keep(count).await;
        Ok(count)
    }

    /// What is raised about one prospect or customer and not resolved, the oldest first. Whoever may see the record
    /// may see this.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn raised_about(&self, id: Uuid) -> Result<Vec<RaisedItem>, Error> {
        self.open_about(&[id], AT_MOST).await
    }

    /// What is raised about many prospects or customers and not resolved, the oldest first, in two statements however many.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn raised_about_many(
        &self,
        subject: &Subject,
        ids: &[Uuid],
    ) -> Result<Vec<RaisedItem>, Error> {
        let look = self
            .look(subject, AuditAction::RaisedList, AuditObject::LIST)
            .await?;
        let at_most = i64::try_from(ids.len())
            .unwrap_or(i64::MAX)
            .saturating_mul(AT_MOST);
        let items = self.open_about(ids, at_most).await?;
        look.at(looked_at(&items)).await?;
        Ok(items)
    }

    /// Those about these prospects and customers.
    async fn open_about(&self, ids: &[Uuid], at_most: i64) -> Result<Vec<RaisedItem>, Error> {
        let found = sqlx::query_scalar!(
            r#"
            SELECT id AS "id!" FROM (
                SELECT id, raised_at FROM raised WHERE prospect_id = ANY($1) AND resolved_at IS NULL
                UNION (SELECT id, raised_at FROM raised WHERE other_id = ANY($1) AND resolved_at IS NULL ORDER BY id LIMIT $2)
            ) AS found ORDER BY raised_at, id LIMIT $2
            "#,
            ids,
            at_most,
        )
        .fetch_all(&self.pool)
        .await?;
        self.open_items(&found).await
    }

    /// Those of these that are open, the oldest first. For the most part nothing is raised, and nothing asked here.
    async fn open_items(&self, ids: &[i64]) -> Result<Vec<RaisedItem>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = open_query!(
            " AND raised.id = ANY($2) ORDER BY raised_at, raised.id",
            ids,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                raised_item!(
                    row,
                    with_twins(row.cause, row.twins.as_deref().unwrap_or_default())
                )
            })
            .collect())
    }

    /// "Resolve": takes an item off the list, with a reason. What is resolved already stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such item, [`Error::Invalid`] without a reason.
    pub async fn resolve(&self, subject: &Subject, id: i64, reason: &str) -> Result<(), Error> {
        self.may_resolve(subject, id).await?;
        let reason: Reason = reason.parse()?;
        // What whoever resolves it has read stands beside the reason.
        let read = self.open_items(&[id]).await?.pop();
        self.resolve_read(subject, id, read.as_ref(), &reason)
            .await?;
        Ok(())
    }

    /// "Resolve" for several, with one reason: each for itself, so that what stands in the way of one keeps no other from it. Answers
    /// what became of each, in the order of `ids`.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason, without an item, or with more of them than [`RESOLVED_AT_ONCE`]; or the subject may not
    /// resolve, or the database does not answer.
    pub async fn resolve_each(
        &self,
        subject: &Subject,
        ids: &[i64],
        reason: &str,
    ) -> Result<Vec<Outcome>, Error> {
        for id in ids.iter().take(RESOLVED_AT_ONCE) {
            self.may_resolve(subject, *id).await?;
        }
        let message = match ids.len() {
            0 => Some("Choose at least one item.".to_owned()),
            many if many > RESOLVED_AT_ONCE => {
                Some(format!("Choose {RESOLVED_AT_ONCE} items at most."))
            }
            _ => None,
        };
        if let Some(message) = message {
            return Err(Error::Invalid(vec![FieldError {
                field: RAISED_ITEMS,
                message,
                taken_by: None,
            }]));
        }
        let reason: Reason = reason.parse()?;
        let look = self
            .look(subject, AuditAction::RaisedList, AuditObject::LIST)
            .await?;
        let read = self.open_items(ids).await?;
        look.at(looked_at(&read)).await?;
        let mut outcomes = Vec::new();
        for id in ids {
            let item = read.iter().find(|item| item.id == *id);
            let became = match self.resolve_read(subject, *id, item, &reason).await {
                Ok(true) => Became::Resolved,
                Ok(false) => Became::WasResolved,
                Err(Error::NotFound(_)) => Became::Unknown,
                Err(error) => {
                    tracing::warn!(item = id, %error, "one of several items could not be resolved");
                    Became::Failed
                }
            };
            outcomes.push(Outcome {
                id: *id,
                item: item.cloned(),
                became,
            });
        }
        Ok(outcomes)
    }

    async fn may_resolve(&self, subject: &Subject, id: i64) -> Result<(), Error> {
        let (may, action) = (Permission::CustomerUpdate, AuditAction::RaisedResolve);
        let object = ObjectKind::Raised.number(id);
        self.access()
            .authorize(subject, may, action, object)
            .await?;
        Ok(())
    }

    /// Answers whether it was open until now.
    async fn resolve_read(
        &self,
        subject: &Subject,
        id: i64,
        read: Option<&RaisedItem>,
        reason: &Reason,
    ) -> Result<bool, Error> {
        let row = sqlx::query!(
            r#"
            WITH resolved AS (
                UPDATE raised SET resolved_at = clock_timestamp(), resolved_by = $2, resolution = $3,
                    cause = coalesce($4, cause)
                WHERE id = $1 AND resolved_at IS NULL RETURNING prospect_id
            )
            SELECT EXISTS (SELECT 1 FROM raised WHERE id = $1) AS "found!", EXISTS (SELECT 1 FROM resolved) AS "now!"
            "#,
            id,
            subject.as_text(),
            reason.as_str(),
            read.map(|item| item.cause.as_str()),
        )
        .fetch_one(&self.pool)
        .await?;
        if row.found {
            Ok(row.now)
        } else {
            Err(Error::NotFound(Kind::new("raised item")))
        }
    }
}
