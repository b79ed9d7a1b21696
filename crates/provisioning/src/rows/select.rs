//! Locks the rows that an event is about, always by customer and step, so that two events never lock each other out; or, where many
//! look for work at once, leaves out those that somebody else has locked.

use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::StepState;

/// A row that is locked.
#[derive(Debug, Clone)]
pub(crate) struct StepRow {
    pub(crate) customer: Uuid,
    pub(crate) step: String,
    pub(crate) state: String,
    pub(crate) generation: i32,
}

impl StepRow {
    /// None when a newer version wrote it: nothing happens to such a row here.
    pub(crate) fn state(&self) -> Option<StepState> {
        self.state.parse().ok()
    }
}

type Rows = Result<Vec<StepRow>, sqlx::Error>;

/// The rows `step` that this condition with its order and its lock names.
macro_rules! step_rows {
    ($op:ident, $which:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            StepRow,
            "SELECT step.customer_id AS customer, step.step, step.state, step.generation FROM provisioning_steps AS step " + $which
            $(, $argument)*
        )
        .fetch_all($op.as_executor())
        .await
    };
}

/// One step of these customers.
pub(crate) async fn step_of(op: &mut impl AtomicOperation, customers: &[Uuid], step: &str) -> Rows {
    step_rows!(
        op,
        "WHERE customer_id = ANY($1) AND step = $2 ORDER BY customer_id FOR NO KEY UPDATE",
        customers,
        step,
    )
}

/// All steps of these customers; only those that provisioning consists of when `parts_only`.
pub(crate) async fn all_of(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    parts_only: bool,
) -> Rows {
    step_rows!(
        op,
        "WHERE customer_id = ANY($1) AND (part_of_provisioning OR NOT $2) ORDER BY customer_id, step FOR NO KEY UPDATE",
        customers,
        parts_only,
    )
}

/// Those of these customers that aren't due yet, though no other step has to be done first (any more).
pub(crate) async fn unhindered(op: &mut impl AtomicOperation, customers: &[Uuid]) -> Rows {
    step_rows!(
        op,
        "WHERE customer_id = ANY($1) AND state = 'waiting' AND next_try IS NULL AND NOT EXISTS (
             SELECT FROM provisioning_steps AS before
             WHERE before.customer_id = step.customer_id AND before.step = step.after_step
               AND before.state NOT IN ('done', 'cancelled'))
         ORDER BY customer_id, step FOR NO KEY UPDATE",
        customers,
    )
}

/// Those of these customers that wait for this step.
pub(crate) async fn followers(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    step: &str,
) -> Rows {
    step_rows!(
        op,
        "WHERE customer_id = ANY($1) AND state = 'waiting' AND next_try IS NULL AND after_step = $2
         ORDER BY customer_id, step FOR NO KEY UPDATE",
        customers,
        step,
    )
}

/// A row that is due, with what its run has to know.
pub(crate) struct DueRow {
    pub(crate) row: StepRow,
    pub(crate) attempt: i32,
    pub(crate) changes: i32,
    /// How long the recipient has put it off by now, in seconds.
    pub(crate) deferred_for: Option<f64>,
}

/// Those of this step that are due and in nobody's hands, the oldest first; leaves out what somebody else has locked.
pub(crate) async fn due(
    op: &mut impl AtomicOperation,
    step: &str,
    at_most: i64,
) -> Result<Vec<DueRow>, sqlx::Error> {
    let due = sqlx::query!(
        r#"
        SELECT customer_id, state, generation, attempt, changes,
            EXTRACT(epoch FROM clock_timestamp() - put_off_since)::float8 AS deferred_for
        FROM provisioning_steps
        WHERE step = $1 AND state IN ('waiting', 'retrying') AND next_try <= (SELECT clock_timestamp()) AND worker IS NULL
        ORDER BY next_try LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
        "#,
        step,
        at_most,
    )
    .fetch_all(op.as_executor())
    .await?;
    Ok(due
        .into_iter()
        .map(|found| DueRow {
            row: StepRow {
                customer: found.customer_id,
                step: step.to_owned(),
                state: found.state,
                generation: found.generation,
            },
            attempt: found.attempt,
            changes: found.changes,
            deferred_for: found.deferred_for,
        })
        .collect())
}

/// Those of this step that are done and due to be compared again; leaves out what somebody else has locked.
pub(crate) async fn due_for_recheck(
    op: &mut impl AtomicOperation,
    step: &str,
    at_most: i64,
) -> Rows {
    step_rows!(
        op,
        "WHERE step = $1 AND state = 'done' AND next_try <= (SELECT clock_timestamp()) AND worker IS NULL
         ORDER BY next_try LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
        step,
        at_most,
    )
}

/// Those of this step that are in the hands of these workers: each customer's in those of the worker at its place.
pub(crate) async fn held(
    op: &mut impl AtomicOperation,
    step: &str,
    customers: &[Uuid],
    workers: &[i32],
) -> Rows {
    step_rows!(
        op,
        "JOIN UNNEST($2::uuid[], $3::int[]) AS held (customer_id, worker)
           ON step.customer_id = held.customer_id AND step.worker IS NOT DISTINCT FROM held.worker
         WHERE step.step = $1 AND step.customer_id = ANY($2) ORDER BY step.customer_id FOR NO KEY UPDATE OF step",
        step,
        customers,
        workers,
    )
}

/// Those that sleep until they try this dependency again.
pub(crate) async fn sleeping(op: &mut impl AtomicOperation, dependency: &str) -> Rows {
    step_rows!(
        op,
        "WHERE dependency = $1 AND state = 'retrying' AND next_try > (SELECT clock_timestamp())
         ORDER BY customer_id, step FOR NO KEY UPDATE",
        dependency,
    )
}

/// A customer's steps that failed, or one of them.
pub(crate) async fn failed_of(
    op: &mut impl AtomicOperation,
    customer: Uuid,
    step: Option<&str>,
) -> Rows {
    step_rows!(
        op,
        "WHERE customer_id = $1 AND ($2::text IS NULL OR step = $2) AND state IN ('retrying', 'needs_person')
         ORDER BY step FOR NO KEY UPDATE",
        customer,
        step,
    )
}

/// All that failed and wait for this dependency; for a person when there is none.
pub(crate) async fn failed_waiting_for(
    op: &mut impl AtomicOperation,
    dependency: Option<&str>,
) -> Rows {
    step_rows!(
        op,
        "WHERE CASE WHEN $1::text IS NULL THEN state = 'needs_person' ELSE state = 'retrying' AND dependency = $1 END
           AND state IN ('retrying', 'needs_person')
         ORDER BY customer_id, step FOR NO KEY UPDATE",
        dependency,
    )
}
