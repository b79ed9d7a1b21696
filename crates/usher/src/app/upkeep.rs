//! What the database needs from time to time, from whichever process comes first.

use std::time::Duration;

use access::Sealer;
use claim_loop::answered;
use customer::Onboarding;
use outbox::Dropped;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// Partitions are made four weeks ahead; nothing else here is more urgent.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Makes the outbox's partitions ahead of its head and drops what is older than `keep`, until `stop` is cancelled. Should it fall
/// behind, events go to the default partition: slower, not lost.
pub async fn look_after_outbox(pool: PgPool, keep: Duration, stop: CancellationToken) {
    let mut held_by = None;
    loop {
        // The database's own functions: our role can't make or drop a table, and that is all they do.
        let made =
            sqlx::query_scalar::<_, i32>("SELECT extend_outbox_partitions()").fetch_one(&pool);
        match answered(made).await {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "outbox partitions made"),
            Err(error) => tracing::warn!(%error, "no outbox partition could be made; trying again"),
        }
        // Also when the database was restored under a server that goes on.
        match answered(outbox::renew_era(&pool)).await {
            Ok(false) => {}
            Ok(true) => say_new_era(),
            Err(error) => {
                tracing::warn!(%error, "whether the outbox was set back could not be looked at; trying again");
            }
        }
        let mut more = true;
        while more && !stop.is_cancelled() {
            vitals::beat();
            more = match answered(outbox::drop_old(&pool, keep)).await {
                Ok(dropped) => {
                    say_dropped(&dropped, &mut held_by);
                    dropped.more
                }
                Err(error) => {
                    tracing::warn!(%error, "old events could not be dropped; trying again");
                    false
                }
            };
        }
        if !vitals::rest(LOOK_EVERY, &stop).await {
            return;
        }
    }
}

/// A new era began.
pub fn say_new_era() {
    tracing::warn!(
        "the database was restored into a cluster of an earlier day; a new era of the outbox keeps its events in order"
    );
}

/// What holds events up is said once, not at each look.
fn say_dropped(dropped: &Dropped, held_by: &mut Option<String>) {
    if dropped.weeks > 0 || dropped.events > 0 {
        tracing::info!(
            weeks = dropped.weeks,
            events = dropped.events,
            "old events dropped"
        );
    }
    if dropped.held_by == *held_by {
        return;
    }
    match &dropped.held_by {
        Some(held_by) => tracing::warn!(
            held_by,
            "events older than retention.events stay: this has not read them (a reader that stays away for 30 days is not waited for)"
        ),
        None => tracing::info!("nothing holds old events up any more"),
    }
    held_by.clone_from(&dropped.held_by);
}

/// Makes identity keys anew that an older version made, and what names are looked for by that a migration found, until `stop` is
/// cancelled: at the start after an upgrade, and what an older server still writes beside this one.
pub async fn renew_identity_keys(onboarding: Onboarding, stop: CancellationToken) {
    loop {
        match onboarding.renew_identity_keys().await {
            Ok(0) => {}
            Ok(renewed) => tracing::info!(renewed, "identity keys made anew"),
            Err(error) => {
                tracing::warn!(%error, "identity keys could not be made anew; trying again")
            }
        }
        match onboarding.make_name_keys().await {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "names can be searched"),
            Err(error) => {
                tracing::warn!(%error, "names could not be made searchable; trying again")
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
