//! Drains the steps of one name: claims a batch, does it outside of any transaction, writes what came of it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use claim_loop::{Turn, Work, WorkError};
use customer::{
    Onboarding,
    onboarding::Progress,
    primitives::{CustomerId, Verification},
};
use es_entity::AtomicOperation as _;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    CHANNEL,
    presence::{LOCK_CLASS, Presence},
    steps::{Done, Facts, Step, StepError},
};

/// The first pause after a failure; it doubles…
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// …up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The loop over one step.
pub struct StepLoop {
    pool: PgPool,
    onboarding: Onboarding,
    step: Arc<dyn Step>,
    presence: Presence,
}

/// A claimed row.
struct Claimed {
    customer: Uuid,
    attempt: i32,
}

/// What became of a claimed row, as its columns.
struct Row {
    customer: Uuid,
    state: &'static str,
    error: Option<String>,
    pause: Option<Duration>,
    detail: Done,
}

impl StepLoop {
    /// A loop over `step`; give it to [`claim_loop::spawn`].
    #[must_use]
    pub fn new(pool: PgPool, onboarding: Onboarding, step: Arc<dyn Step>) -> Self {
        Self {
            pool,
            onboarding,
            step,
            presence: Presence::new(),
        }
    }

    /// What a loop that died (or this one, when it could not write) left running is due again.
    async fn take_over(&self) -> Result<(), sqlx::Error> {
        let taken = sqlx::query!(
            r#"
            UPDATE provisioning_steps SET state = 'retrying', next_try = clock_timestamp(), worker = NULL
            WHERE step = $1 AND state = 'running' AND (worker = $2 OR NOT EXISTS (
                SELECT 1 FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND objsubid = 2
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND classid = $3::int::oid AND objid = provisioning_steps.worker::oid))
            "#,
            self.step.name(),
            self.presence.worker,
            LOCK_CLASS,
        )
        .execute(&self.pool)
        .await?;
        if taken.rows_affected() > 0 {
            tracing::info!(
                step = self.step.name(),
                rows = taken.rows_affected(),
                "took over what was left running"
            );
        }
        Ok(())
    }

    async fn claim(&self) -> Result<Vec<Claimed>, sqlx::Error> {
        sqlx::query_as!(
            Claimed,
            r#"
            UPDATE provisioning_steps AS step
            SET state = 'running', attempt = attempt + 1, worker = $3, changed_at = clock_timestamp()
            FROM (
                SELECT customer_id FROM provisioning_steps
                WHERE step = $1 AND state IN ('waiting', 'retrying') AND next_try <= clock_timestamp()
                ORDER BY next_try LIMIT $2 FOR UPDATE SKIP LOCKED
            ) AS due
            WHERE step.customer_id = due.customer_id AND step.step = $1
            RETURNING step.customer_id AS customer, step.attempt
            "#,
            self.step.name(),
            self.step.batch_size(),
            self.presence.worker,
        )
        .fetch_all(&self.pool)
        .await
    }

