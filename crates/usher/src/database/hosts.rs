//! The hosts of an address: which of them takes changes now. sqlx knows one host; the pools are told of another.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kernel::database::within;
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use super::{
    address::{Address, place},
    sessions::{SessionLimits, takes_changes},
};
use crate::{check::database::cause, failure::Failure};

/// How long one host may take to answer.
const TRY: Duration = Duration::from_secs(2);
/// How often it is looked whether the host still takes changes, when nothing seems wrong.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// One host or several, and the pools that lead to one of them.
pub struct Hosts {
    address: Address,
    pooled: bool,
    /// What leads to each, as sessions are made.
    hosts: Vec<PgConnectOptions>,
    at: AtomicUsize,
    pools: Mutex<Vec<PgPool>>,
    trouble: Notify,
}

impl Hosts {
    /// With these limits on each session. `pooled`: a pooler is between, which refuses parameters that it doesn't know.
    pub fn new(address: Address, limits: SessionLimits, pooled: bool) -> Arc<Self> {
        let ready = |options: &PgConnectOptions| {
            let options = options.clone().application_name("usher");
            if pooled {
                options.extra_float_digits(None)
            } else {
                limits.on(options)
            }
        };
        Arc::new(Self {
            hosts: address.hosts().iter().map(ready).collect(),
            address,
            pooled,
            at: AtomicUsize::new(0),
            pools: Mutex::default(),
            trouble: Notify::new(),
        })
    }

    /// The same, with other limits.
    pub fn with(&self, limits: SessionLimits) -> Arc<Self> {
        let same = Self::new(self.address.clone(), limits, self.pooled);
        same.at
            .store(self.at.load(Ordering::Relaxed), Ordering::Relaxed);
        same
    }

    /// What leads to the one of now.
    pub fn current(&self) -> PgConnectOptions {
        self.hosts[self.at.load(Ordering::Relaxed) % self.hosts.len()].clone()
    }

    fn several(&self) -> bool {
        self.hosts.len() > 1
    }

    /// Chooses the first host that takes changes. One alone is as it is: whoever uses it finds out.
    ///
    /// # Errors
    /// When there is none for so long; says what is wrong with each.
    pub async fn choose(&self, patience: Duration) -> Result<(), Failure> {
        if !self.several() {
            return Ok(());
        }
        let end = Instant::now() + patience;
        loop {
            match self.find().await {
                Ok(at) => {
                    self.at.store(at, Ordering::Relaxed);
                    return Ok(());
                }
                Err(words) if Instant::now() > end => {
                    return Err(Failure::other(format!(
                        "No host of database.url takes changes: {}.",
                        words.join("; ")
                    )));
                }
                Err(_) => sleep(TRY / 4).await,
            }
        }
    }

    /// A pool that follows: no connection is made to a host that takes no changes.
    pub fn open(self: &Arc<Self>, options: PgPoolOptions) -> PgPool {
        if !self.several() {
            return options.connect_lazy_with(self.current());
        }
        let (hosts, any) = (Arc::downgrade(self), self.address.takes_any());
        let options = options.after_connect(move |connection, _| {
            let hosts = hosts.clone();
            Box::pin(async move {
                if any || takes_changes(connection).await? {
                    return Ok(());
                }
                if let Some(hosts) = hosts.upgrade() {
                    hosts.trouble.notify_one();
                }
                Err(sqlx::Error::Io(std::io::Error::other(
                    "this host takes no changes now",
                )))
            })
        });
        let pool = options.connect_lazy_with(self.current());
        self.pools().push(pool.clone());
        pool
    }

    /// Leads the pools to another host when theirs takes no changes any more, until they are closed.
    pub fn keep_watch(self: &Arc<Self>) {
        if self.several() {
            tokio::spawn(Arc::clone(self).watch());
        }
    }

    async fn watch(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = self.trouble.notified() => {}
                () = sleep(LOOK_EVERY) => {}
            }
            if self.all_closed() {
                return;
            }
            if self.look_at(&self.current()).await.is_ok() {
                continue;
            }
            if let Ok(at) = self.find().await {
                self.at.store(at, Ordering::Relaxed);
                let options = self.current();
                tracing::info!(host = %place(&options), "the database is at another host now");
                for pool in self.pools().iter() {
                    pool.set_connect_options(options.clone());
                }
            }
            // Whatever is wrong, it isn't asked without a pause.
            sleep(TRY / 4).await;
        }
    }

    /// The first that will do, or what is wrong with each.
    async fn find(&self) -> Result<usize, Vec<String>> {
        let mut wrong = Vec::new();
        for (at, options) in self.hosts.iter().enumerate() {
            match self.look_at(options).await {
                Ok(()) => return Ok(at),
                Err(words) => wrong.push(words),
            }
        }
        Err(wrong)
    }

    async fn look_at(&self, options: &PgConnectOptions) -> Result<(), String> {
        let look = async {
            let mut connection = options.connect().await?;
            let takes = self.address.takes_any() || takes_changes(&mut connection).await?;
            let _ = connection.close().await;
            Ok(takes)
        };
        match within(TRY, look).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("{} is read-only", place(options))),
            Err(error) => Err(cause::explain(&error, options).1),
        }
    }

    fn all_closed(&self) -> bool {
        let pools = self.pools();
        !pools.is_empty() && pools.iter().all(PgPool::is_closed)
    }

    fn pools(&self) -> MutexGuard<'_, Vec<PgPool>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Reach, *};
    use crate::database::Reserved;
    use claim_loop::Wakeups;
    use testkit::Postgres;
    use tokio_util::sync::CancellationToken;

    const GENEROUS: Duration = Duration::from_secs(120);
    const NONE: SessionLimits = SessionLimits {
        statement: None,
        lock: None,
        idle_in_transaction: None,
        tcp: None,
        plans_once: false,
    };

    async fn write(pool: &PgPool) -> Result<(), sqlx::Error> {
        sqlx::query("CREATE TABLE IF NOT EXISTS written (what TEXT)")
            .execute(pool)
            .await
            .map(|_| ())
    }

    #[tokio::test]
    async fn the_host_that_takes_changes_is_found_also_after_a_fail_over() {
        let mut primary = Postgres::start().await;
        let standby = primary.standby().await;
        let url = format!(
            "postgres://usher@127.0.0.1:{},127.0.0.1:{}/postgres?target_session_attrs=read-write",
            standby.port, primary.port
        );
        let reach = Reach::to(&url, NONE).unwrap();
        let pool = reach.connect(3).await.unwrap();
        let reserved = Reserved::open(&reach);
        let wakeups = Wakeups::start(&reserved.sessions, CancellationToken::new());
        let mut wakeup = wakeups.on("channel");
        write(&pool)
            .await
            .expect("the standby comes first, and was taken");
        wakeup.woken().await;
        primary.kill();
        standby.promote().await;
        let followed = async {
            while write(&pool).await.is_err() || write(&reserved.webhooks).await.is_err() {
                sleep(Duration::from_millis(50)).await;
            }
            wakeup.woken().await;
        };
        tokio::time::timeout(GENEROUS, followed)
            .await
            .expect("the pools don't follow");
    }

    #[tokio::test]
    async fn what_is_wrong_with_each_host_is_said() {
        let url = "postgres://u@127.0.0.1:1,127.0.0.1:2/d";
        let refused = Reach::to(url, NONE).unwrap().try_once().await.unwrap_err();
        let words = refused.to_string();
        assert!(
            words.contains("127.0.0.1:1") && words.contains("127.0.0.1:2"),
            "{words}"
        );
    }
}
