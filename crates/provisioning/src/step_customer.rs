//! A customer as far as their steps depend on it.

use customer::primitives::{Activity, Verification};
use es_entity::AtomicOperation;
use uuid::Uuid;

/// A locked customer.
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
