//! The callback log as a list: a page of it, where that stands, and all of it as a file.

use access::{AuditAction, AuditObject, ObjectKind, Subject};
use chrono::{DateTime, Utc};
use futures::{Stream, stream};
use kernel::{Error, Page};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::view::{CallbackFilter, CallbackRow};
use crate::{
    kyc::Outcome,
    list::{COUNTED_AT_MOST, Extent, PAGE_AT_MOST, download::BATCH},
    onboarding::Onboarding,
    primitives::CallbackId,
    raised::Count,
};

const COLUMNS: &str = "callbacks.id, callback_type, received_at, last_received_at, receipts, source, outcome, reason, answer, \
     (SELECT public_id FROM prospects WHERE prospects.id = callbacks.prospect_id) AS prospect, applicant_id, external_user_id";

/// A callback as the database has it.
#[derive(FromRow)]
struct Stored {
    id: CallbackId,
    callback_type: Option<String>,
    received_at: DateTime<Utc>,
    last_received_at: DateTime<Utc>,
    receipts: i64,
    source: String,
    outcome: String,
    reason: Option<String>,
    answer: Option<String>,
    prospect: Option<String>,
    applicant_id: Option<String>,
    external_user_id: Option<String>,
}

impl From<Stored> for CallbackRow {
    fn from(row: Stored) -> Self {
        Self {
            id: row.id,
            callback_type: row.callback_type,
            received_at: row.received_at,
            last_received_at: row.last_received_at,
            receipts: row.receipts,
            is_refresh: row.source == "refresh",
            outcome: row.outcome.parse().unwrap_or(Outcome::Received),
            reason: row.reason,
            answer: row.answer,
            prospect: row.prospect,
            applicant_id: row.applicant_id,
            external_user_id: row.external_user_id,
        }
    }
}

impl Onboarding {
    /// A page of the callback log, the newest first: at most `first` (100) that are older than `before`.
    ///
    /// # Errors
    /// When the subject may not see callbacks, or the database does not answer.
    pub async fn callbacks(
        &self,
        subject: &Subject,
        filter: &CallbackFilter,
        first: usize,
        before: Option<CallbackId>,
    ) -> Result<Page<CallbackRow, CallbackId>, Error> {
        let look = self
            .look(subject, AuditAction::CallbackList, AuditObject::LIST)
            .await?;
        let first = first.clamp(1, PAGE_AT_MOST);
        let rows = self.callback_rows(filter, first + 1, before).await?;
        let page = Page::of_one_more(rows, first, |row| row.id);
        look.at(page.rows.iter().map(object)).await?;
        Ok(page)
    }

    /// Where a page of the callback log stands in it; `is_first`: nothing comes before it.
    ///
    /// # Errors
    /// When the subject may not see callbacks, or the database does not answer.
    pub async fn extent_of_callbacks(
        &self,
        subject: &Subject,
        filter: &CallbackFilter,
        is_first: bool,
        page: &Page<CallbackRow, CallbackId>,
    ) -> Result<Extent, Error> {
        self.may_read(subject, AuditAction::CallbackList).await?;
        let before = match page.rows.first().filter(|_| !is_first) {
            Some(row) => self.count_callbacks(filter, Some(row.id)).await?,
            None => Count::of(0),
        };
        let here = page.rows.len();
        Ok(match Extent::of_end(before, here, page.next.is_some()) {
            Some(whole) => whole,
            None => Extent::of_a_part(
                before,
                here,
                page.next.is_some(),
                self.all_callbacks(filter).await?,
            ),
        })
    }

    /// The callbacks that the filters leave, as a file: batch by batch, each read when it is asked for.
    ///
    /// # Errors
    /// When the subject may not see callbacks, or the database does not answer.
    pub async fn download_callbacks(
        &self,
        subject: &Subject,
        filter: CallbackFilter,
    ) -> Result<impl Stream<Item = Result<Vec<CallbackRow>, Error>> + Send + use<>, Error> {
        let what = AuditAction::CallbackDownload;
        self.downloads(subject, what).await?;
        let begin = Some((self.clone(), subject.clone(), filter, None, 0_i64));
        Ok(stream::try_unfold(begin, move |rest| async move {
            let Some((onboarding, subject, filter, place, before)) = rest else {
                return Ok(None);
            };
            let look = onboarding.look(&subject, what, AuditObject::LIST).await?;
            let rows = onboarding.callback_rows(&filter, BATCH, place).await?;
            look.at(rows.iter().map(object)).await?;
            let seen = before.saturating_add(i64::try_from(rows.len()).unwrap_or(i64::MAX));
            let place = rows.last().map(|row| row.id);
            let rest = if rows.len() < BATCH {
                onboarding.downloaded(&subject, what, seen).await?;
                None
            } else {
                Some((onboarding, subject, filter, place, seen))
            };
            Ok(Some((rows, rest)))
        }))
    }

