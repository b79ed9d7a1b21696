//! `usher migrate`: brings the schema up to date and gives the server's role its rights, with the owner's database role.

use schema::server_role::RoleSetUp;
use sqlx::PgPool;

use crate::{
    check,
    cli::ConfigArgs,
    config::load,
    database::{self, Reach, SessionLimits},
    failure::Failure,
    say,
};

/// Applies every migration that waits, and sets up the role that `usher serve` is to use.
///
/// # Errors
/// When the database can't be reached, a migration fails, or the role can't be set up.
pub async fn run(args: &ConfigArgs) -> Result<(), Failure> {
    let loaded = load(&args.given())?;
    let section = &loaded.config.database;
    let reach = Reach::of(section, SessionLimits::of(section).patient())?.directly();
    let pool = reach.connect(2).await?;
    look_before(&pool, &reach, &section.app_role).await?;
    let before = database::schema_gap(&pool).await.ok().flatten();
    database::migrate(&pool).await?;
    say::out(if before.is_some() {
        "The database is up to date now."
    } else {
        "The database was up to date already."
    });
    let password = section.app_password.as_ref();
    let role = &section.app_role;
    let set_up =
        database::set_up_server_role(&pool, role, password.map(|password| password.expose()))
            .await?;
    say::out(format_args!(
        "`usher serve` is to use the database role `{role}`, which has its rights now."
    ));
    if set_up == RoleSetUp::Made && password.is_none() {
        say::out(format_args!(
            "The role is new and has no password: set one with psql's \\password {role}, or with database.app_password."
        ));
    }
    pool.close().await;
    Ok(())
}

/// Names all that no migration could work with, before anything is changed.
async fn look_before(pool: &PgPool, reach: &Reach, app_role: &str) -> Result<(), Failure> {
    let options = reach.options();
    let looked = check::database::look_before_migrating(pool, &options, app_role).await;
    looked
        .map_err(|error| database::why(&error, &options))?
        .refuse()
}
