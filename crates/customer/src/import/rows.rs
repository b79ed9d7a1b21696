//! The rows of an import: written down, queued, blanked.

use std::{collections::HashMap, time::Duration};

use access::Subject;
use es_entity::AtomicOperation;
use sqlx::{PgPool, types::Json};
use uuid::Uuid;

use super::{
    CHANNEL, RowOutcome,
    check::Verdict,
    file::{FileRead, FileRow, cut},
};
use crate::contact_claims::{EMAIL, TELEGRAM};

/// So much of a cell is kept, and of the name of a file.
const KEPT: usize = 300;

/// A row that is about to be written down.
#[derive(Default)]
struct Columns {
    lines: Vec<i32>,
    prospects: Vec<Option<Uuid>>,
    emails: Vec<String>,
    handles: Vec<String>,
    types: Vec<String>,
    keys: Vec<Option<String>>,
    outcomes: Vec<&'static str>,
    problems: Vec<Option<String>>,
    others: Vec<Option<Uuid>>,
}

/// Who has what.
type Owners = HashMap<(String, String), (Uuid, String)>;

/// Who has which of these contacts.
async fn owners(pool: &PgPool, verdicts: &[Verdict]) -> Result<Owners, sqlx::Error> {
    let good = || verdicts.iter().filter_map(|verdict| verdict.as_ref().ok());
    let emails: Vec<String> = good().map(|checked| checked.email.key()).collect();
    let handles = good().filter_map(|checked| checked.telegram_handle.as_ref());
    let handles: Vec<String> = handles.map(|handle| handle.key()).collect();
    let rows = sqlx::query!(
        "SELECT taken.kind, taken.value, prospects.id, prospects.public_id FROM taken JOIN prospects ON prospects.id = taken.owner
         WHERE (kind = 'email' AND value = ANY($1)) OR (kind = 'telegram' AND value = ANY($2))",
        &emails,
        &handles,
    )
    .fetch_all(pool)
    .await?;
    let owners = rows.into_iter();
    let owners = owners.map(|row| ((row.kind, row.value), (row.id, row.public_id)));
    Ok(owners.collect())
}

impl Columns {
    fn push(&mut self, row: &FileRow, verdict: &Verdict, owners: &Owners) {
        let kept = |text: &str| cut(text, KEPT).into_owned();
        let owner = |kind: &str, key: String| owners.get(&(kind.to_owned(), key));
        let (outcome, problem, other) = match verdict {
            Err(problem) => (RowOutcome::Error, Some(problem.clone()), None),
            Ok(checked) => {
                let handle = checked.telegram_handle.as_ref();
                let handle = handle.and_then(|handle| owner(TELEGRAM, handle.key()));
                match (owner(EMAIL, checked.email.key()), handle) {
                    (Some((id, _)), _) => (RowOutcome::AlreadyThere, None, Some(*id)),
                    (None, Some((id, public_id))) => (
                        RowOutcome::Error,
                        Some(format!("This Telegram handle is taken by {public_id}.")),
                        Some(*id),
                    ),
                    (None, None) => (RowOutcome::Ready, None, None),
                }
            }
        };
        self.lines.push(row.line);
        let becomes_one = outcome == RowOutcome::Ready;
        self.prospects.push(becomes_one.then(Uuid::now_v7));
        self.emails.push(kept(&row.email));
        self.handles.push(kept(&row.telegram_handle));
        self.types.push(kept(&row.customer_type));
        let key = verdict.as_ref().map(|checked| checked.email.key());
        let key = key.unwrap_or_else(|_| kept(&row.email.to_lowercase()));
        self.keys.push(Some(key).filter(|key| !key.is_empty()));
        self.outcomes.push(outcome.name());
        self.problems.push(problem);
        self.others.push(other);
    }

    fn count(&self, outcome: RowOutcome) -> i32 {
        let count = self.outcomes.iter().filter(|name| **name == outcome.name());
        i32::try_from(count.count()).unwrap_or(i32::MAX)
    }
}

