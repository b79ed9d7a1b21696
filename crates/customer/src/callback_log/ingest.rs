//! Stores callbacks as they come. Requests that wait at the same moment share one insert and one commit.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use sumsub::webhook::{Callback, readable};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    time::timeout,
};
use uuid::Uuid;

use super::CHANNEL;
use crate::{
    kyc::observation::idempotency_key,
    raised::{Cause, RaisedCause},
};

/// How many callbacks share a commit at most.
const GROUP_AT_MOST: usize = 512;

/// The longest type or answer that a column holds.
const LETTERS_AT_MOST: usize = 200;

/// How long the next group waits for the one before it…
const PATIENCE: Duration = Duration::from_millis(30);
/// …and how many may be under way when it has waited long enough.
const GROUPS_AT_ONCE: usize = 4;

/// After how long a group's lane is free again, though the database never answered. A row may be locked for a while
/// (`database.lock_timeout`).
const LONGEST: Duration = Duration::from_secs(30);

/// The callback could not be stored: Sumsub has to send it again.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the database does not take callbacks now")]
pub struct NotStored;

/// A verified callback that is to be stored.
struct IncomingCallback {
    key: String,
    body_sha256: [u8; 32],
    body: String,
    /// The bytes, when the text is not the same.
    raw: Option<Vec<u8>>,
    callback_type: Option<String>,
    answer: Option<String>,
    applicant_id: Option<String>,
    external_user_id: Option<String>,
    subject: String,
}

impl IncomingCallback {
    fn of(callback: &Callback, bytes: Vec<u8>) -> Self {
        let key = idempotency_key(callback, &bytes);
        let body_sha256 = Sha256::digest(&bytes).into();
        let (body, raw) = match readable(&bytes) {
            Cow::Borrowed(text) if text.len() == bytes.len() => (text.to_owned(), None),
            text => (text.into_owned(), Some(bytes)),
        };
        let name = callback.external_user_id.clone();
        let spelled = name.as_deref().and_then(|name| Uuid::parse_str(name).ok());
        let subject = spelled
            .map(|id| id.to_string())
            .or_else(|| name.clone())
            .or_else(|| callback.applicant_id.clone())
            .unwrap_or_else(|| key.clone());
        let short = |text: &Option<String>| {
            text.as_ref()
                .map(|text| text.chars().take(LETTERS_AT_MOST).collect())
        };
        IncomingCallback {
            key,
            body_sha256,
            body,
            raw,
            callback_type: short(&callback.type_),
            answer: short(
                &callback
                    .review_result
                    .as_ref()
                    .and_then(|r| r.review_answer.clone()),
            ),
            applicant_id: callback.applicant_id.clone(),
            external_user_id: name,
            subject,
        }
    }

    /// Without what is read of the body: for one that the database refuses, for a reason that nobody thought of. It is
    /// judged by its body all the same.
    fn without_parsed_fields(self) -> Self {
        let key = format!("sha256:{}", hex::encode(self.body_sha256));
        IncomingCallback {
            body: self.body.replace('\0', "\u{fffd}"),
            subject: key.clone(),
            key,
            callback_type: None,
            answer: None,
            applicant_id: None,
            external_user_id: None,
            ..self
        }
    }
}

struct PendingStore {
    incoming: IncomingCallback,
    answer: oneshot::Sender<Result<(), NotStored>>,
}

/// How many callbacks have come in at this process since somebody looked last.
#[derive(Clone, Default)]
pub struct Pressure(Arc<AtomicU64>);

impl Pressure {
    /// How many, and begins to count anew.
    pub(crate) fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// The entrance of the callback log.
#[derive(Clone)]
pub struct Ingest {
    queue: mpsc::Sender<PendingStore>,
    pressure: Pressure,
}

impl Ingest {
    /// As many connections as it ever uses at the same time. It needs them for itself: who else floods the database must
    /// not keep a callback out.
    pub const CONNECTIONS: u32 = GROUPS_AT_ONCE as u32 + 1;

    /// Starts the tasks that store what arrives. They end when the last clone is dropped.
    #[must_use]
    pub fn start(pool: PgPool) -> Self {
        let (queue, waiting) = mpsc::channel(4 * GROUP_AT_MOST);
        let (stored, wake) = mpsc::channel(1);
        tokio::spawn(wake_the_drain(pool.clone(), wake));
        tokio::spawn(store_groups(pool, waiting, stored));
        Self {
            queue,
            pressure: Pressure::default(),
        }
    }

    /// Waits until nobody stores any more what arrives: never, unless something is badly wrong.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }

    /// For the processing, which steps back while many come in.
    #[must_use]
    pub fn pressure(&self) -> Pressure {
        self.pressure.clone()
    }

    /// Stores a callback and answers once it is committed. `body` is what it was parsed from, as it was received.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn store(
        &self,
        callback: &Callback,
        body: impl Into<Vec<u8>>,
    ) -> Result<(), NotStored> {
        self.pressure.0.fetch_add(1, Ordering::Relaxed);
        let (answer, stored) = oneshot::channel();
        let incoming = IncomingCallback::of(callback, body.into());
        self.queue
            .send(PendingStore { incoming, answer })
            .await
            .map_err(|_| NotStored)?;
        stored.await.map_err(|_| NotStored)?
    }
}

