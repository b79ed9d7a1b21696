//! `usher serve`: the real thing. No simulator, no mailbox, no seeded operator, and no secret that `usher dev` made.

use sqlx::PgPool;

use crate::{
    check,
    cli::{ServeArgs, listen_flags},
    config::{self, Loaded, LogFormat, ServeSettings},
    database::{self, Reserved},
    failure::Failure,
    health::Health,
    house::{House, Settings},
    listeners::{Door, Limits},
    loops::Loops,
    ops,
    stopping::{self, Running, Stop},
    telemetry,
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
    let loaded = config::load_all(&given)?;
    let config = &loaded.config;
    let _log = telemetry::start_log(
        config.log.format.unwrap_or(LogFormat::Json),
        &config.log.level,
    )?;
    let settings = examined(&loaded).await?;
    let metrics = telemetry::start_metrics()?;
    let stop = Stop::at_signals()?;
    let admin = Door::bind("admin", config.admin.listen, "--admin-listen ADDRESS").await?;
    let public = Door::bind("public", config.public.listen, "--public-listen ADDRESS").await?;
    let ops_door = Door::bind("ops", config.ops.listen, "--ops-listen ADDRESS").await?;
    let limits = Limits::of(config, 3)?;
    let pool = open_database(&settings, config.database.max_connections.get()).await?;
    let reserved = Reserved::open(settings.database_url.expose())?;

    let loops = Loops::new(stop.close.clone());
    let house_settings = Settings::for_serve(&loaded, &settings)?;
    let house = House::open(&pool, &reserved.webhooks, house_settings, &loops).await?;
    let clock_limit = config.health.clock_limit;
    let health = Health::new(&pool, &reserved, &loops, &stop.asked, clock_limit);
    health.keep_watch();
    let ops = ops::router(ops::Ops { health, metrics });
    tracing::info!(admin = %admin.url()?, public = %public.url()?, ops = %ops_door.url()?, "serving");
    let running = Running {
        doors: vec![
            admin.serve(house.admin, limits.clone(), stop.close.clone()),
            public.serve(house.public, limits.clone(), stop.close.clone()),
        ],
        ops: ops_door.serve(ops, limits, stop.over.clone()),
        loops,
        pool,
        reserved,
    };
    stopping::when_asked(&stop, config.shutdown.pace(), running).await
}

/// Looks at the configuration and at everything that it leads to, as `usher doctor` does. Who is away, or what else a server can
/// live with, is said in the log.
///
/// # Errors
/// All that is wrong, a sentence a line.
pub async fn examined(loaded: &Loaded) -> Result<ServeSettings, Failure> {
    let examined = check::examine(loaded, Some(check::AT_START)).await;
    examined.findings.log();
    examined.findings.refuse()?;
    if let Some(database) = examined.database {
        database.close().await;
    }
    config::serve_settings(loaded)
}

/// The database of a server whose configuration was examined.
///
/// # Errors
/// When it doesn't answer any more.
pub async fn open_database(
    settings: &ServeSettings,
    max_connections: u32,
) -> Result<PgPool, Failure> {
    database::connect(settings.database_url.expose(), max_connections).await
}
