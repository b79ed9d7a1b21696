//! `usher worker`: the background work only, beside any number of other workers and servers.

use super::serve::examined;
use crate::{
    cli::{WorkerArgs, listen_flags},
    database,
    failure::Failure,
    house::{self, House, Settings},
    listeners::Door,
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
    let (loaded, settings) = examined(&given).await?;
    let config = &loaded.config;
    let metrics = telemetry::start_metrics()?;
    let stop = signals::stop_token()?;
    let ops_door = Door::bind("ops", config.ops.listen, "--ops-listen ADDRESS").await?;
    let pool = database::connect(
        settings.database_url.expose(),
        config.database.max_connections.get(),
    )
    .await?;

    let loops = Loops::new(stop.clone());
    // Its doors are dropped: nobody can come in here.
    House::open(&pool, Settings::for_serve(&loaded, &settings)?, &loops).await?;
    let ops = ops::router(ops::Ops {
        pool: pool.clone(),
        metrics,
        loops: loops.clone(),
    });
    tracing::info!(ops = %ops_door.url()?, "working");
    let door = ops_door.serve(ops, stop.clone());
    stop.cancelled().await;
    tracing::info!("stopping");
    let _ = door.await;
    loops.ended().await;
    house::last_seal(&pool).await;
    pool.close().await;
    Ok(())
}
