//! `usher worker`: the background work only, beside any number of other workers and servers.

use super::serve::{examined, open_database};
use crate::{
    cli::{WorkerArgs, listen_flags},
    config::{self, LogFormat},
    failure::Failure,
    house::{self, House, Settings},
    listeners::{Door, Limits},
    loops::Loops,
    ops, signals, telemetry,
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
    let stop = signals::stop_token()?;
    let ops_door = Door::bind("ops", config.ops.listen, "--ops-listen ADDRESS").await?;
    let (pool, reserved) = open_database(config).await?;

    let loops = Loops::new(stop.clone());
    // Its doors are dropped: nobody can come in here.
    let house_settings = Settings::for_serve(&loaded, &settings)?;
    House::open(&pool, &reserved, house_settings, &loops).await?;
    let ops = ops::router(ops::Ops {
        pool: reserved.health.clone(),
        metrics,
        loops: loops.clone(),
    });
    tracing::info!(ops = %ops_door.url()?, "working");
    let door = ops_door.serve(ops, Limits::of(config, 1)?, stop.clone());
    stop.cancelled().await;
    tracing::info!("stopping");
    let _ = door.await;
    loops.ended().await;
    house::last_seal(&pool).await;
    reserved.close().await;
    pool.close().await;
    Ok(())
}
