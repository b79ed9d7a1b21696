//! Drains the steps of one name: claims a batch and does it outside of any transaction; `finish.rs` writes what came of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use claim_loop::{Turn, Work, WorkError};
use customer::Onboarding;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    CHANNEL, Proof, STANDING_CHANNEL, attempts_log,
    late_effects::LastEffect,
    outcome::StepOutcome,
    presence::{LOCK_CLASS, Presence},
    queue::{self, Template},
    recheck,
    rows::{self, Move, StepRow, select},
    steps::{Facts, Step, StepOf},
    subjects,
    transitions::StepEvent,
};

/// A batch of the slowest: each mail of it may take a conversation's whole time-out.
const LONGEST_RUN: Duration = Duration::from_secs(600);

/// The loop over one step.
pub struct StepLoop {
    pub(crate) pool: PgPool,
    pub(crate) onboarding: Onboarding,
    pub(crate) step: Arc<dyn Step>,
    pub(crate) templates: Arc<[Template]>,
    pub(crate) presence: Arc<Presence>,
    /// Effects that may have come too late and could not be looked at, because the database was away.
    pub(crate) unchecked: Mutex<Vec<LastEffect>>,
}

/// A row that this loop has in hand.
pub(crate) struct Claimed {
    pub(crate) customer: Uuid,
    pub(crate) attempt: i32,
    pub(crate) generation: i32,
    pub(crate) changes: i32,
    /// How long the recipient has put it off by now, in seconds.
    pub(crate) deferred_for: Option<f64>,
    /// Nobody asked for it (`looks`).
    pub(crate) is_recheck: bool,
}

impl StepLoop {
    /// A loop over each of the steps; give each to [`claim_loop::spawn`]. The lock that shows that they live is held on a
    /// session such as those of `sessions`: never one of a pooler that hands it to others.
    #[must_use]
    pub fn all(
        pool: &PgPool,
        sessions: &PgPool,
        onboarding: &Onboarding,
        steps: &[Arc<dyn Step>],
    ) -> Vec<Self> {
        let presence = Arc::new(Presence::new(sessions));
        let templates: Arc<[Template]> = queue::templates(steps).into();
        steps
            .iter()
            .map(|step| Self {
                pool: pool.clone(),
                onboarding: onboarding.clone(),
                step: Arc::clone(step),
                templates: Arc::clone(&templates),
                presence: Arc::clone(&presence),
                unchecked: Mutex::default(),
            })
            .collect()
    }

    /// What a loop that died (or this one, when it could not write) was running is free again, and due if it is still
    /// wanted.
    async fn take_over(&self) -> Result<(), WorkError> {
        let left = sqlx::query!(
            r#"
            SELECT customer_id, worker AS "worker!" FROM provisioning_steps
            WHERE step = $1 AND worker IS NOT NULL AND (worker = $2 OR NOT EXISTS (
                SELECT 1 FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND objsubid = 2
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND classid = $3::int::oid AND objid = provisioning_steps.worker::oid))
            "#,
            self.step.name(),
            self.presence.worker,
            LOCK_CLASS,
        )
        .fetch_all(&self.pool)
        .await?;
        if left.is_empty() {
            return Ok(());
        }
        let (customers, workers): (Vec<Uuid>, Vec<i32>) = left
            .into_iter()
            .map(|row| (row.customer_id, row.worker))
            .unzip();
        self.free(&customers, &workers).await?;
        tracing::info!(
            step = self.step.name(),
            rows = customers.len(),
            "took over what was left running"
        );
        Ok(())
    }

    pub(crate) async fn claim(&self) -> Result<Vec<Claimed>, sqlx::Error> {
        let mut op = self.pool.begin().await?;
        let due = select::due(&mut op, self.step.name(), self.step.info().batch_size).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = due
            .iter()
            .map(|due| Claimed {
                customer: due.row.customer,
                attempt: due.attempt + 1,
                generation: due.row.generation,
                changes: due.changes,
                deferred_for: due.deferred_for,
                is_recheck: false,
            })
            .collect();
        let moves = due
            .into_iter()
            .map(|due| self.taken(due.row, StepEvent::Claim))
            .collect();
        rows::apply(&mut op, moves, Some(self.presence.worker)).await?;
        op.commit().await?;
        Ok(claimed)
    }

