//! The rows of `provisioning_steps`: wanted, wanted anew, no longer wanted, falling due.
//!
//! Who calls these holds the customers' row locks, so that no two decide about a customer's steps at once. Whatever is
//! decided about a row while it runs counts up its generation; what the run came to then counts for nothing
//! (`finish.rs`).

use std::{collections::HashSet, sync::Arc, time::Duration};

use customer::primitives::{Activity, Verification};
use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::{
    CHANNEL, STANDING_CHANNEL,
    steps::{ACCESS, LOGIN, Step, access},
};

/// What a row says of its step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) step: &'static str,
    pub(crate) label: &'static str,
    pub(crate) dependency: &'static str,
    pub(crate) after: Option<&'static str>,
    pub(crate) position: i32,
    pub(crate) standing: bool,
    pub(crate) recheck_every: Option<Duration>,
}

impl Template {
    /// The standing step `access`, for who has no steps at hand.
    pub(crate) const ACCESS: Self = Self {
        step: ACCESS,
        label: access::LABEL,
        dependency: access::DEPENDENCY,
        after: Some(LOGIN),
        position: access::POSITION,
        standing: true,
        recheck_every: None,
    };

    /// The same, to be done after another step.
    pub(crate) fn after(self, step: &'static str) -> Self {
        Self {
            after: Some(step),
            ..self
        }
    }
}

/// One for each step, in the order in which people read them.
pub(crate) fn templates(steps: &[Arc<dyn Step>]) -> Vec<Template> {
    (1..)
        .zip(steps)
        .map(|(position, step)| Template {
            step: step.name(),
            label: step.label(),
            dependency: step.dependency(),
            after: step.after(),
            position,
            standing: step.is_standing(),
            recheck_every: step.recheck_every(),
        })
        .collect()
}

/// The one of a step.
pub(crate) fn template_of<'a>(templates: &'a [Template], step: &str) -> Option<&'a Template> {
    templates.iter().find(|known| known.step == step)
}

/// A locked customer, as far as steps depend on it.
pub(crate) struct StepCustomer {
    pub(crate) id: Uuid,
    pub(crate) activity: Activity,
    /// Why nothing is done for them, in words; none when they have access.
    pub(crate) locked_out: Option<&'static str>,
}

/// Locks customers in the order of their ids and reads how they stand.
pub(crate) async fn lock(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
) -> Result<Vec<StepCustomer>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT id, activity, verification FROM customers WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        customers,
    )
    .fetch_all(op.as_executor())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let activity = activity(&row.activity);
            StepCustomer {
                id: row.id,
                activity,
                locked_out: locked_out(activity, &row.verification),
            }
        })
        .collect())
}

/// A word that this version does not know opens no door.
pub(crate) fn activity(name: &str) -> Activity {
    name.parse().unwrap_or(Activity::Inactive)
}

/// Why nothing is done for such a customer; none when they have access.
pub(crate) fn locked_out(activity: Activity, verification: &str) -> Option<&'static str> {
    match activity {
        activity if activity.has_access() => None,
        Activity::Closed => Some("The customer was closed."),
        _ if verification == Verification::Rejected.name() => Some("The customer was rejected."),
        _ => Some("The customer was deactivated."),
    }
}

/// Writes down the steps that a customer has none of yet; answers who had none at all.
pub(crate) async fn begin(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    templates: &[Template],
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let parts: Vec<&Template> = templates.iter().filter(|t| !t.standing).collect();
    let column = |of: fn(&Template) -> &str| -> Vec<String> {
        parts.iter().map(|part| of(part).to_owned()).collect()
    };
    let after: Vec<Option<String>> = parts
        .iter()
        .map(|part| part.after.map(str::to_owned))
        .collect();
    let positions: Vec<i32> = parts.iter().map(|part| part.position).collect();
    let begun = sqlx::query!(
        r#"
        WITH begun AS (
            INSERT INTO provisioning_steps (customer_id, step, label, dependency, after_step, position, state, next_try)
            SELECT customer_id, step, label, dependency, after_step, position, 'waiting',
                CASE WHEN after_step IS NULL THEN clock_timestamp() END
            FROM UNNEST($1::uuid[]) AS customer_id
            CROSS JOIN UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
                AS steps (step, label, dependency, after_step, position)
            ON CONFLICT DO NOTHING
            RETURNING customer_id
        )
        SELECT customer_id, count(*) AS "steps!" FROM begun GROUP BY customer_id
        "#,
        customers,
        &column(|part| part.step),
        &column(|part| part.label),
        &column(|part| part.dependency),
        &after as &[Option<String>],
        &positions,
    )
    .fetch_all(op.as_executor())
    .await?;
    if !begun.is_empty() {
        sqlx::query!("SELECT pg_notify($1, '')", CHANNEL)
            .fetch_one(op.as_executor())
            .await?;
    }
    Ok(begun
        .into_iter()
        .filter(|row| usize::try_from(row.steps) == Ok(parts.len()))
        .map(|row| row.customer_id)
        .collect())
}

