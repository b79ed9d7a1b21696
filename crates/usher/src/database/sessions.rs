//! How long what a session does may take, and which sessions are thrown away.
//!
//! PostgreSQL ends what takes too long, also when the process that began it has stood still or its host is gone. For what
//! it can't end (it is gone itself), every wait here has an end of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use kernel::database::{
    FRESH, ONE_IN, PATIENCE, PLANNED_ONCE, SIGN_OF_LIFE, YOUNG, is_sound, within,
};
use sqlx::{
    Connection as _, Executor as _, PgConnection, Row as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::config::DatabaseSection;

/// The limits of a session; none: without end. And how it plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    pub statement: Option<Duration>,
    pub lock: Option<Duration>,
    pub idle_in_transaction: Option<Duration>,
    /// How long the other side's host may be silent.
    pub tcp: Option<Duration>,
    /// Whether a statement has one plan for all its parameters ([`PLANNED_ONCE`]).
    pub plans_once: bool,
}

impl SessionLimits {
    /// What a server's sessions have.
    #[must_use]
    pub fn of(section: &DatabaseSection) -> Self {
        Self {
            statement: section.statement_timeout,
            lock: section.lock_timeout,
            idle_in_transaction: section.idle_in_transaction_timeout,
            tcp: section.tcp_timeout,
            plans_once: true,
        }
    }

    /// For what takes as long as it takes (a migration, the doctor's walk through the books): only a host that is gone
    /// ends it, and each statement is planned for itself.
    #[must_use]
    pub fn patient(self) -> Self {
        Self {
            statement: None,
            lock: None,
            idle_in_transaction: None,
            plans_once: false,
            ..self
        }
    }

    /// PostgreSQL's names for the limits, with the values that they are to have there.
    #[must_use]
    pub fn settings(self) -> Vec<(&'static str, String)> {
        let mut settings = Vec::new();
        let mut millis = |name, limit: Option<Duration>| {
            if let Some(limit) = limit {
                settings.push((name, limit.as_millis().max(1).to_string()));
            }
        };
        millis("statement_timeout", self.statement);
        millis("lock_timeout", self.lock);
        millis(
            "idle_in_transaction_session_timeout",
            self.idle_in_transaction,
        );
        millis("tcp_user_timeout", self.tcp);
        if let Some(limit) = self.tcp {
            // Silent for the first part, then asked three times.
            let seconds = limit.as_secs().max(2);
            let idle = (seconds * 2 / 5).max(1);
            settings.push(("tcp_keepalives_idle", idle.to_string()));
            let interval = ((seconds - idle) / 3).max(1);
            settings.push(("tcp_keepalives_interval", interval.to_string()));
            settings.push(("tcp_keepalives_count", "3".to_owned()));
        }
        settings
    }

    /// As options of a session. What the URL says itself (`?options=-c statement_timeout=…`) stands.
    #[must_use]
    pub fn on(self, options: PgConnectOptions) -> PgConnectOptions {
        let said = options.get_options().unwrap_or_default().to_owned();
        let plans = PLANNED_ONCE.map(|(name, value)| (name, value.to_owned()));
        let ours = self
            .settings()
            .into_iter()
            .chain(plans.into_iter().filter(|_| self.plans_once))
            .filter(|(name, _)| !said.contains(name));
        options.options(ours)
    }
}

/// What every pool is like: nobody is handed a connection that is dead, inside a transaction, or takes no changes. Each question costs a
/// use of the database a round trip, so there are few (`docs/decisions/0002-database-sessions.md`); when one is given back sqlx waits
/// for its sign of life, too.
#[must_use]
pub fn pool(max_connections: u32) -> PgPoolOptions {
    let released = Arc::new(AtomicU32::new(0));
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(PATIENCE)
        // Ours has an end: a peer that vanished answers nothing at all.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.idle_for < FRESH {
                    return Ok(true);
                }
                within(SIGN_OF_LIFE, is_sound(connection)).await
            })
        })
        .after_release(move |connection, known| {
            let turn = released.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                if known.age < YOUNG || turn.is_multiple_of(ONE_IN) {
                    within(PATIENCE, is_sound(connection)).await
                } else {
                    within(PATIENCE, is_outside(connection)).await
                }
            })
        })
}

