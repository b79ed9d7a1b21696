//! What the database needs from time to time, from whichever process comes first.

use std::time::Duration;

use access::Sealer;
use customer::Onboarding;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// A partition takes two million events, and two are always ahead; nothing else here is more urgent.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Makes the outbox's partitions ahead of its head, until `stop` is cancelled. Should it fall behind, events go to the
/// default partition: slower, not lost.
pub async fn extend_outbox_partitions(pool: PgPool, stop: CancellationToken) {
    loop {
        // The database's own function: our role can't make a table, and that is all this one does.
        let made = sqlx::query_scalar::<_, i32>("SELECT extend_outbox_partitions()")
            .fetch_one(&pool)
            .await;
        match made {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "outbox partitions made"),
            Err(error) => tracing::warn!(%error, "no outbox partition could be made; trying again"),
        }
        if !vitals::rest(LOOK_EVERY, &stop).await {
            return;
        }
    }
}

/// Makes identity keys anew that an older version made, until `stop` is cancelled: at the start after an upgrade, and what an
/// older server still writes beside this one.
pub async fn renew_identity_keys(onboarding: Onboarding, stop: CancellationToken) {
    loop {
        match onboarding.renew_identity_keys().await {
            Ok(0) => {}
            Ok(renewed) => tracing::info!(renewed, "identity keys made anew"),
            Err(error) => {
                tracing::warn!(%error, "identity keys could not be made anew; trying again")
            }
        }
        if !vitals::rest(LOOK_EVERY, &stop).await {
            return;
        }
    }
}

/// Seals what was recorded until the end, so that no entry waits for the next start.
pub async fn last_seal(pool: &PgPool) {
    if let Err(error) = Sealer::seal_all(pool).await {
        tracing::warn!(%error, "the last audit entries were not sealed; the next process seals them");
    }
}
