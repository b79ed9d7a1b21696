//! What is outside is compared with the facts again, slowly, for ever: somebody may have opened a login by hand, or a late call may have
//! been carried out after all. A standing step that is done falls due for this (`next_try`), and stays *done* meanwhile: nobody waits for it.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    queue::{self, Template},
    rows::{self, select},
    run::{Claimed, StepLoop},
    transitions::StepEvent,
};

/// How many one turn compares…
const AT_ONCE: i64 = 10;
/// …and how long the loop pauses after it: this is never in a hurry, whatever has gathered meanwhile.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// After how long a step that was done now is compared with the facts again, spread so that those that were done together don't come
/// together; none when nobody does. A step that such a one follows (`access` follows `login`) begins it.
pub(crate) fn next(step: &str, templates: &[Template]) -> Option<Duration> {
    let own = templates.iter().find(|known| known.info.name == step);
    let every = own.and_then(|own| own.recheck_every).or_else(|| {
        let followed = templates
            .iter()
            .filter(|known| known.info.after == Some(step));
        followed.filter_map(|known| known.recheck_every).min()
    })?;
    Some(every.mul_f64(rand::random_range(0.75..1.25)))
}

impl StepLoop {
    /// Takes those whose recheck is due.
    pub(crate) async fn claim_rechecks(&self) -> Result<Vec<Claimed>, sqlx::Error> {
        if self.step.recheck_every().is_none() {
            return Ok(Vec::new());
        }
        let mut op = self.pool.begin().await?;
        self.begin_rechecks(&mut op).await?;
        let due = select::due_for_recheck(&mut op, self.step.name(), AT_ONCE).await?;
        let claimed = due
            .iter()
            .map(|row| Claimed {
                customer: row.customer,
                attempt: 1,
                generation: row.generation,
                changes: 0,
                deferred_for: None,
                is_recheck: true,
            })
            .collect();
        let moves = due
            .into_iter()
            .map(|row| self.taken(row, StepEvent::Recheck))
            .collect();
        rows::apply(&mut op, moves, Some(self.presence.worker)).await?;
        op.commit().await?;
        Ok(claimed)
    }

    /// Who has never lost anything has no row of the standing step: the first recheck makes it, long after the step before it was
    /// done.
    async fn begin_rechecks(&self, op: &mut sqlx::PgTransaction<'_>) -> Result<(), sqlx::Error> {
        let Some(template) = queue::template_of(&self.templates, self.step.name()) else {
            return Ok(());
        };
        let Some(after) = template.info.after else {
            return Ok(());
        };
        let due = select::due_for_recheck(op, after, AT_ONCE).await?;
        if due.is_empty() {
            return Ok(());
        }
        let customers: Vec<Uuid> = due.iter().map(|row| row.customer).collect();
        rows::apply_to_all(op, due, StepEvent::HandOverRecheck).await?;
        rows::insert(op, &customers, &[template], StepEvent::FirstRecheck, true).await?;
        Ok(())
    }
}
