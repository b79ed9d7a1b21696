//! The only place that writes the rows of `provisioning_steps`; a test looks for another. What it writes is what the table in
//! `transitions` says.
//!
//! Locks: whoever decides about customers (`queue`) or writes what a run came to (`finish`) holds the row locks of these customers
//! first ([`crate::step_customer::lock`], by id), so that no two decide about one customer's steps at once. Nobody writes a row that it
//! hasn't locked: `select` locks them by customer and step, or leaves out those that somebody else has. So the state that an event
//! finds is the one that it changes.

pub(crate) mod select;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, time::Duration};

use es_entity::AtomicOperation;
use uuid::Uuid;

pub(crate) use select::StepRow;

use crate::{
    CHANNEL, STANDING_CHANNEL, StepState,
    queue::Template,
    transitions::{self, Effects, LastError, NextTry, StepEvent},
};

/// A row that is locked, and what happens to it.
pub(crate) struct Move {
    pub(crate) row: StepRow,
    pub(crate) event: StepEvent,
    /// Why, in words for operators.
    pub(crate) error: Option<String>,
    /// After how long it falls due, when the event says [`NextTry::Later`].
    pub(crate) pause: Option<Duration>,
    /// What it waits for outside from now on, if that changes.
    pub(crate) dependency: Option<&'static str>,
}

impl Move {
    pub(crate) fn of(row: StepRow, event: StepEvent) -> Self {
        Self {
            row,
            event,
            error: None,
            pause: None,
            dependency: None,
        }
    }
}

/// Lets the same happen to all of these.
pub(crate) async fn apply_to_all(
    op: &mut impl AtomicOperation,
    rows: Vec<StepRow>,
    event: StepEvent,
) -> Result<(), sqlx::Error> {
    let moves = rows.into_iter().map(|row| Move::of(row, event)).collect();
    apply(op, moves, None).await
}

/// Carries out the table for these rows, which are locked. What it says nothing of stays as it is. `worker` is who takes or lets go of
/// them. Wakes the loops when something falls due at once.
pub(crate) async fn apply(
    op: &mut impl AtomicOperation,
    moves: Vec<Move>,
    worker: Option<i32>,
) -> Result<(), sqlx::Error> {
    let mut alike: HashMap<(StepState, StepEvent), Vec<Move>> = HashMap::new();
    for one in moves {
        if let Some(from) = one.row.state() {
            alike.entry((from, one.event)).or_default().push(one);
        }
    }
    for ((from, event), moves) in alike {
        if let Some((to, effects)) = transitions::after(Some(from), event) {
            update(op, (from, event, to), effects, &moves, worker).await?;
        }
    }
    Ok(())
}

async fn update(
    op: &mut impl AtomicOperation,
    (from, event, to): (StepState, StepEvent, StepState),
    effects: Effects,
    moves: &[Move],
    worker: Option<i32>,
) -> Result<(), sqlx::Error> {
    let customers: Vec<Uuid> = moves.iter().map(|one| one.row.customer).collect();
    let steps: Vec<&str> = moves.iter().map(|one| one.row.step.as_str()).collect();
    let errors: Vec<Option<&str>> = moves.iter().map(|one| one.error.as_deref()).collect();
    let pauses: Vec<Option<f64>> = moves
        .iter()
        .map(|one| match effects.next_try {
            NextTry::Later => one.pause.map(|pause| pause.as_secs_f64()),
            NextTry::Now => Some(0.0),
            NextTry::Keep | NextTry::Never => None,
        })
        .collect();
    let dependencies: Vec<Option<&str>> = moves.iter().map(|one| one.dependency).collect();
    let is_wanted_again = effects.decides && to == StepState::Waiting && from.is_finished();
    sqlx::query!(
        r#"
        WITH moved AS (
            UPDATE provisioning_steps AS step
            SET state = $6, generation = step.generation + $7,
                attempt = CASE $8 WHEN 'keep' THEN step.attempt WHEN 'next' THEN step.attempt + 1 WHEN 'one' THEN 1 ELSE 0 END,
                last_error = CASE WHEN $9 THEN step.last_error ELSE moves.error END,
                next_try = CASE WHEN $10 THEN step.next_try ELSE clock_timestamp() + make_interval(secs => moves.pause) END,
                put_off_since = CASE $11 WHEN 'keep' THEN step.put_off_since
                    WHEN 'begin' THEN coalesce(step.put_off_since, clock_timestamp()) END,
                worker = CASE $12 WHEN 'keep' THEN step.worker WHEN 'take' THEN $13::int END,
                claimed_at = CASE WHEN $12 = 'take' THEN clock_timestamp() ELSE step.claimed_at END,
                dependency = coalesce(moves.dependency, step.dependency),
                armed_at = CASE WHEN $14 THEN clock_timestamp() ELSE step.armed_at END,
                changed_at = CASE WHEN $15 THEN clock_timestamp() ELSE step.changed_at END
            FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::float8[], $5::text[])
                AS moves (customer_id, step, error, pause, dependency)
            WHERE step.customer_id = moves.customer_id AND step.step = moves.step AND step.state = $16
            RETURNING part_of_provisioning AS part
        )
        SELECT pg_notify(CASE WHEN part THEN $17 ELSE $18 END, '') FROM (SELECT DISTINCT part FROM moved WHERE $19) AS channels
        "#,
        &customers,
        &steps as &[&str],
        &errors as &[Option<&str>],
        &pauses as &[Option<f64>],
        &dependencies as &[Option<&str>],
        to.to_string(),
        i32::from(effects.decides),
        effects.attempt.to_string(),
        effects.error == LastError::Keep,
        effects.next_try == NextTry::Keep,
        effects.deferral.to_string(),
        effects.worker.to_string(),
        worker,
        is_wanted_again,
        event.is_shown(),
        from.to_string(),
        CHANNEL,
        STANDING_CHANNEL,
        effects.next_try == NextTry::Now,
    )
    .fetch_all(op.as_executor())
    .await?;
    Ok(())
}