    /// A row that this loop takes, for what it depends on now: another version may have written another dependency.
    pub(crate) fn taken(&self, row: StepRow, event: StepEvent) -> Move {
        Move {
            dependency: Some(self.step.info().dependency),
            ..Move::of(row, event)
        }
    }

    async fn next_due(&self) -> Result<Option<Duration>, sqlx::Error> {
        let seconds = sqlx::query_scalar!(
            r#"
            SELECT EXTRACT(epoch FROM min(next_try) - clock_timestamp())::float8 FROM provisioning_steps
            WHERE step = $1 AND state IN ('waiting', 'retrying') AND next_try IS NOT NULL AND worker IS NULL
            "#,
            self.step.name(),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.01))))
    }

    /// Does a claimed batch.
    pub(crate) async fn work(&self, claimed: &[Claimed]) -> Result<(), WorkError> {
        let (facts, others) = self.presence.shown(self.facts(claimed)).await?;
        let proof = Proof::of(&self.pool, self.step.info(), self.presence.worker, &facts);
        let answers = if facts.is_empty() {
            Vec::new()
        } else {
            self.step.run(&facts, &proof).await
        };
        let outcomes: Vec<StepOutcome> = facts
            .iter()
            .zip(answers)
            .map(|(facts, answer)| {
                let last_effect = proof.last_effect(facts.customer.into());
                StepOutcome::of_run(
                    facts,
                    answer,
                    last_effect,
                    &self.templates,
                    self.step.name(),
                )
            })
            .chain(others)
            .collect();
        attempts_log::write(self.step.name(), &outcomes);
        self.presence.shown(self.finish(outcomes)).await
    }

    /// Reads the customers or prospects just before the outside call. Who has no access gets nothing; standing steps see to anybody.
    async fn facts(
        &self,
        claimed: &[Claimed],
    ) -> Result<(Vec<Facts>, Vec<StepOutcome>), sqlx::Error> {
        let ids: Vec<Uuid> = claimed.iter().map(|c| c.customer).collect();
        let info = self.step.info();
        let rows = subjects::read(&self.pool, info.of, &ids).await?;
        let claimed: HashMap<Uuid, &Claimed> = claimed.iter().map(|c| (c.customer, c)).collect();
        let (mut facts, mut others) = (Vec::new(), Vec::new());
        for row in rows {
            let Some(claimed) = claimed.get(&row.id) else {
                continue;
            };
            let sees_to_anybody = info.standing && info.of == StepOf::Customers;
            if !sees_to_anybody && let Some(words) = row.locked_out {
                others.push(StepOutcome::stopped(claimed, words));
                continue;
            }
            match row.customer_type.parse() {
                Ok(customer_type) => facts.push(Facts {
                    customer: row.id.into(),
                    public_id: row.public_id,
                    email: row.email,
                    customer_type,
                    standing: row.standing,
                    attempt: claimed.attempt,
                    generation: claimed.generation,
                    changes: claimed.changes,
                    deferred_for: claimed
                        .deferred_for
                        .map(|seconds| Duration::from_secs_f64(seconds.max(0.0))),
                    is_recheck: claimed.is_recheck,
                }),
                Err(_) => others.push(StepOutcome::unknown_type(claimed)),
            }
        }
        Ok((facts, others))
    }
}

#[async_trait::async_trait]
impl Work for StepLoop {
    fn name(&self) -> &'static str {
        self.step.name()
    }

    fn channel(&self) -> &'static str {
        if self.step.info().standing {
            STANDING_CHANNEL
        } else {
            CHANNEL
        }
    }

    /// Many outside calls, each with an end of its own; what is ours is waited for apart.
    fn limit(&self) -> Duration {
        LONGEST_RUN
    }

    fn is_ours_alone(&self) -> bool {
        false
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        self.presence.assert().await?;
        self.presence.shown(self.check_kept()).await?;
        let claimed = self.presence.shown(self.claim()).await?;
        if !claimed.is_empty() {
            self.work_side_by_side(claimed).await?;
            return Ok(Turn::Worked);
        }
        self.presence.shown(self.take_over()).await?;
        let recheck = self.presence.shown(self.claim_rechecks()).await?;
        let due = self.presence.shown(self.next_due()).await?;
        if recheck.is_empty() {
            return Ok(Turn::Idle(due));
        }
        self.work(&recheck).await?;
        Ok(Turn::Idle(Some(
            due.map_or(recheck::PAUSE, |due| due.min(recheck::PAUSE)),
        )))
    }
}
