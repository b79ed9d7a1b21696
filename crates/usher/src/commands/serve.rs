//! `usher serve`: the real thing. No simulator, no mailbox, no seeded operator, and no secret that `usher dev` made.

use kernel::Database;
use sqlx::PgPool;

use crate::{
    app::{App, Settings},
    check,
    cli::{ServeArgs, listen_flags},
    config::{self, Config, Loaded, LogFormat, ServeSettings},
    database::{self, Reach, Reserved},
    failure::Failure,
    health::Health,
    listeners::{BoundListener, Limits},
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
    let admin = BoundListener::bind("admin", config.admin.listen, "--admin-listen ADDRESS").await?;
    let public =
        BoundListener::bind("public", config.public.listen, "--public-listen ADDRESS").await?;
    let ops_listener =
        BoundListener::bind("ops", config.ops.listen, "--ops-listen ADDRESS").await?;
    let limits = Limits::of(config, 3)?;
    let (pool, reserved) = open_database(config).await?;

    let loops = Loops::new(stop.close.clone());
    let app_settings = Settings::for_serve(&loaded, &settings)?;
    let app = App::open(&pool, &reserved, app_settings, &loops).await?;
    let clock_limit = config.health.clock_limit;
    let health = Health::new(&pool, &reserved, &loops, &stop.asked, clock_limit);
    health.keep_watch();
    let ops = ops::router(ops::Ops { health, metrics });
    tracing::info!(admin = %admin.url()?, public = %public.url()?, ops = %ops_listener.url()?, "serving");
    let running = Running {
        listeners: vec![
            admin.serve(app.admin, limits.clone(), stop.close.clone()),
            public.serve(app.public, limits.clone(), stop.close.clone()),
        ],
        ops: ops_listener.serve(ops, limits, stop.over.clone()),
        loops,
        pool: PgPool::clone(&pool),
        reserved,
    };
    stopping::when_asked(&stop, config.shutdown.deadlines(), running).await
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
pub async fn open_database(config: &Config) -> Result<(Database, Reserved), Failure> {
    let section = &config.database;
    let reach = Reach::of(section, database::SessionLimits::of(section))?;
    let pool = reach.connect(section.max_connections.get()).await?;
    Ok((reach.database(pool), Reserved::open(&reach)))
}
