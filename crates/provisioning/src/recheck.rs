//! What is outside is compared with the facts again, slowly, for ever: somebody may have opened a login by hand, or a late call may have
//! been carried out after all. A standing step that is done falls due for a look (`next_try`), and stays *done* while it is looked at:
//! nobody waits for it.

use std::time::Duration;

use crate::{
    queue::Template,
    run::{Claimed, StepLoop},
};

/// How many one turn looks at…
const AT_ONCE: i64 = 10;
/// …and how long the loop breathes after it: looks are never in a hurry, whatever has gathered while nobody looked.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// When a step that was done now is looked at next, spread so that those that were done together don't come together; none when
/// nobody looks. A step that a look follows (`access` follows `login`) begins it.
pub(crate) fn next(step: &str, templates: &[Template]) -> Option<Duration> {
    let own = templates.iter().find(|known| known.step == step);
    let every = own.and_then(|own| own.recheck_every).or_else(|| {
        let followed = templates.iter().filter(|known| known.after == Some(step));
        followed.filter_map(|known| known.recheck_every).min()
    })?;
    Some(every.mul_f64(rand::random_range(0.75..1.25)))
}

impl StepLoop {
    /// Takes those whose look is due.
    pub(crate) async fn claim_rechecks(&self) -> Result<Vec<Claimed>, sqlx::Error> {
        if self.step.recheck_every().is_none() {
            return Ok(Vec::new());
        }
        self.begin_rechecks().await?;
        let claimed = sqlx::query!(
            r#"
            UPDATE provisioning_steps AS step
            SET worker = $3, attempt = 1, dependency = $4, claimed_at = clock_timestamp()
            FROM (
                SELECT customer_id FROM provisioning_steps
                WHERE step = $1 AND state = 'done' AND next_try <= clock_timestamp() AND worker IS NULL
                ORDER BY next_try LIMIT $2 FOR UPDATE SKIP LOCKED
            ) AS due
            WHERE step.customer_id = due.customer_id AND step.step = $1
            RETURNING step.customer_id, step.generation
            "#,
            self.step.name(),
            AT_ONCE,
            self.presence.worker,
            self.step.dependency(),
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(claimed
            .into_iter()
            .map(|row| Claimed {
                customer: row.customer_id,
                attempt: 1,
                generation: row.generation,
                changes: 0,
                deferred_for: None,
                is_recheck: true,
            })
            .collect())
    }

    /// Who has never lost anything has no row of the standing step: the first look makes it, long after the step before it was done.
    async fn begin_rechecks(&self) -> Result<(), sqlx::Error> {
        let Some(template) = crate::queue::template_of(&self.templates, self.step.name()) else {
            return Ok(());
        };
        let Some(after) = template.after else {
            return Ok(());
        };
        sqlx::query!(
            r#"
            WITH due AS (
                SELECT customer_id FROM provisioning_steps
                WHERE step = $1 AND state = 'done' AND next_try <= clock_timestamp()
                ORDER BY next_try LIMIT $7 FOR UPDATE SKIP LOCKED
            ), begun AS (
                UPDATE provisioning_steps AS step SET next_try = NULL FROM due
                WHERE step.customer_id = due.customer_id AND step.step = $1
            )
            INSERT INTO provisioning_steps
                (customer_id, step, label, dependency, after_step, position, part_of_provisioning, state, next_try)
            SELECT customer_id, $2, $3, $4, $1, $5, $6, 'done', clock_timestamp() FROM due
            ON CONFLICT DO NOTHING
            "#,
            after,
            template.step,
            template.label,
            template.dependency,
            template.position,
            !template.standing,
            AT_ONCE,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
