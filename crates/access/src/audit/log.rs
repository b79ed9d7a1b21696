//! Reading the audit log: a page is one indexed query, the same at a thousand and at a million entries.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kernel::{Database, Page, Recent, page_bounds};

use super::{
    ObjectKind,
    page_query::{self, Part},
};
use crate::{Access, AccessError, AuditAction, Permission, Subject};

/// The most entries a page may have.
const PAGE_AT_MOST: usize = 200;

/// Which decisions a page of the log shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Those that were allowed.
    Authorized,
    /// Those that were refused.
    Refused,
}

/// Which entries; what is left out counts for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Whose, exactly, such as `operator:<uuid>`.
    pub subject: Option<String>,
    /// How the action begins, such as `prospect.`.
    pub action: Option<String>,
    /// About any of these, exactly, such as `prospect:<uuid>`; also the looks that handed out data of one of them. All when there
    /// are none.
    pub objects: Vec<String>,
    /// About objects of this kind; of a look at many, when the first record that it handed out is of this kind.
    pub kind: Option<ObjectKind>,
    /// Allowed or refused.
    pub decision: Option<Decision>,
    /// Recorded at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Recorded before this moment.
    pub to: Option<DateTime<Utc>>,
}

/// One entry of the log: a decision, or a look at somebody's data.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditEntry {
    /// The id; also the place for the next page.
    pub id: i64,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
    /// Who asked, as [`Subject::as_text`] names them.
    pub subject: String,
    /// What was asked for: the stored name of an [`crate::AuditAction`], or of one that another version knows.
    pub action: String,
    /// What it was about: an [`crate::AuditObject`] as it is stored, such as `prospect:<uuid>`.
    pub object: String,
    /// Whether it was allowed.
    pub authorized: bool,
    /// Whose data a look handed out, each once, such as `prospect:<uuid>`; of another decision none.
    pub records: Vec<String>,
    /// Whether the hash chain holds it fast already.
    pub sealed: bool,
}

/// An allowed decision, as far as an event that it caused is found by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTrace {
    /// The entry's id.
    pub id: i64,
    /// When it was written down: before the act.
    pub recorded_at: DateTime<Utc>,
    /// Who asked, as [`Subject::as_text`] names them.
    pub subject: String,
    /// What was asked for: the stored name of an [`crate::AuditAction`].
    pub action: String,
    /// What it was about: an [`crate::AuditObject`] as it is stored.
    pub object: String,
}

/// The audit log, for who may read it.
#[derive(Clone, Debug)]
pub struct AuditLog {
    pool: Database,
    access: Access,
    kept: Arc<Kept>,
}

/// What was read a moment ago.
#[derive(Debug, Default)]
struct Kept {
    count: Recent<i64>,
    actions: Recent<Arc<[String]>>,
}

impl AuditLog {
    /// The log of this database.
    #[must_use]
    pub fn new(pool: impl Into<Database>) -> Self {
        let pool = pool.into();
        Self {
            access: Access::new(pool.clone()),
            pool,
            kept: Arc::default(),
        }
    }

    /// Who decides, and writes decisions down.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// At most `first` entries (200 at most), newest first; those that are older than the entry `after`, if one is given. Looking at
    /// it is written down only when it is refused, or the log would fill with its own readers.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] without AUDIT_READ; [`AccessError::Database`].
    pub async fn page(
        &self,
        subject: &Subject,
        filter: &AuditFilter,
        after: Option<i64>,
        first: usize,
    ) -> Result<Page<AuditEntry, i64>, AccessError> {
        self.permit(subject).await?;
        let (first, limit) = page_bounds(first, PAGE_AT_MOST);
        let part = after.map_or(Part::Whole, Part::OlderThan);
        let entries = page_query::page(filter, part, limit)
            .build_query_as()
            .fetch_all(self.pool.planned())
            .await?;
        Ok(Page::of_one_more(entries, first, |entry: &AuditEntry| {
            entry.id
        }))
    }