/// One group after the other: the next gathers while this one is written, and fewer, larger ones cost PostgreSQL less than
/// several at once (measured: half as much again at 16 clients).
async fn store_groups(
    pool: PgPool,
    mut waiting: mpsc::Receiver<PendingStore>,
    stored: mpsc::Sender<()>,
) {
    let lanes = Arc::new(Semaphore::new(GROUPS_AT_ONCE));
    loop {
        let Ok(lane) = Arc::clone(&lanes).acquire_owned().await else {
            return;
        };
        let mut group = Vec::new();
        if waiting.recv_many(&mut group, GROUP_AT_MOST).await == 0 {
            return;
        }
        let (pool, stored) = (pool.clone(), stored.clone());
        let storing = tokio::spawn(async move {
            store_group(&pool, group, &stored).await;
            drop(lane);
        });
        // A repeat may wait for the processing of its row; nobody else has to.
        let _ = timeout(PATIENCE, storing).await;
    }
}

async fn store_group(pool: &PgPool, group: Vec<PendingStore>, stored: &mpsc::Sender<()>) {
    let (incoming, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|w| (w.incoming, w.answer)).unzip();
    let count = incoming.len();
    let results = timeout(LONGEST, store(pool, incoming))
        .await
        .unwrap_or_else(|_| vec![Err(NotStored); count]);
    // Full: the drain is about to be woken anyway.
    let _ = stored.try_send(());
    for (answer, result) in answers.into_iter().zip(results) {
        // Who hung up gets no answer; the callback is stored all the same.
        let _ = answer.send(result);
    }
}

/// Notifies after the commit, not in it: PostgreSQL lets only one transaction that notifies commit at a time, and
/// the groups would no longer share a flush. A notification that is lost costs the drain's idle pause.
async fn wake_the_drain(pool: PgPool, mut wake: mpsc::Receiver<()>) {
    while wake.recv().await.is_some() {
        let woken = sqlx::query!("SELECT pg_notify($1, '')", CHANNEL).fetch_one(&pool);
        if let Err(error) = claim_loop::answered(woken).await {
            tracing::debug!(%error, "the drain could not be woken, it looks by itself");
        }
    }
}

/// A bad item never fails its neighbours: a group that fails is stored one by one.
async fn store(pool: &PgPool, incoming: Vec<IncomingCallback>) -> Vec<Result<(), NotStored>> {
    match insert(pool, &incoming).await {
        Ok(()) => vec![Ok(()); incoming.len()],
        Err(error) if kernel::transient::is_transient(&error) => {
            tracing::error!(callbacks = incoming.len(), error = %error, "callbacks could not be stored");
            vec![Err(NotStored); incoming.len()]
        }
        Err(_) => {
            let mut results = Vec::with_capacity(incoming.len());
            for one in incoming {
                results.push(store_one(pool, one).await);
            }
            results
        }
    }
}

/// What the database refuses for good is stored bare: Sumsub would send it again for ever, and nobody would hear of it.
async fn store_one(pool: &PgPool, incoming: IncomingCallback) -> Result<(), NotStored> {
    let one = [incoming];
    let Err(error) = insert(pool, &one).await else {
        return Ok(());
    };
    let mut stored = Err(error);
    if stored
        .as_ref()
        .is_err_and(|error| !kernel::transient::is_transient(error))
    {
        let without_parsed_fields = one.map(IncomingCallback::without_parsed_fields);
        stored = insert(pool, &without_parsed_fields).await;
        tracing::warn!(key = %without_parsed_fields[0].key, ok = stored.is_ok(), "a callback was stored without what was read of it: the database refused that");
    }
    stored.map_err(|error| {
        tracing::error!(error = %error, "a callback could not be stored");
        NotStored
    })
}

/// Callbacks of one group with the same key and body count as one row with several receipts.
struct CountedCallback<'a> {
    incoming: &'a IncomingCallback,
    receipts: i64,
}

async fn insert(pool: &PgPool, incoming: &[IncomingCallback]) -> Result<(), sqlx::Error> {
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
    let stored = Columns::of(&first).insert_or_count(pool).await?;
    if stored.len() < first.len() {
        let stored: std::collections::HashSet<_> = stored.into_iter().collect();
        conflicting.extend(
            first
                .into_iter()
                .filter(|row| !stored.contains(&row.incoming.key)),
        );
    }
    if !conflicting.is_empty() {
        Columns::of(&conflicting).insert_conflicting(pool).await?;
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
    fn of(rows: &[CountedCallback<'_>]) -> Self {
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
    async fn insert_or_count(&self, pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
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
    async fn insert_conflicting(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
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
            INSERT INTO raised (cause, callback_id, prospect_id)
            SELECT $12, id, prospect_id FROM stored
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
        )
        .execute(pool)
        .await?;
        Ok(())
    }
}
