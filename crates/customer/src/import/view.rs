//! Imports and their rows, as people see them.

use access::Subject;
use chrono::{DateTime, Utc};
use kernel::{Database, Error, Existing};
use sqlx::types::Json;

use super::RowOutcome;
use crate::primitives::PROSPECT;

/// What became of the rows of an import so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// They can't be created, or could not be.
    pub errors: i64,
    /// Their e-mail address is an open prospect's or customer's.
    pub already_there: i64,
    /// They can be created.
    pub ready: i64,
    /// They wait for their turn.
    pub queued: i64,
    /// They were created.
    pub created: i64,
}

impl RowCounts {
    /// All rows of the file.
    #[must_use]
    pub const fn total(self) -> i64 {
        self.errors + self.already_there + self.ready + self.queued + self.created
    }

    /// How many there are of this outcome.
    #[must_use]
    pub const fn of(self, outcome: RowOutcome) -> i64 {
        match outcome {
            RowOutcome::Error => self.errors,
            RowOutcome::AlreadyThere => self.already_there,
            RowOutcome::Ready => self.ready,
            RowOutcome::Queued => self.queued,
            RowOutcome::Created => self.created,
        }
    }
}

/// An uploaded file, and how far its import is.
#[derive(Debug, Clone)]
pub struct Import {
    /// The number that people know it by.
    pub id: i64,
    /// As the browser called the file; none once it is erased.
    pub file_name: Option<String>,
    /// The columns that say nothing to us.
    pub unused_columns: Vec<String>,
    /// Who uploaded it, as the audit log names subjects.
    pub uploaded_by: String,
    /// When it was uploaded.
    pub uploaded_at: DateTime<Utc>,
    /// Who started the import, as the audit log names subjects.
    pub started_by: Option<String>,
    /// When the import was started.
    pub started_at: Option<DateTime<Utc>>,
    /// Whether those who are created are mailed the verification link.
    pub sends_link: bool,
    /// When the last row was done.
    pub finished_at: Option<DateTime<Utc>>,
    /// Since when the personal data of its rows is gone.
    pub erased_at: Option<DateTime<Utc>>,
    /// What became of its rows so far.
    pub counts: RowCounts,
}

/// A row of an imported file.
#[derive(Clone)]
pub struct ImportRow {
    /// Which line of the file; its head is line 1.
    pub line: i32,
    /// As the file has it; none once it is erased.
    pub email: Option<String>,
    /// As the file has it; none once it is erased.
    pub telegram_handle: Option<String>,
    /// As the file has it; none once it is erased.
    pub customer_type: Option<String>,
    /// What became of it.
    pub outcome: RowOutcome,
    /// Why it is not created, in words that name nobody.
    pub problem: Option<String>,
    /// The prospect that it became; or who has its e-mail address or handle.
    pub prospect: Option<Existing>,
}

/// Which rows of an import are asked for.
#[derive(Debug, Clone, Copy)]
pub struct RowsAsked {
    /// Only those of this outcome.
    pub outcome: Option<RowOutcome>,
    /// Only those below this line.
    pub after: i32,
    /// So many at most.
    pub first: usize,
}

/// Some rows of an import.
pub struct ImportRows {
    /// In the order of the file.
    pub rows: Vec<ImportRow>,
    /// The line behind which there are more.
    pub next: Option<i32>,
}

struct Record {
    id: i64,
    file_name: Option<String>,
    unused_columns: Vec<String>,
    uploaded_by: String,
    uploaded_at: DateTime<Utc>,
    started_by: Option<Json<Subject>>,
    started_at: Option<DateTime<Utc>>,
    sends_link: bool,
    finished_at: Option<DateTime<Utc>>,
    erased_at: Option<DateTime<Utc>>,
    errors: i64,
    already_there: i64,
    ready: i64,
    queued: i64,
    created: i64,
}

