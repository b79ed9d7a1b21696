//! How soon `usher serve` is ready on a database that is up to date.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::{Bank, Usher};
use nix::sys::signal::Signal;

use crate::{
    progress,
    table::{Measurement, Report},
};

/// Starts it, ends it, and starts it again beside the PostgreSQL of a running `usher dev`.
pub async fn measure(usher: &Usher, report: &mut Report) -> Result<()> {
    progress("starting usher serve");
    let mut bank = Bank::open_at(&usher.ready().database_url, "bench-start", 1).await?;
    let server = bank.servers.first_mut().context("a bank has a server")?;
    ensure!(
        server.end(Signal::SIGTERM).await?,
        "usher serve did not end cleanly"
    );
    let start = Instant::now();
    bank.start(0).await?;
    report.add(
        Measurement::seconds("start to ready (usher serve)", start.elapsed())
            .within(Duration::from_secs(1)),
    );
    Ok(())
}
