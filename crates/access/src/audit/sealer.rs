//! Seals what was recorded: a background loop, any number of them on one database.
//!
//! The entries are sealed in the order of their ids, and a seal holds for *every* entry up to its last id. Ids are
//! given before a transaction commits, so a lower one may turn up after a higher one. Hence two steps, a tick apart:
//!
//! 1. [`Mark`]: look at the highest id `m` that was given, then at who is writing: who inserts holds a lock on the table
//!    (that all inserts share) from before it is given an id until after its transaction has ended.
//! 2. Once all of these have ended, no entry up to `m` can turn up any more: seal them.
//!
//! Writing an entry stays one INSERT that waits for nobody.
//!
//! How many seals there are stands in a sequence too (`audit_seals_made`), which follows them and never goes back: when the newest
//! seals are deleted with all that they held for, the next one's number leaves a gap, and [`super::verify`] names it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::chain::{BEFORE_THE_FIRST, Entry, HASH, Seal};
use crate::AccessError;

/// How long an entry waits for its seal at least; twice that is usual.
const EVERY: Duration = Duration::from_secs(5);
/// How many entries a seal holds at most: some 40 KB.
const AT_MOST: i64 = 1000;
/// How long [`Sealer::seal_all`] waits for who is writing.
const PATIENCE: Duration = Duration::from_secs(3);
/// After how long a tick is given up: the database is gone without a word. What was sealed stays so.
const LONGEST_TICK: Duration = Duration::from_secs(120);
/// The advisory lock of who seals.
const LOCK: i64 = 0x7573_6865_7261_7564;

/// Up to which entry nothing will turn up any more, and once which transactions have ended.
struct Mark {
    entry: i64,
    writers: Vec<String>,
}

/// Seals the audit log of one database.
pub struct Sealer {
    pool: PgPool,
    mark: Option<Mark>,
}

/// Whether a step got to the mark.
#[derive(PartialEq, Eq)]
enum Step {
    Done,
    /// A full seal was written, and there is more.
    More,
    /// Somebody else is at it, or who was writing still is.
    Wait,
}