/// Makes the rows that these customers have none of yet, as `event` says; answers whose they are, once for each row. With `begun_only`
/// customers who have no step at all get none.
pub(crate) async fn insert(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    templates: &[&Template],
    event: StepEvent,
    begun_only: bool,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let Some((state, effects)) = transitions::after(None, event) else {
        return Ok(Vec::new());
    };
    let column =
        |of: fn(&Template) -> &str| -> Vec<&str> { templates.iter().map(|t| of(t)).collect() };
    let after: Vec<Option<&str>> = templates.iter().map(|t| t.info.after).collect();
    let positions: Vec<i32> = templates.iter().map(|t| t.position).collect();
    let parts: Vec<bool> = templates.iter().map(|t| !t.info.standing).collect();
    sqlx::query_scalar!(
        r#"
        INSERT INTO provisioning_steps
            (customer_id, step, label, dependency, after_step, position, part_of_provisioning, state, next_try)
        SELECT id, step, label, dependency, after_step, position, part, $8, CASE WHEN $9 THEN clock_timestamp() END
        FROM UNNEST($1::uuid[]) AS id
        CROSS JOIN UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bool[])
            AS steps (step, label, dependency, after_step, position, part)
        WHERE NOT $10 OR EXISTS (SELECT FROM provisioning_steps AS begun WHERE begun.customer_id = id)
        ON CONFLICT DO NOTHING
        RETURNING customer_id
        "#,
        customers,
        &column(|t| t.info.name) as &[&str],
        &column(|t| t.info.label) as &[&str],
        &column(|t| t.info.dependency) as &[&str],
        &after as &[Option<&str>],
        &positions,
        &parts,
        state.to_string(),
        effects.next_try == NextTry::Now,
        begun_only,
    )
    .fetch_all(op.as_executor())
    .await
}

/// Lets a step that is there wait for another one than before.
pub(crate) async fn set_predecessor(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    template: &Template,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE provisioning_steps SET after_step = $3
         WHERE customer_id = ANY($1) AND step = $2 AND after_step IS DISTINCT FROM $3",
        customers,
        template.info.name,
        template.info.after,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

/// Counts changes of e-mail that are still to be told of; those that were told of are negative.
pub(crate) async fn count_changes(
    op: &mut impl AtomicOperation,
    step: &str,
    changes: &[(Uuid, i32)],
) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let (customers, counts): (Vec<Uuid>, Vec<i32>) = changes.iter().copied().unzip();
    sqlx::query!(
        "UPDATE provisioning_steps AS step SET changes = step.changes + moved.changes
         FROM UNNEST($1::uuid[], $2::int[]) AS moved (customer_id, changes)
         WHERE step.customer_id = moved.customer_id AND step = $3",
        &customers,
        &counts,
        step,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

/// Erases what the steps say of a person: their last errors, should a mail server's or an identity provider's words ever name one.
/// Nothing else on the rows is personal. The login goes with the step `access` at closing; the ledger knows public ids only.
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