    /// How many entries there are, all of them or those that are newer than one; counting ends at `at_most`.
    /// Of the whole log it may be some seconds old.
    ///
    /// # Errors
    /// The same as [`AuditLog::page`].
    pub async fn count(
        &self,
        subject: &Subject,
        filter: &AuditFilter,
        newer_than: Option<i64>,
        at_most: i64,
    ) -> Result<i64, AccessError> {
        self.permit(subject).await?;
        let part = newer_than.map_or(Part::Whole, Part::NewerThan);
        let count = async {
            let (count,) = page_query::count(filter, part, at_most)
                .build_query_as()
                .fetch_one(self.pool.planned())
                .await?;
            Ok(count)
        };
        if newer_than.is_none() && *filter == AuditFilter::default() {
            let known: i64 = self.kept.count.or(count).await?;
            return Ok(known.min(at_most));
        }
        count.await
    }

    /// What the filters leave of the log, to be taken away, which is written down.
    ///
    /// # Errors
    /// The same as [`AuditLog::page`].
    pub async fn download(
        &self,
        subject: &Subject,
        filter: AuditFilter,
    ) -> Result<AuditDownload, AccessError> {
        let (may, what) = (Permission::AuditRead, AuditAction::AuditDownload);
        let whole = ObjectKind::Audit.whole();
        self.access.authorize(subject, may, what, whole).await?;
        Ok(AuditDownload {
            log: self.clone(),
            subject: subject.clone(),
            filter,
            after: None,
            rows: 0,
            done: false,
        })
    }

    /// Every action that was ever asked for, by name: the choices of a filter; may be some seconds old.
    ///
    /// # Errors
    /// The same as [`AuditLog::page`].
    pub async fn actions(&self, subject: &Subject) -> Result<Arc<[String]>, AccessError> {
        self.permit(subject).await?;
        self.kept.actions.or(self.every_action()).await
    }

    async fn every_action(&self) -> Result<Arc<[String]>, AccessError> {
        // From one action to the next in the index, instead of over every entry.
        let actions = sqlx::query_scalar!(
            r#"WITH RECURSIVE actions AS (
                   (SELECT action FROM audit_entries ORDER BY action LIMIT 1)
                   UNION ALL
                   SELECT (SELECT e.action FROM audit_entries e WHERE e.action > a.action ORDER BY e.action LIMIT 1)
                   FROM actions a WHERE a.action IS NOT NULL
               )
               SELECT action AS "action!" FROM actions WHERE action IS NOT NULL"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(actions.into())
    }

    /// The allowed decisions on these acts on these objects, oldest first: by which entry of the log an event was caused.
    /// Whoever may see the record may see this: it names the log's entries and shows nothing else of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn traces(
        &self,
        objects: &[String],
        actions: &[String],
    ) -> Result<Vec<AuditTrace>, AccessError> {
        Ok(sqlx::query_as!(
            AuditTrace,
            "SELECT id, recorded_at, subject, action, object FROM audit_entries
             WHERE object = ANY($1) AND action = ANY($2) AND authorized ORDER BY id",
            objects,
            actions,
        )
        .fetch_all(&self.pool)
        .await?)
    }

    async fn permit(&self, subject: &Subject) -> Result<(), AccessError> {
        self.access
            .permit(
                subject,
                Permission::AuditRead,
                AuditAction::AuditRead,
                ObjectKind::Audit.whole(),
            )
            .await
    }
}

/// What somebody takes away of the log, batch by batch: neither memory nor a transaction is held for who reads slowly.
#[derive(Debug)]
pub struct AuditDownload {
    log: AuditLog,
    subject: Subject,
    filter: AuditFilter,
    after: Option<i64>,
    rows: i64,
    done: bool,
}

impl AuditDownload {
    /// The next entries, newest first; none after the last. How many there were is written down then.
    ///
    /// # Errors
    /// [`AccessError::Database`].
    pub async fn next(&mut self) -> Result<Option<Vec<AuditEntry>>, AccessError> {
        if self.done {
            return Ok(None);
        }
        let page = self
            .log
            .page(&self.subject, &self.filter, self.after, PAGE_AT_MOST)
            .await?;
        self.after = page.next;
        self.done = page.next.is_none();
        let more = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
        self.rows = self.rows.saturating_add(more);
        if self.done {
            let (may, what) = (Permission::AuditRead, AuditAction::AuditDownload);
            let whole = ObjectKind::Download.number(self.rows);
            self.log
                .access
                .authorize(&self.subject, may, what, whole)
                .await?;
        }
        Ok(Some(page.rows))
    }
}
