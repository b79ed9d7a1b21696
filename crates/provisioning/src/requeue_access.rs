//! Bringing logins to what the facts say once more, when what stands outside may have changed behind our back.

use sqlx::PgPool;
use uuid::Uuid;

use crate::{queue, step_customer, steps::ACCESS};

/// Wants the standing step `access` anew for these customers, due at once: for whoever learns that a call to the
/// identity provider was perhaps carried out after it had been given up. Who was never begun with has no login.
///
/// # Errors
/// When the database does not answer; nothing is wanted anew then.
pub async fn requeue_access(pool: &PgPool, customers: &[Uuid]) -> Result<(), sqlx::Error> {
    let mut op = pool.begin().await?;
    step_customer::lock(&mut op, customers).await?;
    if let Some(access) = queue::template_named(ACCESS) {
        queue::request(&mut op, customers, &access).await?;
    }
    queue::fall_due(&mut op, customers).await?;
    op.commit().await
}
