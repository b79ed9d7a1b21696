//! Whether the database answers and commits what is written: not by its words, but by a write.

use std::time::{Duration, SystemTime};

use sqlx::{
    Executor as _, PgConnection, PgPool, Row as _, error::DatabaseError, postgres::PgConnectOptions,
};
use uuid::Uuid;
use vitals::DATABASE;

use super::clock::Skew;
use crate::check::database::cause;

/// A look that takes longer counts as failed: who asks has a time-out too.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// What keeps the database from being of use, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failing {
    /// It doesn't answer.
    Away(String),
    /// It answers, and keeps nothing.
    Refuses(String),
}

/// Writes this process's row and commits; answers how far apart the clocks are.
///
/// # Errors
/// When it doesn't answer in time, or the write isn't committed.
pub async fn prove(pool: &PgPool, process: Uuid) -> Result<Skew, Failing> {
    let asked = DATABASE.ask();
    let proved = prove_in_time(pool, process).await;
    match &proved {
        Ok(_) => asked.answered(),
        Err(Failing::Away(words) | Failing::Refuses(words)) => asked.failed(words),
    }
    proved
}

async fn prove_in_time(pool: &PgPool, process: Uuid) -> Result<Skew, Failing> {
    let slow = || Failing::Away(too_slow());
    let options = pool.connect_options();
    let end = tokio::time::Instant::now() + PATIENCE;
    let mut connection = tokio::time::timeout_at(end, pool.acquire())
        .await
        .map_err(|_| slow())?
        .map_err(|error| away(&error, &options))?;
    let proved = tokio::time::timeout_at(end, write(&mut connection, process)).await;
    // Whatever state it is in now, the next look begins with another.
    if !matches!(proved, Ok(Ok(_))) {
        connection.close_on_drop();
    }
    proved.map_err(|_| slow())?.map_err(|error| match &error {
        sqlx::Error::Database(refusal) => refused(refusal.as_ref(), &error, &options),
        _ => away(&error, &options),
    })
}

/// When no answer came in time.
pub fn too_slow() -> String {
    format!(
        "the database doesn't answer within {} s: see whether PostgreSQL is up, and what it waits for",
        PATIENCE.as_secs()
    )
}

/// Two round trips: the time, then the write. Text alone is a simple query, so that one message holds the whole transaction.
async fn write(connection: &mut PgConnection, process: Uuid) -> Result<Skew, sqlx::Error> {
    let before = SystemTime::now();
    let theirs: f64 = connection
        .fetch_one("SELECT extract(epoch FROM clock_timestamp())::float8")
        .await?
        .try_get(0)?;
    // `usher dev` may have set it forward: that is no fault.
    let theirs = theirs - clock::ahead().as_secs_f64();
    let skew = Skew::between(before, theirs, SystemTime::now());
    // A row that is there already needs no room on the disk, so a few hundred kilobytes of a temporary file ask for some:
    // what doesn't fit into work_mem goes there.
    let proof = format!(
        "BEGIN;
         SET LOCAL synchronous_commit = on;
         SET LOCAL work_mem = '64kB';
         SET LOCAL temp_tablespaces = '';
         INSERT INTO heartbeats (process, beat_at) VALUES ('{process}', clock_timestamp())
         ON CONFLICT (process) DO UPDATE SET beat_at = EXCLUDED.beat_at;
         SELECT count(*) FROM generate_series(1, 10000);
         COMMIT"
    );
    connection.execute(proof.as_str()).await?;
    Ok(skew)
}

/// Forgets processes that ended long ago.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_others(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM heartbeats WHERE beat_at < (SELECT clock_timestamp()) - interval '1 day'"
    )
    .execute(pool)
    .await?;
    Ok(())
}

fn away(error: &sqlx::Error, options: &PgConnectOptions) -> Failing {
    if let sqlx::Error::Database(refusal) = error
        && is_read_only(refusal.as_ref())
    {
        return refused(refusal.as_ref(), error, options);
    }
    let (_, words) = cause::explain(error, options);
    Failing::Away(format!("the database doesn't answer: {words}"))
}

fn is_read_only(refusal: &dyn DatabaseError) -> bool {
    refusal.code().as_deref() == Some("25006")
}

/// By PostgreSQL's number for it: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn refused(
    refusal: &dyn DatabaseError,
    error: &sqlx::Error,
    options: &PgConnectOptions,
) -> Failing {
    let said = refusal.message();
    let code = refusal.code().unwrap_or_default();
    let mend = match code.as_ref() {
        "25006" => {
            "it is read-only: a standby (let database.url name the primary), or default_transaction_read_only is on (have an \
             administrator switch it off)"
        }
        "53100" | "53400" => "its disk, or what it may use of it, is full: make room there",
        "42P01" => "the schema isn't this version's: run `usher migrate`",
        "42501" => "our role lacks rights: run `usher migrate`",
        // It is going, or hasn't come up.
        _ if code.starts_with("57P") || code.starts_with("08") => return away(error, options),
        _ => "see PostgreSQL's log",
    };
    Failing::Refuses(format!(
        "the database commits no writes ({said}, {code}): {mend}"
    ))
}
