//! `usher serve`: the real thing. No simulator, no mailbox, no seeded operator, and no secret that `usher dev` made.

use sqlx::PgPool;

use crate::{
    cli::{ServeArgs, listen_flags},
    config::{self, LogFormat, ServeSettings},
    database::{self, Reserved},
    failure::Failure,
    house::{self, House, Settings},
    listeners::{Door, Limits},
    loops::Loops,
    ops, signals, telemetry,
};

/// Serves until SIGTERM.
///
/// # Errors
/// When the configuration is refused, a port is in use, or the database isn't ready.
pub async fn run(args: ServeArgs) -> Result<(), Failure> {
    let mut given = args.config.given();
    given.flags.extend(listen_flags(&[
        ("--admin-listen", "admin.listen", args.admin_listen),
        ("--public-listen", "public.listen", args.public_listen),
        ("--ops-listen", "ops.listen", args.ops_listen),
    ]));
    let loaded = config::load(&given)?;
    let settings = config::serve_settings(&loaded)?;
    let config = &loaded.config;
    let _log = telemetry::start_log(
        config.log.format.unwrap_or(LogFormat::Json),
        &config.log.level,
    )?;
    let metrics = telemetry::start_metrics()?;
    let stop = signals::stop_token()?;
    let admin = Door::bind("admin", config.admin.listen, "--admin-listen ADDRESS").await?;
    let public = Door::bind("public", config.public.listen, "--public-listen ADDRESS").await?;
    let ops_door = Door::bind("ops", config.ops.listen, "--ops-listen ADDRESS").await?;
    let limits = Limits::of(config, 3)?;
    let pool = open_database(&settings, config.database.max_connections.get()).await?;
    let reserved = Reserved::open(settings.database_url.expose())?;

    let loops = Loops::new(stop.clone());
    let house_settings = Settings::for_serve(&loaded, &settings)?;
    let house = House::open(&pool, &reserved.webhooks, house_settings, &loops).await?;
    let ops = ops::router(ops::Ops {
        pool: reserved.health.clone(),
        metrics,
        loops: loops.clone(),
    });
    tracing::info!(admin = %admin.url()?, public = %public.url()?, ops = %ops_door.url()?, "serving");
    let doors = [
        admin.serve(house.admin, limits.clone(), stop.clone()),
        public.serve(house.public, limits.clone(), stop.clone()),
        ops_door.serve(ops, limits, stop.clone()),
    ];
    stop.cancelled().await;
    tracing::info!("stopping");
    for door in doors {
        let _ = door.await;
    }
    loops.ended().await;
    house::last_seal(&pool).await;
    reserved.close().await;
    pool.close().await;
    Ok(())
}

/// The database of a real server: current, not made by `usher dev`, and with a role that can't change what happened.
///
/// # Errors
/// When it is neither, or doesn't answer.
pub async fn open_database(
    settings: &ServeSettings,
    max_connections: u32,
) -> Result<PgPool, Failure> {
    let pool = database::connect(settings.database_url.expose(), max_connections).await?;
    let away = |error: sqlx::Error| {
        Failure::other(format!("The database doesn't answer ({error}): try again."))
    };
    if database::is_marked_by_dev(&pool).await.map_err(away)? {
        return Err(Failure::configuration(
            "database.url names a database that `usher dev` made, with sandbox results and operators whose passwords are no secret: use another database.",
        ));
    }
    // A role without any rights can't even look how old the schema is.
    if database::is_empty(&pool).await.map_err(away)? {
        return Err(Failure::other(
            "The database is empty: run `usher migrate`.",
        ));
    }
    database::refuse_wrong_role(&pool).await?;
    if let Some(gap) = database::schema_gap(&pool).await.map_err(away)? {
        return Err(Failure::other(format!("The database is not ready: {gap}.")));
    }
    Ok(pool)
}
