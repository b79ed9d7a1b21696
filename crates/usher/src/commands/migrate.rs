//! `usher migrate`: brings the schema up to date, with the owner's database role.

use crate::{
    cli::ConfigArgs,
    config::{load, require},
    database,
    failure::Failure,
};

/// Applies every migration that waits.
///
/// # Errors
/// When the database can't be reached, or a migration fails.
pub async fn run(args: &ConfigArgs) -> Result<(), Failure> {
    let loaded = load(&args.given())?;
    let url = require(loaded.config.database.url.as_ref(), "database.url")?;
    let pool = database::connect(url.expose(), 2).await?;
    let before = database::schema_gap(&pool).await.ok().flatten();
    database::migrate(&pool).await?;
    println!(
        "{}",
        if before.is_some() {
            "The database is up to date now."
        } else {
            "The database was up to date already."
        }
    );
    pool.close().await;
    Ok(())
}
