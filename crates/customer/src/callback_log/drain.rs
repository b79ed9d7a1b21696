//! Processes the callback log in batches: claims, judges, applies, all in one transaction with the events.

use std::collections::{HashMap, HashSet};

use chrono::Utc;
use claim_loop::{Turn, Work, WorkError};
use es_entity::AtomicOperation as _;
use sumsub::webhook::Callback;

use super::{
    CHANNEL,
    lookup::{Claimed, Records},
    work::{ApplicantChange, Processed, write_applicants, write_outcomes},
};
use crate::{
    customer::{Customer, Customers, NewCustomer},
    error::OnboardingError,
    event::Outbox,
    kyc::{Effect, Outcome, Rules, Said, Status, Verdict, judge},
    levels::Levels,
    primitives::{CustomerId, ProspectId},
    prospect::{Prospect, Prospects},
};

/// How many callbacks share a transaction.
const BATCH: i64 = 200;

/// The processing of the callback log.
pub struct Drain {
    pub(crate) pool: sqlx::PgPool,
    pub(crate) outbox: Outbox,
    pub(crate) prospects: Prospects,
    pub(crate) customers: Customers,
    pub(crate) levels: Levels,
    pub(crate) rules: Rules,
}

#[async_trait::async_trait]
impl Work for Drain {
    fn name(&self) -> &'static str {
        "callbacks"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        let done = match self.process(BATCH).await {
            Ok(done) => done,
            Err(failed) if failed.error.is_transient() => return Err(failed.error.into()),
            Err(failed) => {
                tracing::warn!(callbacks = failed.claimed.len(), error = %failed.error, "a batch of callbacks failed, trying them one by one");
                self.one_by_one(failed.claimed.len()).await?
            }
        };
        Ok(if done > 0 {
            Turn::Worked
        } else {
            Turn::Idle(None)
        })
    }
}

/// A batch that was rolled back, and the callbacks that it had claimed.
struct Failed {
    claimed: Vec<i64>,
    error: OnboardingError,
}

impl Drain {
    /// A callback that fails for good stays in the log with its error and never holds up another prospect's.
    async fn one_by_one(&self, count: usize) -> Result<usize, OnboardingError> {
        for done in 0..count {
            match self.process(1).await {
                Ok(0) => return Ok(done),
                Ok(_) => {}
                Err(failed) if failed.error.is_transient() => return Err(failed.error),
                Err(failed) => {
                    let reason = format!("processing failed: {}", failed.error);
                    sqlx::query!(
                        "UPDATE callbacks SET outcome = 'failed', reason = $2, processed_at = clock_timestamp()
                         WHERE id = ANY($1) AND outcome = 'received'",
                        &failed.claimed,
                        reason,
                    )
                    .execute(&self.pool)
                    .await?;
                    tracing::error!(callback = ?failed.claimed, error = %failed.error, "a callback failed");
                }
            }
        }
        Ok(count)
    }

    async fn process(&self, limit: i64) -> Result<usize, Failed> {
        let mut claimed = Vec::new();
        let mut op = match self.outbox.begin_op().await {
            Ok(op) => op,
            Err(error) => {
                return Err(Failed {
                    claimed,
                    error: error.into(),
                });
            }
        };
        match self.process_claimed(&mut op, limit, &mut claimed).await {
            Ok(done) => match op.commit().await {
                Ok(()) => Ok(done),
                Err(error) => Err(Failed {
                    claimed,
                    error: error.into(),
                }),
            },
            Err(error) => {
                // Dropping it only queues the rollback: its locks would hide the rows from the next try.
                if let Err(error) = sqlx::query!("ROLLBACK").execute(op.as_executor()).await {
                    tracing::debug!(%error, "the transaction was gone already");
                }
                Err(Failed { claimed, error })
            }
        }
    }

