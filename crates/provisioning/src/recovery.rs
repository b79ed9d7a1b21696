//! "The dependency is back": what waits for it is pulled forward instead of sleeping out its back-off.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use claim_loop::answered;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{
    rows::{self, select},
    steps::{Step, StepError},
    transitions::StepEvent,
};

/// How often a dependency that something waits for is probed.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// How long a probe may take.
const PROBE_AT_MOST: Duration = Duration::from_secs(5);

/// What was on its way when a dependency came back may still fail, and then sleeps long: it is pulled forward as well, so
/// long after that. Not more often: what fails for a reason of its own is to keep its back-off.
const STRAGGLERS_AFTER: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(35),
];

/// How a dependency stood when it was probed last.
enum Stood {
    Away,
    /// Since when, and how often stragglers have been pulled forward.
    Back(Instant, usize),
}

/// Watches every dependency of `steps` until `stop` is cancelled.
pub async fn watch(pool: PgPool, steps: Vec<Arc<dyn Step>>, stop: CancellationToken) {
    // Any step of a dependency can probe it.
    let probes: BTreeMap<&'static str, Arc<dyn Step>> = steps
        .into_iter()
        .flat_map(|step| {
            let needed = [Some(step.info().dependency), step.also_needs()];
            let needed = needed.into_iter().flatten();
            needed.map(move |dependency| (dependency, Arc::clone(&step)))
        })
        .collect();
    // At the start nobody knows: what waits is pulled forward once.
    let mut stood: BTreeMap<&'static str, Stood> =
        probes.keys().map(|name| (*name, Stood::Away)).collect();
    while vitals::rest(PROBE_EVERY, &stop).await {
        for (&dependency, step) in &probes {
            let stood = stood.entry(dependency).or_insert(Stood::Away);
            let looked = answered(look(&pool, dependency, step.as_ref(), stood)).await;
            if let Err(error) = looked {
                tracing::debug!(dependency, %error, "could not look what waits");
            }
        }
    }
}

async fn look(
    pool: &PgPool,
    dependency: &'static str,
    step: &dyn Step,
    stood: &mut Stood,
) -> Result<(), sqlx::Error> {
    let waits = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (SELECT 1 FROM provisioning_steps
            WHERE dependency = $1 AND state = 'retrying' AND next_try > (SELECT clock_timestamp())) AS "waits!"
        "#,
        dependency,
    )
    .fetch_one(pool)
    .await?;
    if !waits {
        return Ok(());
    }
    let answers = matches!(
        tokio::time::timeout(PROBE_AT_MOST, probe(dependency, step)).await,
        Ok(Ok(()))
    );
    let now = match (&stood, answers) {
        (_, false) => Stood::Away,
        (Stood::Away, true) => Stood::Back(Instant::now(), 0),
        (Stood::Back(since, pulled), true) => match STRAGGLERS_AFTER.get(*pulled) {
            Some(after) if since.elapsed() >= *after => Stood::Back(*since, pulled + 1),
            _ => return Ok(()),
        },
    };
    if answers {
        let pulled = pull_forward(pool, dependency).await?;
        tracing::info!(
            dependency,
            steps = pulled,
            "it answers again, what waited is pulled forward"
        );
    }
    *stood = now;
    Ok(())
}

async fn probe(dependency: &str, step: &dyn Step) -> Result<(), StepError> {
    if step.info().dependency == dependency {
        step.probe().await
    } else {
        step.probe_other().await
    }
}

async fn pull_forward(pool: &PgPool, dependency: &str) -> Result<usize, sqlx::Error> {
    let mut op = pool.begin().await?;
    let rows = select::sleeping(&mut op, dependency).await?;
    let pulled = rows.len();
    rows::apply_to_all(&mut op, rows, StepEvent::PullForward).await?;
    op.commit().await?;
    Ok(pulled)
}
