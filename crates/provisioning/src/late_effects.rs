//! What came too late: an effect that ended when somebody else had the step already may have overtaken theirs. What mends it is
//! wanted anew, and so comes last.

use std::{collections::HashMap, sync::PoisonError, time::Instant};

use claim_loop::WorkError;
use es_entity::AtomicOperation as _;
use uuid::Uuid;

use crate::{
    queue,
    run::StepLoop,
    step_customer::{self, StepCustomer},
};

/// The last effect of a step for a customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastEffect {
    pub(crate) customer: Uuid,
    /// When it had ended, at the latest.
    pub(crate) ended: Instant,
}

impl StepLoop {
    /// Keeps effects that couldn't be looked at because the database was away.
    pub(crate) fn keep_unchecked(&self, effects: impl IntoIterator<Item = LastEffect>) {
        self.unchecked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(effects);
    }

    /// Looks at the effects that were kept, now that the database answers.
    pub(crate) async fn check_kept(&self) -> Result<(), WorkError> {
        let unchecked = std::mem::take(
            &mut *self
                .unchecked
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        if unchecked.is_empty() {
            return Ok(());
        }
        let checking = async {
            let mut op = self.onboarding.begin().await?;
            let mut customers: Vec<Uuid> = unchecked.iter().map(|effect| effect.customer).collect();
            customers.sort_unstable();
            let locked =
                step_customer::lock_those(&mut op, self.step.info().of, &customers).await?;
            let locked = locked
                .into_iter()
                .map(|customer| (customer.id, customer))
                .collect();
            self.repair_late_effects(&mut op, &unchecked, &locked)
                .await?;
            op.commit().await?;
            Ok::<(), WorkError>(())
        };
        let checked = checking.await;
        if checked.is_err() {
            self.keep_unchecked(unchecked);
        }
        checked
    }

    /// Wants what mends these anew, where somebody else had taken the step before the effect had ended. Who still has to begin comes
    /// after it anyway. Under the customers' locks.
    pub(crate) async fn repair_late_effects(
        &self,
        op: &mut es_entity::DbOp<'static>,
        effects: &[LastEffect],
        locked: &HashMap<Uuid, StepCustomer>,
    ) -> Result<(), sqlx::Error> {
        let Some(template) = self
            .step
            .info()
            .repaired_by
            .and_then(|step| queue::template_of(&self.templates, step))
        else {
            return Ok(());
        };
        let effects: Vec<&LastEffect> = effects
            .iter()
            // What isn't for who has no access is undone, not repeated.
            .filter(|effect| {
                template.info.standing
                    || locked
                        .get(&effect.customer)
                        .is_some_and(|customer| customer.locked_out.is_none())
            })
            .collect();
        if effects.is_empty() {
            return Ok(());
        }
        let customers: Vec<Uuid> = effects.iter().map(|effect| effect.customer).collect();
        // The call takes its time, so the effect seems to have ended a little later: on the safe side.
        let ago: Vec<f64> = effects
            .iter()
            .map(|effect| effect.ended.elapsed().as_secs_f64())
            .collect();
        let late_effects = sqlx::query_scalar!(
            r#"
            SELECT step.customer_id
            FROM UNNEST($1::uuid[], $2::float8[]) AS touched (customer_id, ago)
            JOIN provisioning_steps AS step ON step.customer_id = touched.customer_id AND step.step = $3
            WHERE step.worker IS DISTINCT FROM $4
              AND NOT (step.worker IS NULL AND step.state IN ('waiting', 'retrying'))
              AND step.claimed_at <= (SELECT clock_timestamp()) - make_interval(secs => touched.ago)
            "#,
            &customers,
            &ago,
            self.step.name(),
            self.presence.worker,
        )
        .fetch_all(op.as_executor())
        .await?;
        if late_effects.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            step = self.step.name(),
            customers = ?late_effects,
            again = template.info.name,
            "an effect came when somebody else had the step already: it is done once more"
        );
        queue::request(op, &late_effects, template).await?;
        queue::fall_due(op, &late_effects).await
    }
}
