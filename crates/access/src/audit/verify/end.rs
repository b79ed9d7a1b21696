//! Whether the log still ends where it did: the sequences go on where the tables end.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::{Instant, sleep};

use super::{AuditFinding, AuditReport};

/// How long who is writing at the moment is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// How far the sequences are, and who was writing then: an id is given before its entry can be seen.
struct GivenNumbers {
    seals: i64,
    entries: i64,
    writers: Vec<String>,
}

pub(super) async fn look(pool: &PgPool, report: &mut AuditReport) -> Result<(), sqlx::Error> {
    let given = given(pool).await?;
    let all_ended = ended(pool, &given.writers).await?;
    // What a seal holds for is missed there.
    let there = sqlx::query!(
        r#"SELECT coalesce((SELECT max(number) FROM audit_seals), 0) AS "seal!",
                  greatest((SELECT max(id) FROM audit_entries), (SELECT max(last_id) FROM audit_seals), 0) AS "entry!""#
    )
    .fetch_one(pool)
    .await?;
    for seal in there.seal + 1..=given.seals {
        report.say(AuditFinding::SealDeleted { seal });
    }
    if all_ended && given.entries > there.entry {
        report.say(AuditFinding::TailMissing {
            from: there.entry + 1,
            to: given.entries,
        });
    }
    Ok(())
}

/// To who may not see a sequence it tells nothing.
async fn given(pool: &PgPool) -> Result<GivenNumbers, sqlx::Error> {
    // The sequences first, then the locks, as in the sealer.
    sqlx::query_as!(
        GivenNumbers,
        r#"SELECT coalesce(given.seals, 0) AS "seals!", coalesce(given.entries, 0) AS "entries!",
                  ARRAY(SELECT virtualtransaction FROM pg_locks
                        WHERE relation = 'audit_entries'::regclass AND mode = 'RowExclusiveLock' AND granted
                          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  ) AS "writers!"
           FROM (
               SELECT max(last_value) FILTER (WHERE sequencename = 'audit_seals_made') AS seals,
                      max(last_value) FILTER (WHERE sequencename = 'audit_entries_id_seq') AS entries
               FROM pg_sequences
               WHERE schemaname = 'public' AND sequencename IN ('audit_seals_made', 'audit_entries_id_seq')
           ) AS given"#
    )
    .fetch_one(pool)
    .await
}

/// Whether these transactions have ended, soon.
async fn ended(pool: &PgPool, writers: &[String]) -> Result<bool, sqlx::Error> {
    let end = Instant::now() + PATIENCE;
    loop {
        let ended = sqlx::query_scalar!(
            r#"SELECT NOT EXISTS (
                   SELECT FROM pg_locks
                   WHERE relation = 'audit_entries'::regclass AND mode = 'RowExclusiveLock' AND granted
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND virtualtransaction = ANY($1)
               ) AS "ended!""#,
            writers,
        )
        .fetch_one(pool)
        .await?;
        if ended || Instant::now() > end {
            return Ok(ended);
        }
        sleep(Duration::from_millis(20)).await;
    }
}
