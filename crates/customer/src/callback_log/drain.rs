//! Processes the callback log in batches: claims, judges, applies, all in one transaction with the events.

use kernel::Error;
use std::time::Duration;

use claim_loop::{Turn, Work, WorkError};
use es_entity::AtomicOperation as _;
use outbox::Outbox;

use super::{
    CHANNEL,
    batch::Batch,
    claim::{ClaimedCallback, waiting_for},
    ingest::Pressure,
    lookup::LockedRecords,
    member_standing,
    outcomes::{write_applicants, write_outcomes},
    retries,
};
use crate::{
    customer::{Customer, Customers},
    kyc::Rules,
    levels::Levels,
    primitives::{CustomerId, ProspectId},
    prospect::{Prospect, Prospects},
    refresh::{RefreshRequest, RefreshSchedule},
};

/// The pause after a batch…
const PAUSE: Duration = Duration::from_millis(10);
/// …and while more than `MANY` came in during it: to acknowledge goes before to process, and larger batches cost less.
const BUSY_PAUSE: Duration = Duration::from_millis(500);
const MANY: u64 = 10;

/// How many callbacks share a transaction.
const BATCH: i64 = 200;

/// How long a batch waits for what another transaction holds, at each statement. Short: bad news may be in it.
const BATCH_PATIENCE: Duration = Duration::from_secs(2);

/// The processing of the callback log.
pub struct Drain {
    pub(crate) pool: sqlx::PgPool,
    pub(crate) outbox: Outbox,
    pub(crate) prospects: Prospects,
    pub(crate) customers: Customers,
    pub(crate) levels: Levels,
    pub(crate) rules: Rules,
    pub(crate) refresh_schedule: RefreshSchedule,
    pub(crate) pressure: Pressure,
}

#[async_trait::async_trait]
impl Work for Drain {
    fn name(&self) -> &'static str {
        "callbacks"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn pause(&self) -> Duration {
        if self.pressure.take() > MANY {
            BUSY_PAUSE
        } else {
            PAUSE
        }
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        retries::requeue_due(&self.pool).await?;
        let done = match self.process(BATCH, BATCH_PATIENCE).await {
            Ok(done) => done,
            Err(failed) if failed.error.is_transient() && !failed.error.is_blocked() => {
                return Err(failed.error.into());
            }
            Err(failed) => {
                tracing::warn!(callbacks = failed.claimed.len(), error = %failed.error, "a batch of callbacks failed, trying them one by one");
                self.one_by_one(failed.claimed.len()).await?
            }
        };
        if done > 0 {
            return Ok(Turn::Worked);
        }
        let due = retries::next_due(&self.pool).await?;
        Ok(Turn::Idle(
            due.map(|seconds| Duration::from_secs_f64(seconds.max(0.01))),
        ))
    }
}

/// A batch that was rolled back, and the callbacks that it had claimed.
pub(super) struct FailedBatch {
    pub(super) claimed: Vec<i64>,
    pub(super) error: Error,
}

/// For the rest of this transaction, instead of `database.lock_timeout`.
async fn wait_at_most(
    op: &mut es_entity::DbOp<'static>,
    patience: Duration,
) -> Result<(), sqlx::Error> {
    let millis = patience.as_millis().to_string();
    sqlx::query!("SELECT set_config('lock_timeout', $1, TRUE)", millis)
        .fetch_one(op.as_executor())
        .await?;
    Ok(())
}

impl Drain {
    /// Steps back while many callbacks come in at this process.
    #[must_use]
    pub fn stepping_back_for(self, pressure: Pressure) -> Self {
        Self { pressure, ..self }
    }

    /// `patience`: how long each statement waits for what another transaction holds.
    pub(super) async fn process(
        &self,
        limit: i64,
        patience: Duration,
    ) -> Result<usize, FailedBatch> {
        let mut claimed = Vec::new();
        let mut op = match self.outbox.begin_op().await {
            Ok(op) => op,
            Err(error) => {
                return Err(FailedBatch {
                    claimed,
                    error: error.into(),
                });
            }
        };
        let processed = async {
            wait_at_most(&mut op, patience).await?;
            self.process_claimed(&mut op, limit, &mut claimed).await
        };
        match processed.await {
            Ok(done) => match op.commit().await {
                Ok(()) => Ok(done),
                Err(error) => Err(FailedBatch {
                    claimed,
                    error: error.into(),
                }),
            },
            Err(error) => {
                // Dropping it only queues the rollback: its locks would hide the rows from the next try.
                if let Err(error) = sqlx::query!("ROLLBACK").execute(op.as_executor()).await {
                    tracing::debug!(%error, "the transaction was gone already");
                }
                Err(FailedBatch { claimed, error })
            }
        }
    }