    async fn callback_rows(
        &self,
        filter: &CallbackFilter,
        at_most: usize,
        older_than: Option<CallbackId>,
    ) -> Result<Vec<CallbackRow>, Error> {
        let mut query = QueryBuilder::new("SELECT ");
        query.push(COLUMNS).push(" FROM callbacks WHERE TRUE");
        if let Some(id) = older_than {
            query.push(" AND id < ").push_bind(id);
        }
        if !self.narrow_callbacks(&mut query, filter).await? {
            return Ok(Vec::new());
        }
        query.push(" ORDER BY id DESC LIMIT ").push(at_most);
        let rows: Vec<Stored> = query
            .build_query_as()
            .fetch_all(self.pool.planned())
            .await?;
        Ok(rows.into_iter().map(CallbackRow::from).collect())
    }

    /// How many the filters leave; of all, may be some seconds old.
    async fn all_callbacks(&self, filter: &CallbackFilter) -> Result<Count, Error> {
        let count = self.count_callbacks(filter, None);
        if *filter == CallbackFilter::default() {
            return self.kept.callbacks.or(count).await;
        }
        count.await
    }

    async fn count_callbacks(
        &self,
        filter: &CallbackFilter,
        newer_than: Option<CallbackId>,
    ) -> Result<Count, Error> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM callbacks WHERE TRUE");
        if let Some(id) = newer_than {
            query.push(" AND id > ").push_bind(id);
        }
        if !self.narrow_callbacks(&mut query, filter).await? {
            return Ok(Count::of(0));
        }
        query.push(" LIMIT ").push_bind(COUNTED_AT_MOST + 1);
        query.push(") AS counted");
        let (count,) = query
            .build_query_as()
            .fetch_one(self.pool.planned())
            .await?;
        Ok(Count::bounded(count, COUNTED_AT_MOST))
    }

    /// Adds what the list is narrowed down to. False: to nothing, because there is no such prospect.
    async fn narrow_callbacks(
        &self,
        query: &mut QueryBuilder<'static, Postgres>,
        filter: &CallbackFilter,
    ) -> Result<bool, Error> {
        if let Some(typed) = filter.prospect.as_deref().map(str::trim)
            && !typed.is_empty()
        {
            let Some(id) = self.prospect_named(typed).await? else {
                return Ok(false);
            };
            query.push(" AND prospect_id = ").push_bind(id);
        }
        if let Some(outcome) = filter.outcome {
            let outcome: &'static str = outcome.into();
            query.push(" AND outcome = ").push_bind(outcome);
        }
        if let Some(kind) = filter.callback_type.clone().filter(|kind| !kind.is_empty()) {
            query.push(" AND callback_type = ").push_bind(kind);
        }
        if filter.nobodys {
            query.push(" AND outcome = 'ignored' AND prospect_id IS NULL");
        }
        if let Some(answer) = &filter.answer {
            query.push(" AND upper(answer COLLATE \"C\") = ");
            query.push_bind(answer.to_ascii_uppercase());
        }
        // Numbers follow the clock but for what came at the same moment: so days are bounds of the numbers, too.
        if let Some(from) = filter.received.from {
            query.push(" AND received_at >= ").push_bind(from);
            query.push(
                " AND id >= (SELECT near.id FROM callbacks AS near WHERE near.received_at >= ",
            );
            query.push_bind(from);
            query.push(" - interval '1 minute' ORDER BY near.received_at LIMIT 1)");
        }
        if let Some(before) = filter.received.before {
            query.push(" AND received_at < ").push_bind(before);
            query.push(
                " AND id <= (SELECT near.id FROM callbacks AS near WHERE near.received_at < ",
            );
            query.push_bind(before);
            query.push(" + interval '1 minute' ORDER BY near.received_at DESC LIMIT 1)");
        }
        Ok(true)
    }

    async fn prospect_named(&self, typed: &str) -> Result<Option<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            SELECT id AS "id!" FROM prospects WHERE public_id = $1 OR id = $2
            UNION SELECT prospect_id FROM applicants WHERE applicant_id = $1
            LIMIT 1
            "#,
            typed,
            typed.parse::<Uuid>().ok(),
        )
        .fetch_optional(&self.pool)
        .await
    }
}

fn object(row: &CallbackRow) -> AuditObject {
    ObjectKind::Callback.number(row.id)
}
