//! A customer or prospect as far as their steps depend on it.

use customer::primitives::{Activity, ProspectStatus, Stage, Verification};
use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::steps::StepOf;

/// A locked customer, or prospect: nobody gives a prospect access to anything.
pub(crate) struct StepCustomer {
    pub(crate) id: Uuid,
    pub(crate) activity: Activity,
    /// Why nothing is done for them, in words; none when they have access.
    pub(crate) locked_out: Option<&'static str>,
}

/// Locks customers in the order of their ids and reads how they stand. Whoever decides about steps does it first.
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

/// Locks those whose steps there are, in the order of their ids, and reads how they stand.
pub(crate) async fn lock_those(
    op: &mut impl AtomicOperation,
    of: StepOf,
    ids: &[Uuid],
) -> Result<Vec<StepCustomer>, sqlx::Error> {
    if of == StepOf::Customers {
        return lock(op, ids).await;
    }
    let rows = sqlx::query!(
        "SELECT id, stage FROM prospects WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        ids,
    )
    .fetch_all(op.as_executor())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StepCustomer {
            id: row.id,
            activity: Activity::Inactive,
            locked_out: at_its_end(stage(&row.stage)),
        })
        .collect())
}

/// The stage of this name. One that this version does not know is none at which anything is sent.
pub(crate) fn stage(name: &str) -> Stage {
    name.parse().unwrap_or(Stage::Closed)
}

/// Why nothing is done for a prospect at this stage; none while it is open.
pub(crate) fn at_its_end(stage: Stage) -> Option<&'static str> {
    match stage.status() {
        ProspectStatus::Open => None,
        ProspectStatus::Converted => Some("The prospect has become a customer."),
        ProspectStatus::Closed => Some("The prospect was closed."),
    }
}

/// The activity of this name. One that this version does not know gives no access.
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
