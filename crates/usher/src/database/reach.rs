//! How a process reaches the database: its pool, the connections that nobody else takes, and sessions of its own.

use std::{sync::Arc, time::Duration};

use customer::callback_log::ingest::Ingest;
use kernel::{Database, database::PATIENCE};
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{
    address::Address,
    hosts::Hosts,
    sessions::{self, SessionLimits},
    why,
};
use crate::{
    config::{DatabaseSection, require},
    failure::Failure,
};

/// The way to the database, and the one around a pooler when there is one.
#[derive(Clone)]
pub struct Reach {
    main: Arc<Hosts>,
    direct: Option<Arc<Hosts>>,
}

impl Reach {
    /// As the settings say.
    ///
    /// # Errors
    /// When `database.url` is missing, or one of them is no URL.
    pub fn of(section: &DatabaseSection, limits: SessionLimits) -> Result<Self, Failure> {
        let url = require(section.url.as_ref(), "database.url")?;
        let direct = section.direct_url.as_ref();
        Ok(Self {
            main: hosts("database.url", url.expose(), limits, direct.is_some())?,
            direct: direct
                .map(|url| hosts("database.direct_url", url.expose(), limits, false))
                .transpose()?,
        })
    }

    /// To this database, without a pooler.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn to(url: &str, limits: SessionLimits) -> Result<Self, Failure> {
        Ok(Self {
            main: hosts("database.url", url, limits, false)?,
            direct: None,
        })
    }

    /// The same way, with these limits on each session.
    #[must_use]
    pub fn with(&self, limits: SessionLimits) -> Self {
        Self {
            main: self.main.with(limits),
            direct: self.direct.as_ref().map(|direct| direct.with(limits)),
        }
    }

    /// The way that needs no pooler to play along: for migrations, `LISTEN` and locks of a session.
    #[must_use]
    pub fn directly(&self) -> Self {
        Self {
            main: Arc::clone(self.direct.as_ref().unwrap_or(&self.main)),
            direct: None,
        }
    }

    /// A pool as the services use it.
    #[must_use]
    pub fn database(&self, pool: PgPool) -> Database {
        if self.is_pooled() {
            Database::through_a_pooler(pool)
        } else {
            pool.into()
        }
    }

    /// Whether there is a way around a pooler.
    #[must_use]
    pub fn is_pooled(&self) -> bool {
        self.direct.is_some()
    }

    /// What leads to the host of now.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        self.main.current()
    }

    /// Connects, waiting a moment for a database that is just starting.
    ///
    /// # Errors
    /// When it doesn't answer or doesn't let us in; the sentence names the host, never the password.
    pub async fn connect(&self, max_connections: u32) -> Result<PgPool, Failure> {
        self.main.choose(PATIENCE).await?;
        let pool = self.main.open(sessions::pool(max_connections));
        match pool.acquire().await {
            Ok(_) => {
                self.main.keep_watch();
                Ok(pool)
            }
            Err(error) => Err(no_connection(&self.options(), error).await),
        }
    }

    /// Tries to connect once: somebody who waits for an answer isn't kept until the database may have started.
    ///
    /// # Errors
    /// As [`Reach::connect`].
    pub async fn try_once(&self) -> Result<(), Failure> {
        self.main.choose(Duration::ZERO).await?;
        let options = self.options();
        match tokio::time::timeout(PATIENCE, options.connect()).await {
            Ok(Ok(connection)) => {
                let _ = connection.close().await;
                Ok(())
            }
            Ok(Err(error)) => Err(why(&error, &options)),
            Err(_) => Err(why(&sqlx::Error::PoolTimedOut, &options)),
        }
    }
}

fn hosts(key: &str, url: &str, limits: SessionLimits, pooled: bool) -> Result<Arc<Hosts>, Failure> {
    let address = Address::parse(url).map_err(|wrong| {
        Failure::configuration(format!(
            "{key} {wrong}: use one such as postgres://user:password@host:5432/usher."
        ))
    })?;
    Ok(Hosts::new(address, limits, pooled))
}

/// Why there is none: a pool tries again and again, and then only says that its time is over.
async fn no_connection(options: &PgConnectOptions, error: sqlx::Error) -> Failure {
    let error = match error {
        sqlx::Error::PoolTimedOut => {
            match tokio::time::timeout(PATIENCE, options.connect()).await {
                Ok(Err(cause)) => cause,
                Ok(Ok(_)) | Err(_) => error,
            }
        }
        error => error,
    };
    why(&error, options)
}

/// Connections that no page, program or background work can take.
#[derive(Clone)]
pub struct Reserved {
    /// For callbacks as they come in.
    pub webhooks: Database,
    /// For health checks.
    pub health: PgPool,
    /// Tells how sessions are made that are kept, one for `LISTEN` and one for the locks; it hands none out itself.
    pub sessions: PgPool,
}

impl Reserved {
    /// How many at most beside `database.max_connections`: those of the pools, those for statements that stand alone, and the two sessions.
    pub const CONNECTIONS: u32 = Ingest::CONNECTIONS + 1 + Database::CONNECTIONS + 2;

    /// Of this database. One for callbacks and one for health checks are opened soon and kept, so that they are there when
    /// the database takes no more.
    #[must_use]
    pub fn open(reach: &Reach) -> Self {
        let reserve = |connections| {
            let options = sessions::pool(connections).min_connections(1);
            reach.main.open(options)
        };
        let direct = reach.direct.as_ref().unwrap_or(&reach.main);
        if reach.direct.is_some() {
            direct.keep_watch();
        }
        Self {
            webhooks: reach.database(reserve(
                Ingest::CONNECTIONS.saturating_sub(Database::ALONE).max(1),
            )),
            health: reserve(1),
            sessions: direct.open(PgPoolOptions::new().max_connections(1)),
        }
    }

    /// Ends the connections.
    pub async fn close(&self) {
        self.webhooks.close().await;
        self.health.close().await;
        self.sessions.close().await;
    }
}