    async fn process_claimed(
        &self,
        op: &mut es_entity::DbOp<'static>,
        limit: i64,
        ids: &mut Vec<i64>,
    ) -> Result<usize, OnboardingError> {
        // The lock keeps one subject's callbacks with one server, so that they are taken in order. It is tried on
        // the oldest rows only: each one that is tried costs shared memory, and a backlog may be long.
        let rows = sqlx::query!(
            r#"
            WITH oldest AS MATERIALIZED (
                SELECT id, subject FROM callbacks WHERE outcome = 'received' ORDER BY id LIMIT $1::bigint * 4
            ), ours AS MATERIALIZED (
                SELECT id FROM oldest WHERE pg_try_advisory_xact_lock(hashtextextended(subject, 7600)) LIMIT $1
            )
            SELECT id, body FROM callbacks
            WHERE outcome = 'received' AND id IN (SELECT id FROM ours)
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
        let mut claimed = Vec::with_capacity(rows.len());
        for row in rows {
            let callback = Callback::parse(row.body.as_bytes())
                .map_err(|_| OnboardingError::UnreadableCallback)?;
            claimed.push(Claimed {
                id: row.id,
                said: Said::from(callback),
            });
        }
        let records = Records::lock(op, &claimed).await?;
        let prospect_ids = records.prospects();
        let customer_ids: Vec<CustomerId> = prospect_ids.iter().map(|id| (*id).into()).collect();
        let mut batch = Batch {
            prospects: self
                .prospects
                .find_all_in_op::<Prospect>(&mut *op, &prospect_ids)
                .await
                .map_err(OnboardingError::entity)?,
            customers: self
                .customers
                .find_all_in_op::<Customer>(&mut *op, &customer_ids)
                .await
                .map_err(OnboardingError::entity)?,
            records,
            levels: &self.levels,
            rules: self.rules,
            converted: HashSet::new(),
            new_customers: Vec::new(),
            applicants: Vec::new(),
            processed: Vec::new(),
        };
        for one in &claimed {
            batch.take(one);
        }
        let done = batch.processed.len();
        self.write(op, batch).await?;
        Ok(done)
    }

    async fn write(
        &self,
        op: &mut es_entity::DbOp<'static>,
        batch: Batch<'_>,
    ) -> Result<(), OnboardingError> {
        write_applicants(op, &batch.applicants).await?;
        let mut prospects: Vec<Prospect> = batch
            .prospects
            .into_values()
            .filter(Prospect::is_changed)
            .collect();
        if !prospects.is_empty() {
            self.prospects
                .update_all_in_op(op, &mut prospects)
                .await
                .map_err(OnboardingError::entity)?;
        }
        if !batch.new_customers.is_empty() {
            self.customers
                .create_all_in_op(op, batch.new_customers)
                .await
                .map_err(OnboardingError::entity)?;
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
                .map_err(OnboardingError::entity)?;
        }
        write_outcomes(op, &batch.processed).await?;
        Ok(())
    }
}

/// A batch in the making: the entities as they become, callback by callback.
struct Batch<'a> {
    prospects: HashMap<ProspectId, Prospect>,
    customers: HashMap<CustomerId, Customer>,
    records: Records,
    levels: &'a Levels,
    rules: Rules,
    converted: HashSet<ProspectId>,
    new_customers: Vec<NewCustomer>,
    applicants: Vec<ApplicantChange>,
    processed: Vec<Processed>,
}

impl Batch<'_> {
    fn take(&mut self, claimed: &Claimed) {
        let said = &claimed.said;
        let attributed = self.records.attribute(said);
        let prospect_id = match attributed {
            Ok(id) => id,
            Err(why) => {
                self.processed.push(Processed {
                    callback: claimed.id,
                    outcome: Outcome::Ignored,
                    reason: Some(why.to_string()),
                    prospect: None,
                    raise: None,
                });
                return;
            }
        };
        // Its customer exists once this batch is committed: the next batch takes what follows.
        if self.converted.contains(&prospect_id) {
            return;
        }
        let Some(prospect) = self.prospects.get_mut(&prospect_id) else {
            return;
        };
        let customer = self.customers.get_mut(&prospect_id.into());
        let case = prospect.case(self.levels.of(prospect.customer_type));
        let verdict = judge(
            &case,
            customer.as_ref().map(|c| c.holder()),
            said,
            self.rules,
            Utc::now(),
        );
        prospect.apply(claimed.id, said, &verdict);
        match (verdict.effect, customer) {
            (Effect::Convert, _) => {
                self.new_customers
                    .push(NewCustomer::approved(prospect, claimed.id));
                self.converted.insert(prospect_id);
            }
            (Effect::Verify, Some(customer)) => customer.verify(claimed.id),
            (Effect::Reject, Some(customer)) => customer.reject(claimed.id),
            _ => {}
        }
        self.note_applicant(prospect_id, said, &verdict);
        self.processed.push(Processed {
            callback: claimed.id,
            outcome: verdict.outcome,
            reason: verdict.reason.map(Into::into),
            prospect: Some(prospect_id),
            raise: verdict.raise,
        });
    }

    fn note_applicant(&mut self, prospect: ProspectId, said: &Said, verdict: &Verdict) {
        let Some(applicant_id) = &said.applicant_id else {
            return;
        };
        let deleted = said.status() == Some(Status::Deleted) && verdict.accepted.is_some();
        if deleted || verdict.bind {
            self.records.bind(applicant_id, prospect, deleted);
            self.applicants.push(ApplicantChange {
                applicant_id: applicant_id.clone(),
                prospect,
                deleted,
            });
        }
    }
}
