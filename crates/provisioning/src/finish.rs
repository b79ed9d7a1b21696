//! Writes what came of a batch of steps, under the customers' row locks.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use claim_loop::{WorkError, pause_after};
use customer::{onboarding::StepProgress, primitives::CustomerId};
use es_entity::AtomicOperation as _;
use uuid::Uuid;

use crate::{
    CHANNEL, STANDING_CHANNEL, StepState,
    late_effects::LastEffect,
    queue::{self, StepCustomer, Template},
    recheck,
    run::{Claimed, StepLoop},
    steps::{Facts, RECIPIENT, StepDetail, StepError},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest pause while the recipient puts it off.
const LONGEST_DEFERRAL: Duration = Duration::from_secs(60 * 60);

/// What became of a claimed row.
pub(crate) struct StepOutcome {
    pub(crate) customer: Uuid,
    /// Counted from 1.
    pub(crate) attempt: i32,
    /// As it was when the row was claimed.
    generation: i32,
    /// The changes of e-mail that were told of.
    changes: i32,
    /// The step was begun, so that something may stand outside now.
    ran: bool,
    /// When its last effect outside had ended.
    touched: Option<Instant>,
    pub(crate) state: StepState,
    pub(crate) error: Option<String>,
    pub(crate) pause: Option<Duration>,
    detail: StepDetail,
    /// The recipient puts it off.
    pub(crate) deferred: bool,
}

impl StepOutcome {
    pub(crate) fn of(
        facts: &Facts,
        answer: Result<StepDetail, StepError>,
        touched: Option<Instant>,
        templates: &[Template],
        step: &str,
    ) -> Self {
        let mut deferred = false;
        let (state, error, pause, detail) = match answer {
            Ok(detail) => (
                StepState::Done,
                None,
                recheck::next(step, templates),
                detail,
            ),
            // Whoever has it next begins at once; that nobody can ever keep it isn't tried without a breath.
            Err(StepError::Lost) if facts.attempt < 3 => {
                (StepState::Waiting, None, Some(Duration::ZERO), None)
            }
            Err(StepError::Lost) => {
                let pause = pause_after(facts.attempt);
                (StepState::Waiting, None, Some(pause), None)
            }
            Err(StepError::Retry(words)) => {
                let pause = pause_after(facts.attempt);
                (StepState::Retrying, Some(words), Some(pause), None)
            }
            Err(StepError::Deferred { words, patience }) => {
                deferred = true;
                let since = facts.deferred_for.unwrap_or_default();
                let (words, pause) = deferral(&words, since, patience, facts.attempt);
                let state = match pause {
                    Some(_) => StepState::Retrying,
                    None => StepState::NeedsPerson,
                };
                (state, Some(words), pause, None)
            }
            Err(StepError::NeedsPerson(words)) => (StepState::NeedsPerson, Some(words), None, None),
        };
        Self {
            customer: facts.customer.into(),
            attempt: facts.attempt,
            generation: facts.generation,
            changes: if state == StepState::Done {
                facts.changes
            } else {
                0
            },
            ran: true,
            touched,
            state,
            error,
            pause,
            detail,
            deferred,
        }
    }

    pub(crate) fn cancelled(claimed: &Claimed, words: &str) -> Self {
        Self::not_run(claimed, StepState::Cancelled, words)
    }

    pub(crate) fn unknown_type(claimed: &Claimed) -> Self {
        let words =
            "This version does not know the customer's type; run the newest one, then retry.";
        Self::not_run(claimed, StepState::NeedsPerson, words)
    }

    fn not_run(claimed: &Claimed, state: StepState, words: &str) -> Self {
        Self {
            customer: claimed.customer,
            attempt: claimed.attempt,
            generation: claimed.generation,
            changes: 0,
            ran: false,
            touched: None,
            state,
            error: Some(words.to_owned()),
            pause: None,
            detail: None,
            deferred: false,
        }
    }

    /// What counts is how the customer stands now, under the lock: who lost access meanwhile finishes nothing, and who
    /// got it back meanwhile is not cancelled.
    fn settle(self, customer_now: Option<&StepCustomer>) -> Self {
        match customer_now.and_then(|customer_now| customer_now.locked_out) {
            Some(words) => Self {
                state: StepState::Cancelled,
                error: Some(words.to_owned()),
                pause: None,
                ..self
            },
            None if self.state == StepState::Cancelled => Self {
                state: StepState::Waiting,
                error: None,
                pause: Some(Duration::ZERO),
                ..self
            },
            None => self,
        }
    }
}

impl StepLoop {
    pub(crate) async fn finish(&self, came: Vec<StepOutcome>) -> Result<(), WorkError> {
        let touches: Vec<LastEffect> = came
            .iter()
            .filter_map(|one| {
                Some(LastEffect {
                    customer: one.customer,
                    at: one.touched?,
                })
            })
            .collect();
        let finished = self.write_down(came, &touches).await;
        if finished.is_err() {
            self.keep_unchecked(touches);
        }
        finished
    }

    async fn write_down(
        &self,
        came: Vec<StepOutcome>,
        touches: &[LastEffect],
    ) -> Result<(), WorkError> {
        let customers: Vec<Uuid> = came.iter().map(|c| c.customer).collect();
        let mut op = self.onboarding.begin().await?;
        // Two steps of one customer may end at once: the later one sees that it is the last.
        let locked: HashMap<Uuid, StepCustomer> = queue::lock(&mut op, &customers)
            .await?
            .into_iter()
            .map(|customer_now| (customer_now.id, customer_now))
            .collect();
        let came: Vec<StepOutcome> = if self.step.is_standing() {
            came
        } else {
            came.into_iter()
                .map(|one| {
                    let customer_now = locked.get(&one.customer);
                    one.settle(customer_now)
                })
                .collect()
        };
        let written = self.write(&mut op, &came).await?;
        let done: Vec<Uuid> = came
            .iter()
            .filter(|one| one.state == StepState::Done && written.get(&one.customer) == Some(&true))
            .map(|one| one.customer)
            .collect();
        if !done.is_empty() {
            self.let_followers_fall_due(&mut op, &done).await?;
            if !self.step.is_standing() {
                let progress = self.progress(&mut op, &came, &done).await?;
                self.onboarding
                    .record_progress_in_op(&mut op, &progress)
                    .await?;
            }
        }
        let ran = came.iter().filter(|one| one.ran);
        self.undo(&mut op, ran.filter_map(|one| locked.get(&one.customer)))
            .await?;
        let lost: Vec<LastEffect> = touches
            .iter()
            .filter(|touch| !written.contains_key(&touch.customer))
            .copied()
            .collect();
        self.repair_late_effects(&mut op, &lost, &locked).await?;
        op.commit().await?;
        Ok(())
    }

    /// Frees what these workers left behind when they died.
    pub(crate) async fn free(&self, customers: &[Uuid], workers: &[i32]) -> Result<(), WorkError> {
        let mut op = self.onboarding.begin().await?;
        let locked = queue::lock(&mut op, customers).await?;
        sqlx::query!(
            r#"
            UPDATE provisioning_steps AS step SET worker = NULL, changed_at = clock_timestamp(),
                state = CASE WHEN state = 'running' THEN 'retrying' ELSE state END,
                next_try = CASE WHEN state = 'running' THEN clock_timestamp() ELSE next_try END
            FROM UNNEST($1::uuid[], $2::int[]) AS dead (customer_id, worker)
            WHERE step.customer_id = dead.customer_id AND step.worker = dead.worker AND step.step = $3
            "#,
            customers,
            workers,
            self.step.name(),
        )
        .execute(op.as_executor())
        .await?;
        // It may have been done just before they died.
        self.undo(&mut op, locked.iter()).await?;
        op.commit().await?;
        Ok(())
    }

    /// Frees the rows that are still ours and writes what came, unless something was decided about them meanwhile: answers for each of
    /// them whether it counted.
    async fn write(
        &self,
        op: &mut es_entity::DbOp<'static>,
        came: &[StepOutcome],
    ) -> Result<HashMap<Uuid, bool>, sqlx::Error> {
        let customers: Vec<Uuid> = came.iter().map(|c| c.customer).collect();
        let generations: Vec<i32> = came.iter().map(|c| c.generation).collect();
        let changes: Vec<i32> = came.iter().map(|c| c.changes).collect();
        let states: Vec<String> = came.iter().map(|c| c.state.to_string()).collect();
        let errors: Vec<Option<String>> = came.iter().map(|c| c.error.clone()).collect();
        let deferred: Vec<bool> = came.iter().map(|c| c.deferred).collect();
        let pauses: Vec<Option<f64>> = came
            .iter()
            .map(|c| c.pause.map(|pause| pause.as_secs_f64()))
            .collect();
        let written = sqlx::query!(
            r#"
            UPDATE provisioning_steps AS step
            SET worker = NULL, changed_at = clock_timestamp(), changes = step.changes - came.changes,
                state = CASE WHEN same THEN came.state ELSE step.state END,
                last_error = CASE WHEN same THEN came.error ELSE step.last_error END,
                next_try = CASE WHEN same THEN clock_timestamp() + make_interval(secs => came.pause)
                    ELSE step.next_try END,
                -- Whoever waits for the recipient isn't pulled forward when the mail server comes back.
                dependency = CASE WHEN same AND came.put_off THEN $10 ELSE step.dependency END,
                -- An outage of ours in between doesn't begin it anew, nor end it.
                put_off_since = CASE WHEN NOT same OR NOT came.put_off AND came.state = 'retrying' THEN step.put_off_since
                    WHEN came.put_off AND came.state = 'retrying' THEN coalesce(step.put_off_since, clock_timestamp()) END
            FROM (
                SELECT came.*, row.generation = came.generation AS same
                FROM UNNEST($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::float8[], $9::bool[])
                    AS came (customer_id, generation, changes, state, error, pause, put_off)
                JOIN provisioning_steps AS row ON row.customer_id = came.customer_id AND row.step = $7
            ) AS came
            WHERE step.customer_id = came.customer_id AND step.step = $7 AND step.worker = $8
            RETURNING step.customer_id, came.same AS "same!"
            "#,
            &customers,
            &generations,
            &changes,
            &states,
            &errors as &[Option<String>],
            &pauses as &[Option<f64>],
            self.step.name(),
            self.presence.worker,
            &deferred,
            RECIPIENT,
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(written
            .into_iter()
            .map(|row| (row.customer_id, row.same))
            .collect())
    }

    /// Lets the steps that waited for this one fall due.
    async fn let_followers_fall_due(
        &self,
        op: &mut es_entity::DbOp<'static>,
        done: &[Uuid],
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            WITH due AS (
                UPDATE provisioning_steps SET next_try = clock_timestamp(), changed_at = clock_timestamp()
                WHERE customer_id = ANY($1) AND state = 'waiting' AND next_try IS NULL AND after_step = $2
                RETURNING part_of_provisioning AS part
            )
            SELECT pg_notify(CASE WHEN part THEN $3 ELSE $4 END, '') FROM (SELECT DISTINCT part FROM due) AS channels
            "#,
            done,
            self.step.name(),
            CHANNEL,
            STANDING_CHANNEL,
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(())
    }

    /// Finds out whose last step this was.
    async fn progress(
        &self,
        op: &mut es_entity::DbOp<'static>,
        came: &[StepOutcome],
        done: &[Uuid],
    ) -> Result<Vec<StepProgress>, sqlx::Error> {
        let unfinished: Vec<Uuid> = sqlx::query_scalar!(
            "SELECT DISTINCT customer_id FROM provisioning_steps
             WHERE customer_id = ANY($1) AND part_of_provisioning AND state <> 'done'",
            done
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(came
            .iter()
            .filter(|one| done.contains(&one.customer))
            .map(|one| StepProgress {
                customer: CustomerId::from(one.customer),
                step: self.step.name(),
                detail: one.detail.clone(),
                completes: !unfinished.contains(&one.customer),
            })
            .collect())
    }

    /// The step may have been done for somebody who has lost access, also when it came back with an error: the standing
    /// steps that undo it are wanted.
    async fn undo(
        &self,
        op: &mut es_entity::DbOp<'static>,
        locked: impl Iterator<Item = &StepCustomer>,
    ) -> Result<(), sqlx::Error> {
        let mut undone: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
        for customer_now in locked.filter(|customer_now| customer_now.locked_out.is_some()) {
            for step in self.step.undone_by(customer_now.activity) {
                undone.entry(step).or_default().push(customer_now.id);
            }
        }
        for (step, customers) in undone {
            if let Some(template) = queue::template_of(&self.templates, step) {
                queue::request(op, &customers, template).await?;
                queue::release(op, &customers).await?;
            }
        }
        Ok(())
    }
}

/// What is said of a step that the recipient has put off for so long, and when it is tried again; none once a person has to
/// look. It is tried less and less often: each try is a new temporary password.
fn deferral(
    words: &str,
    since: Duration,
    patience: Duration,
    attempt: i32,
) -> (String, Option<Duration>) {
    let days = match patience.as_secs() / DAY.as_secs() {
        0 | 1 => "a day".to_owned(),
        days => format!("{days} days"),
    };
    if since >= patience {
        let words = format!(
            "{words}; it has been so for {days}: ask the customer, or correct the e-mail, then retry"
        );
        return (words, None);
    }
    let words = format!("{words}; it is tried again for {days} before a person has to look");
    let pause = pause_after(attempt).max(since / 8).min(LONGEST_DEFERRAL);
    (words, Some(pause))
}

#[cfg(test)]
mod tests {
    use customer::primitives::Activity;

    use super::*;

    #[test]
    fn how_the_customer_stands_at_the_end_decides() {
        let claimed = Claimed {
            customer: Uuid::nil(),
            attempt: 1,
            generation: 0,
            changes: 0,
            deferred_for: None,
            is_recheck: false,
        };
        let customer_now = |locked_out| StepCustomer {
            id: Uuid::nil(),
            activity: Activity::Pending,
            locked_out,
        };
        let settle = |locked_out| {
            let came = StepOutcome::cancelled(&claimed, "locked out")
                .settle(Some(&customer_now(locked_out)));
            (came.state, came.pause)
        };
        assert_eq!(settle(Some("closed")), (StepState::Cancelled, None));
        let again = (StepState::Waiting, Some(Duration::ZERO));
        assert_eq!(settle(None), again, "the access came back meanwhile");
    }
    #[test]
    fn what_the_recipient_puts_off_is_tried_less_and_less_often_and_then_needs_a_person() {
        let tried = |hours: u64| {
            let (words, pause) = deferral(
                "full",
                DAY / 24 * u32::try_from(hours).unwrap(),
                7 * DAY,
                400,
            );
            assert_eq!(
                words.contains("for 7 days: ask the customer"),
                pause.is_none()
            );
            pause.map(|pause| pause.as_secs() / 60)
        };
        assert!(tried(0).is_some_and(|minutes| minutes <= 5));
        assert_eq!(tried(2), Some(15));
        assert_eq!(tried(100), Some(60));
        assert_eq!(tried(7 * 24), None);
    }
}