    async fn next_due(&self) -> Result<Option<Duration>, sqlx::Error> {
        let seconds = sqlx::query_scalar!(
            r#"
            SELECT EXTRACT(epoch FROM min(next_try) - clock_timestamp())::float8 FROM provisioning_steps
            WHERE step = $1 AND state IN ('waiting', 'retrying') AND next_try IS NOT NULL
            "#,
            self.step.name(),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.01))))
    }

    /// Reads the customers just before the outside call. Who is rejected gets nothing: their steps are cancelled.
    async fn facts(&self, claimed: &[Claimed]) -> Result<(Vec<Facts>, Vec<Uuid>), sqlx::Error> {
        let ids: Vec<Uuid> = claimed.iter().map(|c| c.customer).collect();
        let attempts: HashMap<Uuid, i32> =
            claimed.iter().map(|c| (c.customer, c.attempt)).collect();
        let rows = sqlx::query!(
            "SELECT id, public_id, email, customer_type, verification FROM customers WHERE id = ANY($1)",
            &ids
        )
        .fetch_all(&self.pool)
        .await?;
        let (mut facts, mut cancelled) = (Vec::new(), Vec::new());
        for row in rows {
            let rejected = row.verification == Verification::Rejected.name();
            match row.customer_type.parse() {
                Ok(customer_type) if !rejected => facts.push(Facts {
                    customer: row.id.into(),
                    public_id: row.public_id,
                    email: row.email,
                    customer_type,
                    attempt: attempts.get(&row.id).copied().unwrap_or(1),
                }),
                _ => cancelled.push(row.id),
            }
        }
        Ok((facts, cancelled))
    }

    async fn finish(&self, results: &[Row]) -> Result<(), WorkError> {
        let customers: Vec<Uuid> = results.iter().map(|r| r.customer).collect();
        let mut op = self.onboarding.begin().await?;
        // Two steps of one customer may end at once: the later one sees that it is the last.
        self.onboarding
            .lock_customers_in_op(&mut op, customers.clone())
            .await?;
        let states: Vec<String> = results.iter().map(|r| r.state.to_owned()).collect();
        let errors: Vec<Option<String>> = results.iter().map(|r| r.error.clone()).collect();
        let pauses: Vec<Option<f64>> = results
            .iter()
            .map(|r| r.pause.map(|p| p.as_secs_f64()))
            .collect();
        sqlx::query!(
            r#"
            UPDATE provisioning_steps AS step
            SET state = CASE WHEN step.state = 'cancelled' THEN 'cancelled' ELSE came.state END,
                last_error = came.error, worker = NULL, changed_at = clock_timestamp(),
                next_try = clock_timestamp() + make_interval(secs => came.pause)
            FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::float8[]) AS came (customer_id, state, error, pause)
            WHERE step.customer_id = came.customer_id AND step.step = $5
            "#,
            &customers,
            &states,
            &errors as &[Option<String>],
            &pauses as &[Option<f64>],
            self.step.name(),
        )
        .execute(op.as_executor())
        .await?;
        let done: Vec<Uuid> = results
            .iter()
            .filter(|r| r.state == "done")
            .map(|r| r.customer)
            .collect();
        if !done.is_empty() {
            let progress = self.progress(&mut op, results, &done).await?;
            self.onboarding
                .record_progress_in_op(&mut op, &progress)
                .await?;
        }
        op.commit().await?;
        Ok(())
    }

    /// Lets the steps that waited for this one fall due, and finds out whose last one this was.
    async fn progress(
        &self,
        op: &mut es_entity::DbOp<'static>,
        results: &[Row],
        done: &[Uuid],
    ) -> Result<Vec<Progress>, sqlx::Error> {
        sqlx::query!(
            r#"
            WITH due AS (
                UPDATE provisioning_steps SET next_try = clock_timestamp(), changed_at = clock_timestamp()
                WHERE customer_id = ANY($1) AND state = 'waiting' AND next_try IS NULL
                RETURNING 1
            )
            SELECT pg_notify($2, '') FROM (SELECT 1 FROM due LIMIT 1) AS any_due
            "#,
            done,
            CHANNEL,
        )
        .fetch_all(op.as_executor())
        .await?;
        let unfinished: Vec<Uuid> = sqlx::query_scalar!(
            "SELECT DISTINCT customer_id FROM provisioning_steps WHERE customer_id = ANY($1) AND state <> 'done'",
            done
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(results
            .iter()
            .filter(|result| result.state == "done")
            .map(|result| Progress {
                customer: CustomerId::from(result.customer),
                step: self.step.name(),
                detail: result.detail.clone(),
                completes: !unfinished.contains(&result.customer),
            })
            .collect())
    }
}

#[async_trait::async_trait]
impl Work for StepLoop {
    fn name(&self) -> &'static str {
        self.step.name()
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        self.presence.assert(&self.pool).await?;
        let claimed = self.claim().await?;
        if claimed.is_empty() {
            self.take_over().await?;
            return Ok(Turn::Idle(self.next_due().await?));
        }
        let (facts, cancelled) = self.facts(&claimed).await?;
        let answers = if facts.is_empty() {
            Vec::new()
        } else {
            self.step.run(&facts).await
        };
        let results: Vec<Row> = facts
            .iter()
            .zip(answers)
            .map(|(facts, answer)| row(facts, answer))
            .chain(cancelled.into_iter().map(|customer| Row {
                customer,
                state: "cancelled",
                error: Some("The customer was rejected.".to_owned()),
                pause: None,
                detail: None,
            }))
            .collect();
        self.finish(&results).await?;
        Ok(Turn::Worked)
    }
}

fn row(facts: &Facts, answer: Result<Done, StepError>) -> Row {
    let (state, error, pause, detail) = match answer {
        Ok(detail) => ("done", None, None, detail),
        Err(StepError::Retry(words)) => (
            "retrying",
            Some(words),
            Some(pause_after(facts.attempt)),
            None,
        ),
        Err(StepError::NeedsPerson(words)) => ("needs_person", Some(words), None, None),
    };
    Row {
        customer: facts.customer.into(),
        state,
        error,
        pause,
        detail,
    }
}

/// Exponential back-off with a quarter of jitter either way, so that what failed together doesn't come back together.
fn pause_after(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 20) - 1).unwrap_or(0);
    let pause = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_PAUSE);
    pause
        .mul_f64(rand::random_range(0.75..1.25))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_its_cap() {
        for (attempt, from, to) in [
            (1, 750, 1_250),
            (2, 1_500, 2_500),
            (5, 12_000, 20_000),
            (9, 192_000, 300_000),
            (400, 225_000, 300_000),
        ] {
            let millis = pause_after(attempt).as_millis();
            assert!(
                (from..=to).contains(&millis),
                "attempt {attempt}: {millis} ms"
            );
        }
    }
}
