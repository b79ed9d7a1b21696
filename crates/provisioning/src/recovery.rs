//! "The dependency is back": what waits for it is pulled forward instead of sleeping out its back-off.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{CHANNEL, steps::Step};

/// How often a dependency that something waits for is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a look may take.
const LOOK_AT_MOST: Duration = Duration::from_secs(5);

/// Watches every dependency of `steps` until `stop` is cancelled.
pub async fn watch(pool: PgPool, steps: Vec<Arc<dyn Step>>, stop: CancellationToken) {
    // Any step of a dependency can look whether it answers.
    let probes: BTreeMap<&'static str, Arc<dyn Step>> = steps
        .into_iter()
        .map(|step| (step.dependency(), step))
        .collect();
    // At the start nobody knows: what waits is pulled forward once.
    let mut away: BTreeMap<&'static str, bool> = probes.keys().map(|name| (*name, true)).collect();
    while stop
        .run_until_cancelled(tokio::time::sleep(LOOK_EVERY))
        .await
        .is_some()
    {
        for (&dependency, step) in &probes {
            if let Err(error) = look(&pool, dependency, step.as_ref(), &mut away).await {
                tracing::debug!(dependency, %error, "could not look what waits");
            }
        }
    }
}

async fn look(
    pool: &PgPool,
    dependency: &'static str,
    step: &dyn Step,
    away: &mut BTreeMap<&'static str, bool>,
) -> Result<(), sqlx::Error> {
    let waits = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (SELECT 1 FROM provisioning_steps
            WHERE dependency = $1 AND state = 'retrying' AND next_try > clock_timestamp()) AS "waits!"
        "#,
        dependency,
    )
    .fetch_one(pool)
    .await?;
    if !waits {
        return Ok(());
    }
    let answers = matches!(
        tokio::time::timeout(LOOK_AT_MOST, step.probe()).await,
        Ok(Ok(()))
    );
    let was_away = away.insert(dependency, !answers).unwrap_or(true);
    if answers && was_away {
        let pulled = pull_forward(pool, dependency).await?;
        tracing::info!(
            dependency,
            steps = pulled,
            "it answers again, what waited is pulled forward"
        );
    }
    Ok(())
}

async fn pull_forward(pool: &PgPool, dependency: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH pulled AS (
            UPDATE provisioning_steps SET next_try = clock_timestamp()
            WHERE dependency = $1 AND state = 'retrying' AND next_try > clock_timestamp()
            RETURNING 1
        ), woken AS (SELECT pg_notify($2, ''))
        SELECT count(pulled.*) AS "count!" FROM woken LEFT JOIN pulled ON true
        "#,
        dependency,
        CHANNEL,
    )
    .fetch_one(pool)
    .await
}
