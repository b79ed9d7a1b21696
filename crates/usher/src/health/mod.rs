//! Whether this process can do its work: what `/health/ready` and `/health/live` answer, what the log says when that changes, and
//! the gauges among the metrics. `usher doctor` judges queues and clocks by the same.

pub mod clock;
mod gauges;
pub mod queues;
mod watch;
mod writes;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kernel::Database;
use serde::Serialize;
use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{
    clock::{Clocks, Skew},
    queues::{Depth, QUEUES, Queue},
    writes::{Failing, PATIENCE},
};
use crate::{
    database::{Reserved, schema_gap},
    loops::{self, Loops},
};

/// The check that is red when the database doesn't answer; what it is asked for is unknown then.
const DATABASE: &str = "database";
const UNKNOWN: &str = "unknown while the database is away";
/// What was seen of the queues is believed for so long.
const SEEN_FOR: Duration = Duration::from_secs(30);

/// One thing that has to be in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    /// Why not, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Check {
    fn new(name: &str, reason: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            ok: reason.is_none(),
            reason,
        }
    }
}

/// Looks at this process. Cheap to clone.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    /// What everybody uses.
    pool: Database,
    reserved: Reserved,
    loops: Loops,
    /// Somebody wants us to stop.
    stopping: CancellationToken,
    clock_limit: Duration,
    /// A name for this process, drawn at its start.
    process: Uuid,
    queues: &'static [Queue],
    /// The newest look at the database. Who asks while one is under way gets the next one together with all others.
    look: tokio::sync::Mutex<Option<Look>>,
    /// What was seen of the queues last, and when.
    seen: Mutex<Option<(Instant, Vec<Depth>)>>,
}

/// What the database said.
#[derive(Clone)]
struct Look {
    began: Instant,
    skew: Result<Skew, Failing>,
    schema: Option<String>,
}

impl Health {
    /// Of this process, which is ready until `stopping` is cancelled, if all else is well.
    #[must_use]
    pub fn new(
        pool: &Database,
        reserved: &Reserved,
        loops: &Loops,
        stopping: &CancellationToken,
        clock_limit: Duration,
    ) -> Self {
        Self(Arc::new(Inner {
            pool: pool.clone(),
            reserved: reserved.clone(),
            loops: loops.clone(),
            stopping: stopping.clone(),
            clock_limit,
            process: Uuid::now_v7(),
            queues: QUEUES,
            look: tokio::sync::Mutex::default(),
            seen: Mutex::default(),
        }))
    }

    /// Looks again every few seconds, whether somebody asks or not, until the loops are to end: says in the log what turns red
    /// or green, and keeps the gauges.
    pub fn keep_watch(&self) {
        let loops = &self.0.loops;
        loops.spawn("health", watch::run(self.clone(), loops.stop_token()));
    }

    /// What a restart would mend. Not the database: it being away restarts nobody.
    #[must_use]
    pub fn live(&self) -> Vec<Check> {
        self.turning(loops::HANGS)
    }

    /// All that has to be in order for this process to do its work.
    pub async fn ready(&self) -> Vec<Check> {
        // One that hangs is waited for once, not also by whoever comes later.
        let look = tokio::time::timeout(PATIENCE + Duration::from_millis(200), self.look()).await;
        self.judge(look.ok())
    }

    fn judge(&self, look: Option<Look>) -> Vec<Check> {
        let inner = &*self.0;
        let (skew, schema) = match look {
            Some(look) => (look.skew, look.schema),
            None => (Err(Failing::Away(writes::too_slow())), None),
        };
        let unknown = || Some(UNKNOWN.to_owned());
        let (database, writes, schema, clock) = match skew {
            Ok(skew) => (None, None, schema, self.clock(skew)),
            Err(Failing::Refuses(words)) => (None, Some(words), schema, None),
            Err(Failing::Away(words)) => (Some(words), unknown(), unknown(), unknown()),
        };
        let mut checks = vec![
            Check::new(DATABASE, database),
            Check::new("writes", writes),
            Check::new("migrations", schema),
            Check::new("clock", clock),
        ];
        checks.extend(self.listeners());
        checks.extend(self.turning(loops::LATE));
        let stopping = inner.stopping.is_cancelled().then(|| {
            "this process is stopping: send nothing more to it; whatever it has begun is finished"
                .to_owned()
        });
        checks.push(Check::new("stopping", stopping));
        checks
    }

    fn clock(&self, skew: Skew) -> Option<String> {
        match skew.judge(self.0.clock_limit) {
            Clocks::Agree | Clocks::Differ(_) => None,
            Clocks::Wrong(words) => Some(format!(
                "{words}; more than {} (health.clock_limit) is too much",
                humantime::format_duration(self.0.clock_limit)
            )),
        }
    }

    /// Whoever has to keep up with what happens.
    fn listeners(&self) -> Vec<Check> {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((at, depths)) = &*seen else {
            return Vec::new();
        };
        let old = at.elapsed() >= SEEN_FOR;
        let needed = depths.iter().filter(|depth| depth.needed);
        needed
            .map(|depth| {
                let reason = if old {
                    Some(UNKNOWN.to_owned())
                } else {
                    depth.trouble()
                };
                Check::new(&depth.name, reason)
            })
            .collect()
    }

    fn turning(&self, limit: Duration) -> Vec<Check> {
        let states = self.0.loops.states(limit);
        states
            .into_iter()
            .map(|(name, reason)| Check::new(name, reason))
            .collect()
    }

    /// What the database says from now on. Those who ask at the same time share a look.
    async fn look(&self) -> Look {
        let inner = &*self.0;
        let asked = Instant::now();
        let mut newest = inner.look.lock().await;
        if let Some(look) = newest.as_ref().filter(|look| look.began >= asked) {
            return look.clone();
        }
        let began = Instant::now();
        let skew = writes::prove(&inner.reserved.health, inner.process).await;
        let schema = match &skew {
            Err(Failing::Away(_)) => None,
            _ => self.schema(began + PATIENCE).await,
        };
        let look = Look {
            began,
            skew,
            schema,
        };
        *newest = Some(look.clone());
        look
    }

    async fn schema(&self, end: Instant) -> Option<String> {
        let asked = schema_gap(&self.0.reserved.health);
        match tokio::time::timeout_at(end, asked).await {
            Ok(Ok(gap)) => gap,
            Ok(Err(_)) | Err(_) => Some(UNKNOWN.to_owned()),
        }
    }
}

/// Whether a write is committed, for who looks once; in words why not.
pub async fn refused_writes(pool: &PgPool) -> Option<String> {
    match writes::prove(pool, Uuid::now_v7()).await {
        Ok(_) => None,
        Err(Failing::Away(words) | Failing::Refuses(words)) => Some(words),
    }
}

#[cfg(test)]
mod tests;
