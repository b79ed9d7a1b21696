//! The database: connecting, whether its schema is current, the server's role, and the mark of `usher dev`.

use std::time::Duration;

use customer::callback_log::ingest::Ingest;
use schema::server_role::{self, RoleError, RoleSetUp};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, PgPool, Row as _,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    check::{Weight, database::cause},
    failure::Failure,
};

/// How long a request waits for a connection before it is told that the database is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connects to the database.
///
/// # Errors
/// When it doesn't answer or doesn't let us in; the sentence names the host, never the password.
pub async fn connect(url: &str, max_connections: u32) -> Result<PgPool, Failure> {
    let options = options(url)?;
    match pool(max_connections).connect_with(options.clone()).await {
        Ok(pool) => Ok(pool),
        Err(error) => Err(no_connection(&options, error).await),
    }
}

/// Connections that no page, program or background work can take.
#[derive(Clone)]
pub struct Reserved {
    /// For callbacks as they come in.
    pub webhooks: PgPool,
    /// For health checks.
    pub health: PgPool,
}

impl Reserved {
    /// Of this database. One of each is opened soon and kept, so that it is there when the database takes no more.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn open(url: &str) -> Result<Self, Failure> {
        let options = options(url)?;
        let reserve = |connections| {
            pool(connections)
                .min_connections(1)
                .connect_lazy_with(options.clone())
        };
        Ok(Self {
            webhooks: reserve(Ingest::CONNECTIONS),
            health: reserve(1),
        })
    }

    /// Ends them.
    pub async fn close(&self) {
        self.webhooks.close().await;
        self.health.close().await;
    }
}

fn options(url: &str) -> Result<PgConnectOptions, Failure> {
    let options: PgConnectOptions = url
        .parse()
        .map_err(|_| Failure::configuration("database.url is no PostgreSQL URL: use one such as postgres://user:password@host:5432/usher."))?;
    Ok(options.application_name("usher"))
}

fn pool(max_connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(PATIENCE)
        .after_release(|connection, _| {
            // Text alone is a simple query: only there is the first statement's time the transaction's.
            Box::pin(async move { connection.fetch_one(IS_SOUND).await?.try_get(0) })
        })
}

/// Tries to connect once: somebody who waits for an answer isn't kept until the database may have started.
///
/// # Errors
/// As [`connect`].
pub async fn try_once(options: &PgConnectOptions) -> Result<(), Failure> {
    match tokio::time::timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => {
            let _ = connection.close().await;
            Ok(())
        }
        Ok(Err(error)) => Err(why(&error, options)),
        Err(_) => Err(why(&sqlx::Error::PoolTimedOut, options)),
    }
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

/// Why the database doesn't let us in, or doesn't answer.
pub fn why(error: &sqlx::Error, options: &PgConnectOptions) -> Failure {
    match cause::explain(error, options) {
        (Weight::Wrong, words) => Failure::configuration(format!("{words}.")),
        (_, words) => Failure::other(format!("{words}.")),
    }
}

/// Whether a connection that is given back is outside a transaction. A `BEGIN` that is given up half way, because a browser went
/// away, leaves one of sqlx 0.8 inside (its issues 4385 and 4393), and whoever got it next would write into nowhere.
const IS_SOUND: &str = "SELECT transaction_timestamp() = statement_timestamp()";

/// Brings the schema up to date.
///
/// # Errors
/// When it was made by a newer version, or a migration fails.
pub async fn migrate(pool: &PgPool) -> Result<(), Failure> {
    schema::migrate(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => Failure::other(format!(
            "The database was made by a newer version of Usher (it has migration {version}, which this one doesn't know): run that version."
        )),
        MigrateError::VersionMismatch(version) => Failure::other(format!(
            "Migration {version} was applied to the database in another form than this version has: run the version that made it, or use an empty database."
        )),
        MigrateError::Dirty(version) => Failure::other(format!(
            "Migration {version} was left half way: restore the database from its backup, then run `usher migrate` again."
        )),
        MigrateError::Execute(error) => cause::not_migrated(&error, None),
        MigrateError::ExecuteMigration(error, version) => cause::not_migrated(&error, Some(version)),
        error => Failure::other(format!("The database could not be brought up to date ({error}): its role must own the database.")),
    })
}