/// Wants a step, or wants it anew: it is done once more after this, also when it runs at this moment. Who was never
/// begun with has nothing to be wanted. [`release`] lets it fall due.
pub(crate) async fn request(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    template: &Template,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO provisioning_steps AS step
            (customer_id, step, label, dependency, after_step, position, part_of_provisioning, state)
        SELECT id, $2, $3, $4, $5, $6, $7, 'waiting' FROM UNNEST($1::uuid[]) AS id
        WHERE EXISTS (SELECT FROM provisioning_steps begun WHERE begun.customer_id = id)
        ON CONFLICT (customer_id, step) DO UPDATE SET
            state = 'waiting', generation = step.generation + 1, after_step = EXCLUDED.after_step,
            attempt = 0, last_error = NULL, next_try = NULL, put_off_since = NULL, changed_at = clock_timestamp(),
            armed_at = CASE WHEN step.state IN ('done', 'cancelled') THEN clock_timestamp() ELSE step.armed_at END
        "#,
        customers,
        template.step,
        template.label,
        template.dependency,
        template.after,
        template.position,
        !template.standing,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

/// Wants a step anew that is there already; as [`arm`].
pub(crate) async fn request_again(
    op: &mut impl AtomicOperation,
    customer: Uuid,
    step: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE provisioning_steps SET state = 'waiting', generation = generation + 1, attempt = 0,
            last_error = NULL, next_try = NULL, put_off_since = NULL, changed_at = clock_timestamp(),
            armed_at = CASE WHEN state IN ('done', 'cancelled') THEN clock_timestamp() ELSE armed_at END
        WHERE customer_id = $1 AND step = $2
        "#,
        customer,
        step,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

/// Wants what was cancelled anew.
pub(crate) async fn restart(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE provisioning_steps SET state = 'waiting', generation = generation + 1, attempt = 0,
            last_error = NULL, next_try = NULL, put_off_since = NULL, armed_at = clock_timestamp(), changed_at = clock_timestamp()
        WHERE customer_id = ANY($1) AND state = 'cancelled'
        "#,
        customers,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

/// What isn't done is not to be done any more, for the reason given in words. Standing steps stay: they see to it.
pub(crate) async fn cancel(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    reasons: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE provisioning_steps AS step SET state = 'cancelled', generation = generation + 1,
            last_error = why.reason, next_try = NULL, changed_at = clock_timestamp()
        FROM UNNEST($1::uuid[], $2::text[]) AS why (customer_id, reason)
        WHERE step.customer_id = why.customer_id AND part_of_provisioning
            AND state IN ('waiting', 'running', 'retrying', 'needs_person')
        "#,
        customers,
        reasons,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

/// Lets fall due what waits for no other step (any more), and wakes the loops.
pub(crate) async fn release(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        WITH due AS (
            UPDATE provisioning_steps AS step SET next_try = clock_timestamp(), changed_at = clock_timestamp()
            WHERE customer_id = ANY($1) AND state = 'waiting' AND next_try IS NULL AND NOT EXISTS (
                SELECT FROM provisioning_steps AS before
                WHERE before.customer_id = step.customer_id AND before.step = step.after_step
                  AND before.state NOT IN ('done', 'cancelled'))
            RETURNING part_of_provisioning AS part
        )
        SELECT pg_notify(CASE WHEN part THEN $2 ELSE $3 END, '') FROM (SELECT DISTINCT part FROM due) AS channels
        "#,
        customers,
        CHANNEL,
        STANDING_CHANNEL,
    )
    .fetch_all(op.as_executor())
    .await?;
    Ok(())
}

/// Erases what the steps say of a person: their last errors, should a mail server's or an identity provider's words
/// ever name one. Nothing else on the rows is personal. The login goes with the step `access` at closing; the ledger
/// knows public ids only.
///
/// [`crate::StepsErasure`] does this in the erasure's transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn erase_in_op(
    op: &mut impl AtomicOperation,
    customer_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE provisioning_steps SET last_error = NULL WHERE customer_id = $1 AND last_error IS NOT NULL",
        customer_id,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}
