//! `usher worker`: the background work only, beside any number of other workers and servers.

use super::serve::{examined, open_database};
use crate::{
    cli::{WorkerArgs, listen_flags},
    config::{self, LogFormat},
    database::Reserved,
    failure::Failure,
    health::Health,
    house::{House, Settings},
    listeners::{Door, Limits},
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
    let ops_door = Door::bind("ops", config.ops.listen, "--ops-listen ADDRESS").await?;
    let pool = open_database(&settings, config.database.max_connections.get()).await?;
    let reserved = Reserved::open(settings.database_url.expose())?;

    let loops = Loops::new(stop.close.clone());
    // Its doors are dropped: nobody can come in here.
    let house_settings = Settings::for_serve(&loaded, &settings)?;
    House::open(&pool, &reserved.webhooks, house_settings, &loops).await?;
    let clock_limit = config.health.clock_limit;
    let health = Health::new(&pool, &reserved, &loops, &stop.asked, clock_limit);
    health.keep_watch();
    let ops = ops::router(ops::Ops { health, metrics });
    tracing::info!(ops = %ops_door.url()?, "working");
    let running = Running {
        doors: Vec::new(),
        ops: ops_door.serve(ops, Limits::of(config, 1)?, stop.over.clone()),
        loops,
        pool,
        reserved,
    };
    stopping::when_asked(&stop, config.shutdown.pace(), running).await
}