/// Nobody answered, and nobody said that he won't.
fn silent() -> AccessError {
    AccessError::Database(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
}

impl Sealer {
    /// Seals on this database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool, mark: None }
    }

    /// Seals every few seconds until `stop` is cancelled.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut attempt = 0_u32;
        while vitals::rest(EVERY, &stop).await {
            let ticked = timeout(LONGEST_TICK, self.tick()).await;
            match ticked.unwrap_or_else(|_| Err(silent())) {
                Ok(()) => attempt = 0,
                Err(error) => {
                    attempt = attempt.saturating_add(1);
                    let next_try_s = EVERY.as_secs();
                    tracing::warn!(attempt, next_try_s, %error, "the audit log could not be sealed, it is tried again");
                }
            }
        }
    }

    /// Seals all that has been recorded by now, but for what open transactions hold up for seconds. For the end of
    /// a process, so that no entry waits for the next start.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn seal_all(pool: &PgPool) -> Result<(), AccessError> {
        let mut sealer = Self::new(pool.clone());
        let end = Instant::now() + PATIENCE;
        sealer.look().await?;
        while sealer.mark.is_some() && Instant::now() < end {
            match timeout(PATIENCE, sealer.seal()).await {
                Ok(Ok(Step::Wait)) => sleep(Duration::from_millis(20)).await,
                Ok(sealed) => {
                    sealed?;
                }
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Seals what was marked a tick ago, then marks what came since.
    async fn tick(&mut self) -> Result<(), AccessError> {
        while self.mark.is_some() && self.seal().await? == Step::More {
            vitals::beat();
        }
        if self.mark.is_none() {
            self.look().await?;
        }
        Ok(())
    }

    /// Sets the mark, if anything isn't sealed.
    async fn look(&mut self) -> Result<(), AccessError> {
        // First the highest id, then the locks. The sequence knows also of those whose transaction failed: they are sealed as
        // missing, so that nobody takes them for entries that were cut off.
        self.mark = sqlx::query_as!(
            Mark,
            r#"WITH entries AS MATERIALIZED (
                   SELECT greatest((SELECT max(id) FROM audit_entries), (
                       SELECT last_value FROM pg_sequences
                       WHERE schemaname = 'public' AND sequencename = 'audit_entries_id_seq'
                   )) AS highest
               )
               SELECT highest AS "entry!",
                      ARRAY(SELECT virtualtransaction FROM pg_locks
                            WHERE relation = 'audit_entries'::regclass AND mode = 'RowExclusiveLock' AND granted
                              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                      ) AS "writers!"
               FROM entries
               WHERE highest > (SELECT coalesce(max(last_id), 0) FROM audit_seals)"#
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(())
    }

    /// Writes one seal, if all that it has to hold is there.
    async fn seal(&mut self) -> Result<Step, AccessError> {
        let Some(mark) = &self.mark else {
            return Ok(Step::Done);
        };
        let mut tx = self.pool.begin().await?;
        let may = sqlx::query!(
            r#"SELECT NOT EXISTS (
                          SELECT FROM pg_locks
                          WHERE relation = 'audit_entries'::regclass AND mode = 'RowExclusiveLock' AND granted
                            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                            AND virtualtransaction = ANY($1)
                      ) AS "ended!",
                      pg_try_advisory_xact_lock($2) AS "alone!""#,
            &mark.writers,
            LOCK,
        )
        .fetch_one(&mut *tx)
        .await?;
        if !may.ended || !may.alone {
            return Ok(Step::Wait);
        }
        // Read under the lock, in statements of their own: what the one before us sealed is there.
        let last = Last::read(&mut tx).await?;
        let entries = sqlx::query_as!(
            Entry,
            "SELECT id, recorded_at, subject, action, object, authorized, records FROM audit_entries
             WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3",
            last.id,
            mark.entry,
            AT_MOST,
        )
        .fetch_all(&mut *tx)
        .await?;
        if last.id >= mark.entry {
            self.mark = None;
            return Ok(Step::Done);
        }
        // The last seal holds for the gap at the end, too.
        let last_id = match entries.last() {
            Some(entry) if i64::try_from(entries.len()) == Ok(AT_MOST) => entry.id,
            _ => mark.entry,
        };
        let done = last_id == mark.entry;
        write(&mut tx, &last, &entries, last_id).await?;
        tx.commit().await?;
        self.count().await?;
        if done {
            self.mark = None;
            return Ok(Step::Done);
        }
        Ok(Step::More)
    }

    /// Brings the sequence up to the newest seal that is committed: a number that nobody came to use would look like a seal
    /// that was deleted.
    async fn count(&self) -> Result<(), AccessError> {
        let mut tx = self.pool.begin().await?;
        let alone =
            sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock($1) AS "alone!""#, LOCK)
                .fetch_one(&mut *tx)
                .await?;
        // Whoever is at it counts ours with theirs.
        if alone {
            sqlx::query!("SELECT count_audit_seals()")
                .fetch_one(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The newest seal.
struct Last {
    number: i64,
    /// How many were made, as far as they are counted.
    made: i64,
    id: i64,
    hash: Vec<u8>,
    now: DateTime<Utc>,
}

impl Last {
    async fn read(connection: &mut PgConnection) -> Result<Self, AccessError> {
        Ok(sqlx::query_as!(
            Last,
            r#"SELECT coalesce(number, 0) AS "number!", coalesce(last_id, 0) AS "id!",
                      coalesce(hash, $1) AS "hash!", clock_timestamp() AS "now!",
                      (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_seals_made) AS "made!"
               FROM (SELECT) nothing
               LEFT JOIN (SELECT number, last_id, hash FROM audit_seals ORDER BY number DESC LIMIT 1) seal ON TRUE"#,
            BEFORE_THE_FIRST.as_slice(),
        )
        .fetch_one(connection)
        .await?)
    }
}

async fn write(
    connection: &mut PgConnection,
    last: &Last,
    entries: &[Entry],
    last_id: i64,
) -> Result<(), AccessError> {
    let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    let mut digests = Vec::with_capacity(entries.len() * HASH);
    for entry in entries {
        digests.extend_from_slice(&entry.digest());
    }
    let seal = Seal {
        number: last.number.max(last.made) + 1,
        sealed_at: last.now,
        last_id,
        entry_ids: &ids,
        digests: &digests,
        previous_hash: &last.hash,
    };
    let hash = seal.hash();
    sqlx::query!(
        "INSERT INTO audit_seals (number, sealed_at, last_id, entry_ids, digests, previous_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        seal.number,
        seal.sealed_at,
        seal.last_id,
        seal.entry_ids,
        seal.digests,
        seal.previous_hash,
        hash.as_slice(),
    )
    .execute(connection)
    .await?;
    // The log goes elsewhere: who rewrites the whole chain can't rewrite that.
    tracing::info!(seal = seal.number, last_id, entries = entries.len(), hash = %hex::encode(hash), "audit entries sealed");
    Ok(())
}
