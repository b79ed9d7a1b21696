//! The statements that store a group of callbacks.

use std::collections::HashMap;

use kernel::Database;
use uuid::Uuid;

use super::incoming::IncomingCallback;
use crate::raised::{Cause, RaisedCause};

/// Callbacks of one group with the same key and body count as one row with several receipts.
struct CountedCallback<'a> {
    incoming: &'a IncomingCallback,
    receipts: i64,
}

/// Stores these: new ones in a row each, repeats by counting them, and those with another body under a known key apart.
pub(super) async fn insert(
    pool: &Database,
    incoming: &[IncomingCallback],
) -> Result<(), sqlx::Error> {
    let mut rows: Vec<CountedCallback<'_>> = Vec::with_capacity(incoming.len());
    let mut seen: HashMap<(&str, &[u8; 32]), usize> = HashMap::with_capacity(incoming.len());
    for one in incoming {
        match seen.get(&(one.key.as_str(), &one.body_sha256)) {
            Some(&at) => rows[at].receipts += 1,
            None => {
                seen.insert((&one.key, &one.body_sha256), rows.len());
                rows.push(CountedCallback {
                    incoming: one,
                    receipts: 1,
                });
            }
        }
    }
    // In one order everywhere, so that two servers' groups can't deadlock; a key's second body waits for the next round.
    rows.sort_by(|a, b| a.incoming.key.cmp(&b.incoming.key));
    let (first, mut conflicting): (Vec<CountedCallback<'_>>, Vec<CountedCallback<'_>>) = {
        let mut last: Option<&str> = None;
        rows.into_iter().partition(|row| {
            let new = last != Some(row.incoming.key.as_str());
            last = Some(&row.incoming.key);
            new
        })
    };
    let stored = Columns::new(&first).insert_or_count(pool).await?;
    if stored.len() < first.len() {
        let stored: std::collections::HashSet<_> = stored.into_iter().collect();
        conflicting.extend(
            first
                .into_iter()
                .filter(|row| !stored.contains(&row.incoming.key)),
        );
    }
    if !conflicting.is_empty() {
        Columns::new(&conflicting).insert_conflicting(pool).await?;
    }
    Ok(())
}

/// A group of rows as the arrays that `UNNEST` takes.
#[derive(Default)]
struct Columns {
    keys: Vec<String>,
    digests: Vec<Vec<u8>>,
    bodies: Vec<String>,
    raws: Vec<Option<Vec<u8>>>,
    types: Vec<Option<String>>,
    answers: Vec<Option<String>>,
    applicants: Vec<Option<String>>,
    users: Vec<Option<String>>,
    subjects: Vec<String>,
    receipts: Vec<i64>,
}

impl Columns {
    fn new(rows: &[CountedCallback<'_>]) -> Self {
        let mut columns = Columns::default();
        for CountedCallback { incoming, receipts } in rows {
            columns.keys.push(incoming.key.clone());
            columns.digests.push(incoming.body_sha256.to_vec());
            columns.bodies.push(incoming.body.clone());
            columns.raws.push(incoming.raw.clone());
            columns.types.push(incoming.callback_type.clone());
            columns.answers.push(incoming.answer.clone());
            columns.applicants.push(incoming.applicant_id.clone());
            columns.users.push(incoming.external_user_id.clone());
            columns.subjects.push(incoming.subject.clone());
            columns.receipts.push(*receipts);
        }
        columns
    }

    /// Answers the keys that were stored or counted; the others' keys are taken by another body. A repeat is
    /// judged again unless it was applied.
    async fn insert_or_count(&self, pool: &Database) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            INSERT INTO callbacks
                (idempotency_key, body_sha256, body, callback_type, applicant_id, external_user_id, subject, receipts, raw, answer)
            SELECT * FROM UNNEST($1::text[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                $9::bytea[], $10::text[])
            ON CONFLICT (idempotency_key) WHERE outcome <> 'conflicting' DO UPDATE
                SET receipts = callbacks.receipts + EXCLUDED.receipts,
                    last_received_at = clock_timestamp(),
                    outcome = CASE callbacks.outcome WHEN 'applied' THEN 'applied' ELSE 'received' END
                WHERE callbacks.body_sha256 = EXCLUDED.body_sha256
            RETURNING idempotency_key
            "#,
            &self.keys,
            &self.digests,
            &self.bodies,
            &self.types as &[Option<String>],
            &self.applicants as &[Option<String>],
            &self.users as &[Option<String>],
            &self.subjects,
            &self.receipts,
            &self.raws as &[Option<Vec<u8>>],
            &self.answers as &[Option<String>],
        )
        .fetch_all(pool)
        .await
    }

    /// The same key with another body: kept in a row of its own, and raised.
    async fn insert_conflicting(&self, pool: &Database) -> Result<(), sqlx::Error> {
        let named: Vec<Option<Uuid>> = self
            .users
            .iter()
            .map(|user| user.as_deref().and_then(|user| user.parse().ok()))
            .collect();
        let cause = RaisedCause::from(Cause::ConflictingCallback);
        sqlx::query!(
            r#"
            WITH stored AS (
                INSERT INTO callbacks
                    (idempotency_key, body_sha256, body, callback_type, applicant_id, external_user_id, subject, receipts, raw, answer,
                     outcome, reason, processed_at, prospect_id)
                SELECT came.*, 'conflicting', 'another callback with the same key and another body was received before', clock_timestamp(),
                    prospects.id
                FROM UNNEST($1::text[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                    $9::bytea[], $10::text[]) AS came (key, digest, body, kind, applicant, named, subject, receipts, raw, answer)
                LEFT JOIN applicants ON applicants.applicant_id = came.applicant
                LEFT JOIN prospects ON prospects.id = coalesce(($11::uuid[])[array_position($6::text[], came.named)], applicants.prospect_id)
                ON CONFLICT (idempotency_key, body_sha256) WHERE outcome = 'conflicting' DO UPDATE
                    SET receipts = callbacks.receipts + EXCLUDED.receipts, last_received_at = clock_timestamp()
                RETURNING id, prospect_id
            )
            INSERT INTO raised (cause, cause_name, callback_id, prospect_id)
            SELECT $12, $13, id, prospect_id FROM stored
            ON CONFLICT (callback_id, cause, (coalesce(prospect_id, '00000000-0000-0000-0000-000000000000'::uuid)))
                WHERE callback_id IS NOT NULL DO NOTHING
            "#,
            &self.keys,
            &self.digests,
            &self.bodies,
            &self.types as &[Option<String>],
            &self.applicants as &[Option<String>],
            &self.users as &[Option<String>],
            &self.subjects,
            &self.receipts,
            &self.raws as &[Option<Vec<u8>>],
            &self.answers as &[Option<String>],
            &named as &[Option<Uuid>],
            cause.words(),
            cause.cause.name(),
        )
        .execute(pool)
        .await?;
        Ok(())
    }
}