/// Writes down an uploaded file with what can become of its rows; answers its number.
pub(super) async fn store(
    pool: &PgPool,
    by: &Subject,
    file_name: &str,
    file: &FileRead,
    verdicts: &[Verdict],
) -> Result<i64, sqlx::Error> {
    let owners = owners(pool, verdicts).await?;
    let mut columns = Columns::default();
    for (row, verdict) in file.rows.iter().zip(verdicts) {
        columns.push(row, verdict, &owners);
    }
    let mut transaction = pool.begin().await?;
    let import = sqlx::query_scalar!(
        "INSERT INTO prospect_imports (file_name, unused_columns, uploaded_by, total, already_there, errors)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        cut(file_name, KEPT).into_owned(),
        &file.unused,
        by.as_text(),
        i32::try_from(columns.lines.len()).unwrap_or(i32::MAX),
        columns.count(RowOutcome::AlreadyThere),
        columns.count(RowOutcome::Error),
    )
    .fetch_one(&mut *transaction)
    .await?;
    let outcomes: Vec<String> = columns.outcomes.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "INSERT INTO prospect_import_rows
            (import_id, line, prospect_id, email, telegram_handle, customer_type, email_key, outcome, problem, other_id)
         SELECT $1, * FROM unnest($2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::uuid[])",
        import,
        &columns.lines,
        &columns.prospects as &[Option<Uuid>],
        &columns.emails,
        &columns.handles,
        &columns.types,
        &columns.keys as &[Option<String>],
        &outcomes,
        &columns.problems as &[Option<String>],
        &columns.others as &[Option<Uuid>],
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(import)
}

/// Queues what can be created of an import; answers how many rows that are, none when it is started already, or erased.
pub(super) async fn start(
    pool: &PgPool,
    import: i64,
    by: &Subject,
    sends_link: bool,
) -> Result<Option<u64>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let started = sqlx::query_scalar!(
        "UPDATE prospect_imports SET started_by = $2, started_at = clock_timestamp(), sends_link = $3
         WHERE id = $1 AND started_at IS NULL AND erased_at IS NULL RETURNING id",
        import,
        Json(by) as _,
        sends_link,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if started.is_none() {
        return Ok(None);
    }
    let queued = sqlx::query!(
        "UPDATE prospect_import_rows SET outcome = 'queued' WHERE import_id = $1 AND outcome = 'ready'",
        import,
    )
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    if queued > 0 {
        sqlx::query!("SELECT pg_notify($1, '')", CHANNEL)
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(Some(queued))
}

/// Imports of which no row waits any more are finished.
pub(super) async fn finish(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE prospect_imports AS import SET finished_at = clock_timestamp(),
            created = done.created, already_there = done.already_there, errors = done.errors
         FROM prospect_imports AS open CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE outcome = 'created')::int AS created,
                count(*) FILTER (WHERE outcome = 'already_there')::int AS already_there,
                count(*) FILTER (WHERE outcome = 'error')::int AS errors
            FROM prospect_import_rows WHERE import_id = open.id
         ) AS done
         WHERE open.id = import.id AND open.started_at IS NOT NULL AND open.finished_at IS NULL AND import.finished_at IS NULL
           AND NOT EXISTS (SELECT FROM prospect_import_rows WHERE import_id = open.id AND outcome = 'queued')",
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Blanks the rows of imports that were uploaded so long ago, unless they are under way: what became of each row stays.
pub(super) async fn erase_old(pool: &PgPool, kept: Duration) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH old AS (
            UPDATE prospect_imports SET erased_at = clock_timestamp(), file_name = NULL, unused_columns = '{}'
            WHERE erased_at IS NULL AND uploaded_at < (SELECT clock_timestamp()) - make_interval(secs => $1)
              AND (started_at IS NULL OR finished_at IS NOT NULL)
            RETURNING id
         )
         UPDATE prospect_import_rows SET email = NULL, telegram_handle = NULL, customer_type = NULL, email_key = NULL
         FROM old WHERE import_id = old.id",
        kept.as_secs_f64(),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Blanks the rows of somebody who is erased. What waits to be created of them isn't.
pub(crate) async fn erase_person(
    op: &mut impl AtomicOperation,
    id: Uuid,
    email: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE prospect_import_rows SET email = NULL, telegram_handle = NULL, customer_type = NULL, email_key = NULL,
            problem = CASE WHEN outcome IN ('ready', 'queued') THEN 'The person''s data was erased.' ELSE problem END,
            outcome = CASE WHEN outcome IN ('ready', 'queued') THEN 'error' ELSE outcome END
         WHERE prospect_id = $1 OR other_id = $1 OR email_key = $2",
        id,
        email.map(str::to_lowercase),
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}
