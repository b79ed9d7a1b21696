//! Possible duplicates: who looks like somebody else on record.

mod decide;

use es_entity::AtomicOperation as _;
use kernel::Error;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{onboarding::Onboarding, raised::Cause};

pub(crate) use decide::settle_closed;
pub use decide::{Decided, Decision};

/// How many records are compared in one transaction.
const BATCH: i64 = 100;
/// At so many of those who share a key it is raised that another one has come: who came before them was raised already.
const TOLD_AT_MOST: i64 = 20;

/// Compares the identity keys that are new with all others, and raises records that share one: an item at each record that
/// looks like one with a lesser id, which names those ([`crate::raised`]); so a pair is one item. The keys are `prospect_identities`, written with the record; a trigger sees to
/// it.
///
/// It waits for nobody: the records are not locked, and no two records are compared in the transactions that wrote them, so
/// these need not wait for each other. Safe to do from several processes at once, and again.
///
/// # Errors
/// When the database does not answer; the next call does what is left.
pub(crate) async fn compare(pool: &PgPool) -> Result<(), sqlx::Error> {
    while compare_some(pool).await? {}
    Ok(())
}

/// As [`compare`], for who has just committed a record. It need not be done now: whoever looks next does it.
pub(crate) async fn compare_after_commit(pool: &PgPool) {
    if let Err(error) = compare(pool).await {
        tracing::warn!(%error, "identities could not be compared; trying again");
    }
}

/// Answers whether there was something to compare.
async fn compare_some(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let mut tx = pool.begin().await?;
    // A decision that is made meanwhile is seen, or waits: see `decide`.
    sqlx::query!(
        r#"SELECT pg_advisory_xact_lock_shared(hashtextextended('usher:duplicates', 0)) AS "locked: ()""#
    )
    .fetch_one(&mut *tx)
    .await?;
    let new = sqlx::query!(
        r#"
        WITH new AS (
            SELECT key, prospect_id FROM prospect_identities WHERE NOT compared
            ORDER BY prospect_id LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        UPDATE prospect_identities AS known SET compared = TRUE FROM new
        WHERE known.key = new.key AND known.prospect_id = new.prospect_id
        RETURNING known.key, known.prospect_id
        "#,
        BATCH,
    )
    .fetch_all(&mut *tx)
    .await?;
    if new.is_empty() {
        return Ok(false);
    }
    let (keys, ids): (Vec<String>, Vec<Uuid>) = new
        .into_iter()
        .map(|row| (row.key, row.prospect_id))
        .unzip();
    // One open item for a record, and never again for a pair, nor for one that
    // somebody has decided. In the order of the records, so that two who do this at once
    // wait in one order.
    let cause = Cause::PossibleDuplicate.about(&[""]);
    sqlx::query!(
        r#"
        WITH pair AS (
            SELECT new.prospect_id AS one, twin.prospect_id AS other
            FROM UNNEST($1::text[], $2::uuid[]) AS new (key, prospect_id)
            CROSS JOIN LATERAL (
                SELECT prospect_id FROM prospect_identities
                WHERE key = new.key AND prospect_id <> new.prospect_id ORDER BY prospect_id LIMIT $3
            ) AS twin
        ), wanted AS (
            SELECT DISTINCT greatest(one, other) AS about, least(one, other) AS other FROM pair
        )
        INSERT INTO raised (cause, cause_name, prospect_id, other_id, fact_key)
        SELECT DISTINCT ON (about) $4, $5, about, other, 'twins:' || about FROM wanted
        WHERE NOT EXISTS (SELECT FROM raised WHERE fact_key = 'twins:' || about AND resolved_at IS NULL)
          AND NOT EXISTS (SELECT FROM raised WHERE (raised.prospect_id, raised.other_id) IN ((about, wanted.other), (wanted.other, about)))
          AND NOT EXISTS (SELECT FROM duplicate_decisions WHERE one_id = wanted.other AND other_id = about)
        ORDER BY about, other
        ON CONFLICT DO NOTHING
        "#,
        &keys,
        &ids,
        TOLD_AT_MOST,
        cause.words(),
        cause.cause.name(),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

impl Onboarding {
    /// Makes the identity keys anew that an older version made, which compared otherwise, and raises the twins that come to
    /// light. Personal data is read by this program alone, so no migration could do it. Safe to do from several processes at
    /// once. Answers how many there were.
    ///
    /// # Errors
    /// When the database does not answer. One that can't be read is logged and passed over.
    pub async fn renew_identity_keys(&self) -> Result<usize, Error> {
        let old = sqlx::query_scalar!(
            "SELECT id FROM prospects WHERE identity_key IS NOT NULL AND left(identity_key, 2) <> '2:' ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut renewed = 0;
        for id in old {
            vitals::beat();
            match self.renew_identity_key(id).await {
                Ok(()) => renewed += 1,
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    tracing::error!(prospect = %id, %error, "an identity key could not be made anew")
                }
            }
        }
        compare(&self.pool).await?;
        Ok(renewed)
    }

    async fn renew_identity_key(&self, id: Uuid) -> Result<(), Error> {
        let mut op = self.begin().await?;
        // What is written to it meanwhile gets its key from there.
        sqlx::query!(
            "SELECT id FROM prospects WHERE id = $1 FOR NO KEY UPDATE",
            id
        )
        .fetch_one(op.as_executor())
        .await?;
        let prospect = self.prospect_in_op(&mut op, id.into()).await?;
        let key = prospect.identity_key_column();
        sqlx::query!(
            "UPDATE prospects SET identity_key = $2 WHERE id = $1",
            id,
            key
        )
        .execute(op.as_executor())
        .await?;
        op.commit().await?;
        Ok(())
    }
}
