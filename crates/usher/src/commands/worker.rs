//! `usher worker`: the background work only, beside any number of other workers and servers.

use sqlx::PgPool;

use super::serve::{examined, open_database};
use crate::{
    app::{App, Settings},
    cli::{WorkerArgs, listen_flags},
    config::{self, LogFormat},
    failure::Failure,
    health::Health,
    listeners::{BoundListener, Limits},
    loops::Loops,
    ops,
    stopping::{self, Running, Stop},
    telemetry,
};

/// Works until SIGTERM.
///
/// # Errors
/// As `usher serve`.
pub async fn run(args: WorkerArgs) -> Result<(), Failure> {
    let mut given = args.config.given();
    given.flags.extend(listen_flags(&[(
        "--ops-listen",
        "ops.listen",
        args.ops_listen,
    )]));
    let loaded = config::load_all(&given)?;
    let config = &loaded.config;
    let _log = telemetry::start_log(
        config.log.format.unwrap_or(LogFormat::Json),
        &config.log.level,
    )?;
    let settings = examined(&loaded).await?;
    let metrics = telemetry::start_metrics()?;
    let stop = Stop::at_signals()?;
    let ops_listener =
        BoundListener::bind("ops", config.ops.listen, "--ops-listen ADDRESS").await?;
    let (pool, reserved) = open_database(config).await?;

    let loops = Loops::new(stop.close.clone());
    // Its pages are dropped: nothing is served here.
    let app_settings = Settings::for_serve(&loaded, &settings)?;
    App::open(&pool, &reserved, app_settings, &loops).await?;
    let clock_limit = config.health.clock_limit;
    let health = Health::new(&pool, &reserved, &loops, &stop.asked, clock_limit);
    health.keep_watch();
    let ops = ops::router(ops::Ops { health, metrics });
    tracing::info!(ops = %ops_listener.url()?, "working");
    let running = Running {
        listeners: Vec::new(),
        ops: ops_listener.serve(ops, Limits::of(config, 1)?, stop.over.clone()),
        loops,
        pool: PgPool::clone(&pool),
        reserved,
    };
    stopping::when_asked(&stop, config.shutdown.deadlines(), running).await
}