impl From<Record> for Import {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            file_name: record.file_name,
            unused_columns: record.unused_columns,
            uploaded_by: record.uploaded_by,
            uploaded_at: record.uploaded_at,
            started_by: record.started_by.map(|by| by.0.as_text()),
            started_at: record.started_at,
            sends_link: record.sends_link,
            finished_at: record.finished_at,
            erased_at: record.erased_at,
            counts: RowCounts {
                errors: record.errors,
                already_there: record.already_there,
                ready: record.ready,
                queued: record.queued,
                created: record.created,
            },
        }
    }
}

/// The newest imports before one; or this one alone. What became of the rows is counted until an import is finished.
pub(super) async fn imports(
    pool: &Database,
    only: Option<i64>,
    before: Option<i64>,
    first: i64,
) -> Result<Vec<Import>, Error> {
    let records = sqlx::query_as!(
        Record,
        r#"
        SELECT import.id, file_name, unused_columns, uploaded_by, uploaded_at, started_by AS "started_by: Json<Subject>", started_at,
            sends_link, finished_at, erased_at,
            coalesce(live.errors, import.errors) AS "errors!",
            coalesce(live.already_there, import.already_there) AS "already_there!",
            coalesce(live.ready, 0) AS "ready!", coalesce(live.queued, 0) AS "queued!",
            coalesce(live.created, import.created) AS "created!"
        FROM prospect_imports AS import LEFT JOIN LATERAL (
            SELECT count(*) FILTER (WHERE outcome = 'error') AS errors,
                count(*) FILTER (WHERE outcome = 'already_there') AS already_there,
                count(*) FILTER (WHERE outcome = 'ready') AS ready,
                count(*) FILTER (WHERE outcome = 'queued') AS queued,
                count(*) FILTER (WHERE outcome = 'created') AS created
            FROM prospect_import_rows WHERE import_id = import.id
        ) AS live ON import.finished_at IS NULL
        WHERE ($1::bigint IS NULL OR import.id = $1) AND ($2::bigint IS NULL OR import.id < $2)
        ORDER BY import.id DESC LIMIT $3
        "#,
        only,
        before,
        first,
    )
    .fetch_all(pool)
    .await?;
    Ok(records.into_iter().map(Import::from).collect())
}

/// Rows of an import, in the order of the file.
pub(super) async fn rows(
    pool: &Database,
    import: i64,
    asked: RowsAsked,
) -> Result<ImportRows, Error> {
    let records = sqlx::query!(
        r#"
        SELECT line, row.email, row.telegram_handle, row.customer_type, outcome, problem,
            prospects.id AS "prospect?", prospects.public_id AS "public_id?"
        FROM prospect_import_rows AS row LEFT JOIN prospects
            ON prospects.id = CASE outcome WHEN 'created' THEN row.prospect_id ELSE row.other_id END
        WHERE import_id = $1 AND line > $2 AND ($3::text IS NULL OR outcome = $3)
        ORDER BY line LIMIT $4
        "#,
        import,
        asked.after,
        asked.outcome.map(RowOutcome::name),
        i64::try_from(asked.first.saturating_add(1)).unwrap_or(i64::MAX),
    )
    .fetch_all(pool)
    .await?;
    let more = records.len() > asked.first;
    let mut rows = Vec::new();
    for record in records.into_iter().take(asked.first) {
        let outcome = record.outcome.parse();
        rows.push(ImportRow {
            line: record.line,
            email: record.email,
            telegram_handle: record.telegram_handle,
            customer_type: record.customer_type,
            outcome: outcome.map_err(|_| Error::unreadable("prospect_import_rows.outcome"))?,
            problem: record.problem,
            prospect: record
                .prospect
                .zip(record.public_id)
                .map(|(id, public_id)| Existing {
                    kind: PROSPECT,
                    id,
                    public_id,
                }),
        });
    }
    let next = rows.last().filter(|_| more).map(|row| row.line);
    Ok(ImportRows { rows, next })
}
