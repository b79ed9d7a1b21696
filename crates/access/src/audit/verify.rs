//! Walks the hash chain and names what isn't as it was recorded.
//!
//! Who has the owner's role can make a whole chain anew, from some seal to the newest, and set the sequences back: compare
//! it with a seal that somebody kept ([`super::KeptSeal`]), from the server's log or from an earlier [`AuditReport::newest_seal`].

mod end;
mod finding;

use std::{cmp::Ordering, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

pub use self::finding::AuditFinding;
use super::chain::{BEFORE_THE_FIRST, Entry, HASH, Seal};
use crate::AccessError;

/// The most findings that are listed one by one.
const LISTED: usize = 100;
/// Entries that wait longer for their seal are a finding.
const SEALED_WITHIN: Duration = Duration::from_secs(60);

/// What the walk along the chain came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// How many entries a seal holds for.
    pub sealed: i64,
    /// How many were recorded since.
    pub unsealed: i64,
    /// The newest seal's number and hash, in hexadecimal.
    pub newest_seal: Option<(i64, String)>,
    /// What is wrong, in the order of the chain; no more than a hundred of them.
    pub findings: Vec<AuditFinding>,
    /// How many more there are.
    pub unlisted: u64,
}

impl AuditReport {
    fn say(&mut self, finding: AuditFinding) {
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }
}

/// Walks the whole chain, seal by seal: reads every entry once.
///
/// # Errors
/// When the database does not answer. What is wrong with the chain stands in the report.
pub async fn verify(pool: &PgPool) -> Result<AuditReport, AccessError> {
    let mut tx = pool.begin().await?;
    // One look at all of it, while others write on.
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(&mut *tx)
        .await?;
    let mut report = AuditReport::default();
    let mut before = PreviousSeal {
        number: 0,
        last_id: i64::MIN,
        hash: BEFORE_THE_FIRST.to_vec(),
        sound: true,
    };
    while let Some(row) = next_seal(&mut tx, before.number).await? {
        let whole = look_at_seal(&row, &before, &mut report);
        if whole {
            // Behind a gap nobody knows where this seal's entries begin but itself.
            let after = if before.sound && row.number == before.number + 1 {
                before.last_id
            } else {
                row.entry_ids.first().map_or(row.last_id, |id| id - 1)
            };
            look_at_entries(&mut tx, &row, after, &mut report).await?;
        }
        report.newest_seal = Some((row.number, hex::encode(&row.hash)));
        before = PreviousSeal {
            number: row.number,
            last_id: row.last_id,
            hash: row.hash,
            sound: whole,
        };
    }
    look_at_unsealed(&mut tx, before.last_id, &mut report).await?;
    tx.commit().await?;
    end::look(pool, &mut report).await?;
    Ok(report)
}

/// A seal as it stands in the database.
struct SealRow {
    number: i64,
    sealed_at: DateTime<Utc>,
    last_id: i64,
    entry_ids: Vec<i64>,
    digests: Vec<u8>,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// The seal before.
struct PreviousSeal {
    number: i64,
    last_id: i64,
    hash: Vec<u8>,
    /// Whether it is what its own hash is over.
    sound: bool,
}

async fn next_seal(
    connection: &mut PgConnection,
    after: i64,
) -> Result<Option<SealRow>, sqlx::Error> {
    sqlx::query_as!(
        SealRow,
        "SELECT number, sealed_at, last_id, entry_ids, digests, previous_hash, hash
         FROM audit_seals WHERE number > $1 ORDER BY number LIMIT 1",
        after
    )
    .fetch_optional(connection)
    .await
}

/// Whether the seal is what its own hash is over.
fn look_at_seal(row: &SealRow, before: &PreviousSeal, report: &mut AuditReport) -> bool {
    for seal in before.number + 1..row.number {
        report.say(AuditFinding::SealDeleted { seal });
    }
    let seal = Seal {
        number: row.number,
        sealed_at: row.sealed_at,
        last_id: row.last_id,
        entry_ids: &row.entry_ids,
        digests: &row.digests,
        previous_hash: &row.previous_hash,
    };
    if seal.hash() != *row.hash || row.digests.len() != row.entry_ids.len() * HASH {
        report.say(AuditFinding::SealChanged {
            seal: row.number,
            last_id: row.last_id,
        });
        return false;
    }
    let follows = row.previous_hash == before.hash;
    if !follows && before.sound && row.number == before.number + 1 {
        report.say(AuditFinding::SealBroken { seal: row.number });
    }
    true
}

async fn look_at_entries(
    connection: &mut PgConnection,
    row: &SealRow,
    after: i64,
    report: &mut AuditReport,
) -> Result<(), sqlx::Error> {
    let entries = sqlx::query_as!(
        Entry,
        "SELECT id, recorded_at, subject, action, object, authorized, records FROM audit_entries
         WHERE id > $1 AND id <= $2 ORDER BY id",
        after,
        row.last_id,
    )
    .fetch_all(connection)
    .await?;
    let seal = row.number;
    let mut sealed = row
        .entry_ids
        .iter()
        .copied()
        .zip(row.digests.chunks_exact(HASH))
        .peekable();
    let mut there = entries.iter().peekable();
    loop {
        let order = match (sealed.peek(), there.peek()) {
            (Some((id, _)), Some(entry)) => id.cmp(&entry.id),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        if order == Ordering::Greater {
            if let Some(entry) = there.next() {
                report.say(AuditFinding::EntryInserted { id: entry.id, seal });
            }
            continue;
        }
        let Some((id, digest)) = sealed.next() else {
            break;
        };
        report.sealed += 1;
        match (order, there.next_if(|entry| entry.id == id)) {
            (Ordering::Equal, Some(entry)) if entry.digest() == *digest => {}
            (Ordering::Equal, Some(_)) => report.say(AuditFinding::EntryChanged { id, seal }),
            _ => report.say(AuditFinding::EntryDeleted { id, seal }),
        }
    }
    Ok(())
}

async fn look_at_unsealed(
    connection: &mut PgConnection,
    last_id: i64,
    report: &mut AuditReport,
) -> Result<(), sqlx::Error> {
    let waiting = sqlx::query!(
        r#"SELECT count(*) AS "entries!",
                  coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::bigint AS "seconds!"
           FROM audit_entries WHERE id > $1"#,
        last_id
    )
    .fetch_one(connection)
    .await?;
    report.unsealed = waiting.entries;
    if waiting.seconds > i64::try_from(SEALED_WITHIN.as_secs()).unwrap_or(i64::MAX) {
        report.say(AuditFinding::Unsealed {
            entries: waiting.entries,
            seconds: waiting.seconds,
        });
    }
    Ok(())
}
