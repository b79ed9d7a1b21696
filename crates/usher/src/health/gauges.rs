//! The gauges: set by the watch every few seconds, never by a scrape. What isn't known at the moment is NaN.

use std::{
    collections::BTreeSet,
    sync::PoisonError,
    time::{Duration, Instant},
};

use kernel::Database;
use metrics::{gauge, histogram};
use sqlx::{Connection as _, PgPool};

use super::{Check, Health, clock::Skew, queues};

/// A look at the queues that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was shown before, so that what is gone doesn't stand there for ever.
#[derive(Default)]
pub struct Gauges {
    queues: BTreeSet<String>,
    checks: BTreeSet<String>,
}

impl Gauges {
    /// What is red.
    pub fn checks(&mut self, checks: &[Check]) {
        let ready = checks.iter().all(|check| check.ok);
        gauge!("usher_ready").set(if ready { 1.0 } else { 0.0 });
        let now: BTreeSet<String> = checks.iter().map(|check| check.name.clone()).collect();
        for check in checks {
            gauge!("usher_check_ok", "check" => check.name.clone()).set(if check.ok {
                1.0
            } else {
                0.0
            });
        }
        for gone in self.checks.difference(&now) {
            gauge!("usher_check_ok", "check" => gone.clone()).set(f64::NAN);
        }
        self.checks = now;
    }

    /// What the database knows: the queues, and what waits for a person.
    pub async fn database(&mut self, health: &Health) {
        let pool = &health.0.pool;
        let asked = async {
            acquire("main", pool).await?;
            let depths = queues::look(pool, health.0.queues).await?;
            Ok::<_, sqlx::Error>((depths, queues::waiting(pool).await?))
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok((depths, waiting))) => {
                self.queues(&depths);
                needs_a_person(Some(&waiting));
                let mut seen = health.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
                *seen = Some((tokio::time::Instant::now(), depths));
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "the queues could not be looked at");
                self.unknown();
            }
            Err(_) => self.unknown(),
        }
    }

    fn queues(&mut self, depths: &[queues::Depth]) {
        let now: BTreeSet<String> = depths.iter().map(|depth| depth.name.clone()).collect();
        for gone in self.queues.difference(&now) {
            queue(gone, 0.0, 0.0);
        }
        for depth in depths {
            let due = f64::from(u32::try_from(depth.due).unwrap_or(u32::MAX));
            queue(&depth.name, due, depth.oldest.as_secs_f64());
        }
        self.queues.extend(now);
    }

    fn unknown(&self) {
        for name in &self.queues {
            queue(name, f64::NAN, f64::NAN);
        }
        needs_a_person(None);
    }
}

fn queue(name: &str, due: f64, oldest: f64) {
    gauge!("usher_queue_depth", "queue" => name.to_owned()).set(due);
    gauge!("usher_queue_oldest_seconds", "queue" => name.to_owned()).set(oldest);
    if name == "audit_unsealed" {
        gauge!("usher_seal_age_seconds").set(oldest);
    }
}

fn needs_a_person(waiting: Option<&queues::Waiting>) {
    let count = |of: fn(&queues::Waiting) -> i64| {
        waiting.map_or(f64::NAN, |waiting| {
            f64::from(u32::try_from(of(waiting)).unwrap_or(u32::MAX))
        })
    };
    gauge!("usher_needs_a_person", "what" => "raised").set(count(|waiting| waiting.raised));
    gauge!("usher_needs_a_person", "what" => "step").set(count(|waiting| waiting.steps));
    gauge!("usher_steps_retrying").set(count(|waiting| waiting.retrying));
}

/// How far apart the clocks are.
pub fn clock(skew: Option<Skew>) {
    gauge!("usher_clock_skew_seconds").set(skew.map_or(f64::NAN, Skew::ahead));
}

/// What this process knows by itself: its loops, and its connections.
pub fn process(health: &Health) {
    for (name, age) in health.0.loops.ages() {
        gauge!("usher_loop_beat_age_seconds", "loop" => name).set(age.as_secs_f64());
    }
    let reserved = &health.0.reserved;
    for (name, pool, (alone_in_use, alone_idle), alone) in [
        of_database("main", &health.0.pool),
        of_database("webhooks", &reserved.webhooks),
        ("health", &reserved.health, (0, 0), 0),
    ] {
        let size = pool.size();
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(size);
        let in_use = (size - idle).saturating_add(alone_in_use);
        let idle = idle.saturating_add(alone_idle);
        let most = pool.options().get_max_connections().saturating_add(alone);
        gauge!("usher_pool_connections", "pool" => name, "state" => "idle").set(idle);
        gauge!("usher_pool_connections", "pool" => name, "state" => "in_use").set(in_use);
        gauge!("usher_pool_connections_max", "pool" => name).set(most);
    }
}

/// A pool, and the connections beside it: in use, idle, at most.
fn of_database<'a>(
    name: &'static str,
    database: &'a Database,
) -> (&'static str, &'a PgPool, (u32, u32), u32) {
    let alone = database.connections_alone();
    (name, database, alone, Database::CONNECTIONS)
}

/// Takes a connection and gives it back: how long whoever needs one waits for it now. sqlx itself counts no waits.
async fn acquire(name: &'static str, pool: &PgPool) -> Result<(), sqlx::Error> {
    let started = Instant::now();
    let acquired = pool.acquire().await;
    histogram!("usher_pool_acquire_seconds", "pool" => name)
        .record(started.elapsed().as_secs_f64());
    acquired?.ping().await
}