/// Whether no migration was ever applied. Any role may ask.
///
/// # Errors
/// When the database can't be asked.
pub async fn is_empty(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT FROM pg_class WHERE relname = '_sqlx_migrations'
                            AND relnamespace = to_regnamespace('public'))",
    )
    .fetch_one(pool)
    .await
}

/// What keeps the schema from being this version's, in words; `None` when it is current.
///
/// # Errors
/// When the database can't be asked.
pub async fn schema_gap(pool: &PgPool) -> Result<Option<String>, sqlx::Error> {
    // No checked query: the table is sqlx's own, and may be missing.
    let there: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(pool)
        .await?;
    if !there {
        return Ok(Some(
            "no migration has been applied: run `usher migrate`".to_owned(),
        ));
    }
    let applied: Vec<(i64, bool)> =
        sqlx::query_as("SELECT version, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(pool)
            .await?;
    if let Some((version, _)) = applied.iter().find(|(_, success)| !success) {
        return Ok(Some(format!(
            "migration {version} has failed: run `usher migrate` and read what it says"
        )));
    }
    let known: Vec<i64> = schema::MIGRATOR
        .iter()
        .map(|migration| migration.version)
        .collect();
    if let Some((version, _)) = applied.iter().find(|(version, _)| !known.contains(version)) {
        return Ok(Some(format!(
            "migration {version} is unknown: the database was made by a newer version, run that one"
        )));
    }
    let waiting = known
        .iter()
        .filter(|version| applied.iter().all(|(done, _)| done != *version))
        .count();
    Ok(match waiting {
        0 => None,
        1 => Some("1 migration waits: run `usher migrate`".to_owned()),
        _ => Some(format!("{waiting} migrations wait: run `usher migrate`")),
    })
}

/// Makes the server's role if it isn't there, and gives it its rights.
///
/// # Errors
/// When the role isn't fit, or ours may not.
pub async fn set_up_server_role(
    pool: &PgPool,
    role: &str,
    password: Option<&str>,
) -> Result<RoleSetUp, Failure> {
    server_role::set_up(pool, role, password)
        .await
        .map_err(|error| match error {
            RoleError::IsOurs(_) | RoleError::TooMighty(_) | RoleError::Password => {
                Failure::configuration(format!("{error}."))
            }
            error => Failure::other(format!("{error}.")),
        })
}

/// Whether `usher dev` made this database.
///
/// # Errors
/// When the database can't be asked.
pub async fn is_marked_by_dev(pool: &PgPool) -> Result<bool, sqlx::Error> {
    // The catalogue, not the table: the role of `serve` need not be allowed to look into schema dev.
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE n.nspname = 'dev' AND c.relname = 'made_by_usher_dev')",
    )
    .fetch_one(pool)
    .await
}

/// Marks the database as one of `usher dev`, which `usher serve` refuses for ever.
///
/// # Errors
/// When the role may not.
pub async fn mark_by_dev(pool: &PgPool) -> Result<(), Failure> {
    for statement in [
        "CREATE SCHEMA IF NOT EXISTS dev",
        "CREATE TABLE IF NOT EXISTS dev.made_by_usher_dev (since TIMESTAMPTZ NOT NULL DEFAULT now())",
    ] {
        sqlx::query(statement)
            .execute(pool)
            .await
            .map_err(|error| {
                Failure::other(format!(
                    "The private database can't be marked ({error}): start anew with --fresh."
                ))
            })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn a_connection_that_was_left_inside_a_transaction_is_not_given_out_again() {
        let database = testkit::database().await;
        let pool = super::connect(&database.url, 1).await.unwrap();
        let backend = "SELECT pg_backend_pid()";
        let first: i32 = sqlx::query_scalar(backend).fetch_one(&pool).await.unwrap();
        let again: i32 = sqlx::query_scalar(backend).fetch_one(&pool).await.unwrap();
        assert_eq!(first, again, "a sound one is kept");
        // What a `BEGIN` that was given up half way leaves behind: sqlx doesn't know of it.
        sqlx::raw_sql("BEGIN").execute(&pool).await.unwrap();
        sqlx::query("CREATE TABLE written (what TEXT)")
            .execute(&pool)
            .await
            .unwrap();
        let there: bool = sqlx::query_scalar("SELECT to_regclass('written') IS NOT NULL")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        assert!(there, "it was written into nowhere");
    }
}
