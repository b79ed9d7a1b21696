//! The database: connecting, whether its schema is current, the server's role, and the mark of `usher dev`.

mod address;
mod hosts;
mod reach;
pub mod sessions;

use schema::server_role::{self, RoleError, RoleSetUp};
use sqlx::{PgPool, migrate::MigrateError, postgres::PgConnectOptions};

use crate::{
    check::{Weight, database::cause},
    failure::Failure,
};

pub use address::{Address, is_here, place};
pub use reach::{Reach, Reserved};
pub use sessions::SessionLimits;

/// The fewest connections of a pool that a server gets on with: each loop holds one for a moment, and pages need some.
pub const FEWEST_CONNECTIONS: u32 = 10;

/// Why the database doesn't let us in, or doesn't answer.
pub fn why(error: &sqlx::Error, options: &PgConnectOptions) -> Failure {
    match cause::explain(error, options) {
        (Weight::Wrong, words) => Failure::configuration(format!("{words}.")),
        (_, words) => Failure::other(format!("{words}.")),
    }
}

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