    async fn process_claimed(
        &self,
        op: &mut es_entity::DbOp<'static>,
        limit: i64,
        ids: &mut Vec<i64>,
    ) -> Result<usize, Error> {
        // The lock keeps one subject's callbacks with one server, so that they are taken in order. It is tried on
        // the oldest rows only: each one that is tried costs shared memory, and a backlog may be long. `ANY` is found by the
        // primary key; with `IN`, PostgreSQL takes a queue for empty and compares all of it with each.
        let rows = sqlx::query!(
            r#"
            WITH oldest AS MATERIALIZED (
                SELECT id, subject FROM callbacks WHERE outcome = 'received' ORDER BY id LIMIT $1::bigint * 4
            ), ours AS MATERIALIZED (
                SELECT id FROM oldest WHERE pg_try_advisory_xact_lock(hashtextextended(subject, 7600)) LIMIT $1
            )
            SELECT id, body, raw, observed_at, failures FROM callbacks
            WHERE outcome = 'received' AND id = ANY(ARRAY(SELECT id FROM ours))
            ORDER BY id FOR UPDATE SKIP LOCKED
            "#,
            limit
        )
        .fetch_all(op.as_executor())
        .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        ids.extend(rows.iter().map(|row| row.id));
        let failed: Vec<i64> = rows
            .iter()
            .filter(|row| row.failures > 0)
            .map(|row| row.id)
            .collect();
        let mut round = Vec::with_capacity(rows.len());
        for row in rows {
            round.push(ClaimedCallback::read(
                row.id,
                &row.body,
                row.raw.as_deref(),
                row.observed_at,
            )?);
        }
        let mut done = 0;
        // What one round makes known, those hear in the next that waited for it.
        while !round.is_empty() {
            let (judged, next) = self.round(op, round).await?;
            done += judged;
            round = next;
        }
        if !failed.is_empty() {
            retries::resolve(op, &failed).await?;
        }
        Ok(done)
    }

    /// Judges these. Answers how many, and which are to be judged next in the same transaction: who follows a conversion
    /// that was made in this round, and who waited for what it made known.
    async fn round(
        &self,
        op: &mut es_entity::DbOp<'static>,
        claimed: Vec<ClaimedCallback>,
    ) -> Result<(usize, Vec<ClaimedCallback>), Error> {
        let records = LockedRecords::lock(op, &claimed, None).await?;
        let prospect_ids = records.prospects();
        let customer_ids: Vec<CustomerId> = prospect_ids.iter().map(|id| (*id).into()).collect();
        let prospects = self
            .prospects
            .find_all_in_op::<Prospect>(&mut *op, &prospect_ids)
            .await
            .map_err(Error::store)?;
        let customers = self
            .customers
            .find_all_in_op::<Customer>(&mut *op, &customer_ids)
            .await
            .map_err(Error::store)?;
        let mut batch = Batch::new(prospects, customers, records, &self.levels, self.rules);
        let mut next: Vec<ClaimedCallback> = claimed
            .into_iter()
            .filter(|one| !batch.judge_one(one))
            .collect();
        let judged = batch.processed.len();
        let learned: Vec<String> = batch.records.learned.drain().collect();
        self.write(op, batch).await?;
        next.extend(waiting_for(op, &learned).await?);
        next.sort_by_key(|one| one.id);
        Ok((judged, next))
    }

    pub(super) async fn write(
        &self,
        op: &mut es_entity::DbOp<'static>,
        batch: Batch<'_>,
    ) -> Result<(), Error> {
        write_applicants(op, &batch.applicants).await?;
        batch.records.relations.write(op).await?;
        member_standing::write(op, &batch.standings).await?;
        let mut prospects: Vec<Prospect> = batch
            .prospects
            .into_values()
            .filter(Prospect::is_changed)
            .collect();
        if !prospects.is_empty() {
            self.prospects
                .update_all_in_op(op, &mut prospects)
                .await
                .map_err(Error::store)?;
        }
        if !batch.new_customers.is_empty() {
            self.customers
                .create_all_in_op(op, batch.new_customers)
                .await
                .map_err(Error::store)?;
        }
        let mut customers: Vec<Customer> = batch
            .customers
            .into_values()
            .filter(Customer::is_changed)
            .collect();
        if !customers.is_empty() {
            self.customers
                .update_all_in_op(op, &mut customers)
                .await
                .map_err(Error::store)?;
        }
        write_outcomes(op, &batch.processed).await?;
        let requests: Vec<(ProspectId, RefreshRequest)> = batch
            .processed
            .iter()
            .filter_map(|processed| Some((processed.prospect?, processed.request?)))
            .collect();
        self.refresh_schedule.request(op, &requests).await?;
        Ok(())
    }
}
