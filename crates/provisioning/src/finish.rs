//! Writes what came of a batch of steps, under the customers' row locks.

use std::collections::HashMap;

use claim_loop::WorkError;
use customer::{
    onboarding::{LinkMailSent, StepProgress},
    primitives::CustomerId,
};
use es_entity::DbOp;
use uuid::Uuid;

use crate::{
    StepState,
    late_effects::LastEffect,
    outcome::StepOutcome,
    queue,
    rows::{self, Move, select},
    run::StepLoop,
    step_customer::{self, StepCustomer},
    steps::StepOf,
    transitions::StepEvent,
};

impl StepLoop {
    pub(crate) async fn finish(&self, outcomes: Vec<StepOutcome>) -> Result<(), WorkError> {
        let effects: Vec<LastEffect> = outcomes
            .iter()
            .filter_map(|outcome| {
                Some(LastEffect {
                    customer: outcome.customer,
                    ended: outcome.last_effect?,
                })
            })
            .collect();
        let finished = self.write_down(outcomes, &effects).await;
        if finished.is_err() {
            self.keep_unchecked(effects);
        }
        finished
    }

    async fn write_down(
        &self,
        outcomes: Vec<StepOutcome>,
        effects: &[LastEffect],
    ) -> Result<(), WorkError> {
        let customers: Vec<Uuid> = outcomes.iter().map(|outcome| outcome.customer).collect();
        let mut op = self.onboarding.begin().await?;
        // Two steps of one customer may end at once: the later one sees that it is the last.
        let locked: HashMap<Uuid, StepCustomer> =
            step_customer::lock_those(&mut op, self.step.info().of, &customers)
                .await?
                .into_iter()
                .map(|customer| (customer.id, customer))
                .collect();
        let outcomes: HashMap<Uuid, StepOutcome> = outcomes
            .into_iter()
            .map(|outcome| {
                let customer = outcome.customer;
                if self.step.info().standing && !self.ends_with(&outcome) {
                    return (customer, outcome);
                }
                (customer, outcome.settle(locked.get(&customer)))
            })
            .collect();
        let counted = self.write(&mut op, &outcomes).await?;
        let done: Vec<&StepOutcome> = outcomes
            .values()
            .filter(|outcome| outcome.state() == StepState::Done)
            .filter(|outcome| counted.get(&outcome.customer) == Some(&true))
            .collect();
        if !done.is_empty() {
            self.go_on_after(&mut op, &done).await?;
        }
        let ran = outcomes.values().filter(|outcome| outcome.ran);
        self.undo(
            &mut op,
            ran.filter_map(|outcome| locked.get(&outcome.customer)),
        )
        .await?;
        let lost: Vec<LastEffect> = effects
            .iter()
            .filter(|effect| !counted.contains_key(&effect.customer))
            .copied()
            .collect();
        self.repair_late_effects(&mut op, &lost, &locked).await?;
        op.commit().await?;
        Ok(())
    }

    /// Writes what came of the rows that are still ours: answers for each of them whether it counted, or something was decided about it
    /// meanwhile.
    async fn write(
        &self,
        op: &mut DbOp<'static>,
        outcomes: &HashMap<Uuid, StepOutcome>,
    ) -> Result<HashMap<Uuid, bool>, sqlx::Error> {
        let customers: Vec<Uuid> = outcomes.keys().copied().collect();
        let workers = vec![self.presence.worker; customers.len()];
        let held = select::held(op, self.step.name(), &customers, &workers).await?;
        let told: Vec<(Uuid, i32)> = held
            .iter()
            .filter_map(|row| Some((row.customer, -outcomes.get(&row.customer)?.changes_told)))
            .filter(|(_, told)| *told != 0)
            .collect();
        let moves: Vec<Move> = held
            .into_iter()
            .filter_map(|row| Some(outcomes.get(&row.customer)?.to_move(row)))
            .collect();
        let counted = moves
            .iter()
            .map(|one| (one.row.customer, one.event != StepEvent::Free))
            .collect();
        rows::apply(op, moves, None).await?;
        rows::count_changes(op, self.step.name(), &told).await?;
        Ok(counted)
    }

