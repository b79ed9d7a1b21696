//! The webhook: how many callbacks it acknowledges a second, beside pgbench and while a backlog is worked off.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{Callback, Usher, admin::Prospect, counts::Counts};

use crate::{
    load, onboarding, pgbench, progress,
    table::{Measurement, Report},
};

/// The webhook beside pgbench, with as many clients for as long.
pub async fn beside_pgbench(
    usher: &Usher,
    counts: &Counts,
    bench: &pgbench::Pgbench,
    made: &[Prospect],
    (clients, time): (usize, Duration),
    report: &mut Report,
) -> Result<()> {
    progress(&format!("pgbench with {clients} clients"));
    let rate = bench.run(clients, time).await?;
    if clients == 16 {
        report.reference = rate;
    }
    let what = format!("pgbench, one durable row a transaction, {clients} clients");
    report.add(Measurement::rate(&what, rate));

    progress(&format!("the webhook with {clients} clients"));
    let load = load::webhook(usher, made, clients, time).await?;
    ensure!(
        load.refused == 0,
        "{} of the webhook's answers were not 200",
        load.refused
    );
    let what = format!("webhooks acknowledged, {clients} clients");
    let least = match clients {
        1 => 0.6,
        16 => 0.8,
        _ => 1.3,
    };
    report.add(
        Measurement::rate(&what, load.rate())
            .latency(load.p50, load.p99)
            .beside(rate)
            .goal(least)
            .p99_within(Duration::from_millis(10)),
    );
    progress("waiting until what was acknowledged is processed");
    let drained = onboarding::drain(counts, load.acknowledged, load.took).await?;
    let what = format!("callbacks processed, {clients} clients' backlog");
    report.add(Measurement::rate(&what, drained));
    Ok(())
}

/// What the webhook answers while a backlog is worked off.
pub async fn while_a_backlog_drains(
    usher: &Usher,
    counts: &Counts,
    made: &[Prospect],
    time: Duration,
    report: &mut Report,
) -> Result<()> {
    const BACKLOG: usize = 100_000;
    progress("the webhook while a backlog of 100,000 drains");
    let backlog = made
        .iter()
        .cycle()
        .take(BACKLOG)
        .map(|prospect| Callback::pending(prospect.id));
    let requests = load::requests(usher, backlog)?;
    let sent = load::send(usher, requests, 64, Duration::from_secs(120)).await?;
    ensure!(
        sent.acknowledged == BACKLOG,
        "{} of the backlog were taken",
        sent.acknowledged
    );
    let load = load::webhook(usher, made, 16, time).await?;
    let waiting = counts
        .number("SELECT count(*) FROM callbacks WHERE outcome = 'received'")
        .await?;
    let what =
        format!("webhooks acknowledged, 16 clients, while a backlog drains ({waiting} are left)");
    report.add(
        Measurement::rate(&what, load.rate())
            .latency(load.p50, load.p99)
            .p99_within(Duration::from_millis(10)),
    );
    onboarding::drain(counts, load.acknowledged, load.took).await?;
    Ok(())
}