/// Whether a connection is outside a transaction: the server says so with each answer, and sqlx looks at it when it begins one.
async fn is_outside(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    match connection.begin_with("").await {
        Ok(_inside) => Ok(false),
        Err(sqlx::Error::BeginFailed) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Whether a server takes changes.
///
/// # Errors
/// When it can't be asked.
pub async fn takes_changes(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    const ASK: &str =
        "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'";
    connection.fetch_one(ASK).await?.try_get(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> SessionLimits {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        SessionLimits {
            statement: seconds(30),
            lock: seconds(10),
            idle_in_transaction: seconds(5),
            tcp: seconds(10),
            plans_once: true,
        }
    }

    #[test]
    fn a_silent_host_is_gone_when_its_time_is_over() {
        let settings = limits().settings();
        let of = |name: &str| -> u64 {
            let found = settings.iter().find(|(setting, _)| *setting == name);
            found.unwrap().1.parse().unwrap()
        };
        assert_eq!(of("tcp_user_timeout"), 10_000);
        let asked = of("tcp_keepalives_interval") * of("tcp_keepalives_count");
        assert_eq!(of("tcp_keepalives_idle") + asked, 10);
        assert_eq!(limits().patient().settings().len(), 4);
    }

    #[tokio::test]
    async fn a_session_has_its_limits_and_the_url_stands() {
        let database = testkit::database().await;
        let url = format!("{}?options=-c%20lock_timeout=77", database.url);
        let pool = pool(1).connect_lazy_with(limits().on(url.parse().unwrap()));
        for (name, value) in [
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "5s"),
            ("tcp_user_timeout", "10000"),
            ("tcp_keepalives_idle", "4"),
            ("tcp_keepalives_interval", "2"),
            ("tcp_keepalives_count", "3"),
            ("lock_timeout", "77ms"),
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("jit", "off"),
        ] {
            let found: String = sqlx::query_scalar("SELECT current_setting($1)")
                .bind(name)
                .fetch_one(&pool)
                .await
                .unwrap();
            assert_eq!(found, value, "{name}");
        }
    }

    async fn backend(pool: &sqlx::PgPool) -> i32 {
        sqlx::query_scalar("SELECT pg_backend_pid()")
            .fetch_one(pool)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_connection_that_was_left_inside_a_transaction_is_not_given_out_again() {
        let database = testkit::database().await;
        let pool = pool(1).connect(&database.url).await.unwrap();
        let first = backend(&pool).await;
        assert_eq!(first, backend(&pool).await, "a sound one is kept");
        left_inside(&pool, &database.pool).await;
    }

    #[tokio::test]
    async fn neither_is_one_that_is_no_longer_young() {
        let database = testkit::database().await;
        let pool = pool(1).connect(&database.url).await.unwrap();
        let first = backend(&pool).await;
        tokio::time::sleep(YOUNG).await;
        backend(&pool).await;
        assert_eq!(first, backend(&pool).await, "a sound one is kept");
        left_inside(&pool, &database.pool).await;
    }

    async fn left_inside(pool: &sqlx::PgPool, other: &sqlx::PgPool) {
        // What a `BEGIN` that was given up half way leaves behind: sqlx doesn't know of it.
        sqlx::raw_sql("BEGIN").execute(pool).await.unwrap();
        sqlx::query("CREATE TABLE written (what TEXT)")
            .execute(pool)
            .await
            .unwrap();
        let there: bool = sqlx::query_scalar("SELECT to_regclass('written') IS NOT NULL")
            .fetch_one(other)
            .await
            .unwrap();
        assert!(there, "it was written into nowhere");
    }

    #[tokio::test]
    async fn a_connection_that_takes_no_changes_is_not_kept() {
        let database = testkit::database().await;
        let pool = pool(1).connect(&database.url).await.unwrap();
        // What a session keeps that was opened while the database took none.
        sqlx::raw_sql("SET default_transaction_read_only = on")
            .execute(&pool)
            .await
            .unwrap();
        sqlx::query("CREATE TABLE written (what TEXT)")
            .execute(&pool)
            .await
            .expect("the connection was kept");
    }

    #[tokio::test]
    async fn a_connection_whose_peer_vanished_is_not_handed_out() {
        let database = testkit::database().await;
        let (wire, url) = testkit::Wire::before(&database.url);
        let pool = pool(2).connect(&url).await.unwrap();
        backend(&pool).await;
        tokio::time::sleep(FRESH).await;
        wire.forsake();
        // It would wait for ever: sqlx alone asks the dead one, without an end.
        backend(&pool).await;
    }
}