    /// Lets the steps that waited for this one fall due, and records whose last step it was.
    async fn go_on_after(
        &self,
        op: &mut DbOp<'static>,
        done: &[&StepOutcome],
    ) -> Result<(), WorkError> {
        let customers: Vec<Uuid> = done.iter().map(|outcome| outcome.customer).collect();
        if self.step.info().of == StepOf::Prospects {
            return self.record_mails(op, done).await;
        }
        let followers = select::followers(op, &customers, self.step.name()).await?;
        rows::apply_to_all(op, followers, StepEvent::FallDue).await?;
        if self.step.info().standing {
            return Ok(());
        }
        let unfinished: Vec<Uuid> = sqlx::query_scalar!(
            "SELECT DISTINCT customer_id FROM provisioning_steps
             WHERE customer_id = ANY($1) AND part_of_provisioning AND state <> 'done'",
            &customers
        )
        .fetch_all(es_entity::AtomicOperation::as_executor(op))
        .await?;
        let progress: Vec<StepProgress> = done
            .iter()
            .map(|outcome| StepProgress {
                customer: CustomerId::from(outcome.customer),
                step: self.step.name(),
                detail: outcome.detail.clone(),
                completes: !unfinished.contains(&outcome.customer),
            })
            .collect();
        self.onboarding.record_progress_in_op(op, &progress).await?;
        Ok(())
    }

    /// Whether what came of it depends on how somebody stands at the end, though it is a standing step: a prospect that has come to its
    /// end gets nothing any more, and what was sent before that was sent.
    fn ends_with(&self, outcome: &StepOutcome) -> bool {
        self.step.info().of == StepOf::Prospects && outcome.event != StepEvent::Succeed
    }

    /// Records the mails that went out to prospects.
    async fn record_mails(
        &self,
        op: &mut DbOp<'static>,
        done: &[&StepOutcome],
    ) -> Result<(), WorkError> {
        let mut mails: Vec<LinkMailSent> = done
            .iter()
            .filter_map(|outcome| {
                Some(LinkMailSent {
                    prospect: outcome.customer.into(),
                    mail: outcome.detail.as_deref()?.parse().ok()?,
                })
            })
            .collect();
        mails.sort_unstable_by_key(|sent| Uuid::from(sent.prospect));
        self.onboarding.record_links_sent_in_op(op, &mails).await?;
        Ok(())
    }

    /// Frees what these workers left behind when they died.
    pub(crate) async fn free(&self, customers: &[Uuid], workers: &[i32]) -> Result<(), WorkError> {
        let mut op = self.onboarding.begin().await?;
        let locked = step_customer::lock_those(&mut op, self.step.info().of, customers).await?;
        let moves = select::held(&mut op, self.step.name(), customers, workers)
            .await?
            .into_iter()
            .map(|row| {
                let event = match row.state() {
                    Some(StepState::Running) => StepEvent::Abandon,
                    _ => StepEvent::Free,
                };
                Move::of(row, event)
            })
            .collect();
        rows::apply(&mut op, moves, None).await?;
        // It may have been done just before they died.
        self.undo(&mut op, locked.iter()).await?;
        op.commit().await?;
        Ok(())
    }

    /// The step may have been done for somebody who has lost access, also when it came back with an error: the standing
    /// steps that undo it are wanted.
    async fn undo(
        &self,
        op: &mut DbOp<'static>,
        customers: impl Iterator<Item = &StepCustomer>,
    ) -> Result<(), sqlx::Error> {
        let mut undone: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
        for customer in customers.filter(|customer| customer.locked_out.is_some()) {
            for step in self.step.undone_by(customer.activity) {
                undone.entry(step).or_default().push(customer.id);
            }
        }
        for (step, customers) in undone {
            if let Some(template) = queue::template_of(&self.templates, step) {
                queue::request(op, &customers, template).await?;
                queue::fall_due(op, &customers).await?;
            }
        }
        Ok(())
    }
}
