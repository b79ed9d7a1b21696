//! The database schema: every migration, in one migrator.
//!
//! The tables of `job`, `obix` (the ledger uses them) and `cala-ledger` are part of it (see `NOTICE`): several migrators in one
//! database trip over each other.
//!
//! It also knows the two database roles: the owner, who migrates, and the server's, which may do what a server does and
//! nothing that would hide it ([`rights`]). [`server_role`] makes that role, [`examine`] says what is wrong with one.

pub mod examine;
pub mod rights;
mod scram;
pub mod server_role;

use sqlx::migrate::{MigrateError, Migrator};

/// All migrations, in order.
pub static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// Brings the database up to date. Needs the owner's database role.
///
/// # Errors
/// When a migration fails, or when the database was made by a newer version.
pub async fn migrate(pool: &sqlx::PgPool) -> Result<(), MigrateError> {
    MIGRATOR.run(pool).await
}
