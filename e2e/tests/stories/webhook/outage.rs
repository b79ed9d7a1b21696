//! The database hangs or is away: 503, so that Sumsub sends it again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Callback, Usher, processes, until,
    wait::{LATER, SOON},
};

use nix::sys::signal::{Signal, kill};
use reqwest::StatusCode;

use super::own_usher;

pub async fn hung_database(_: Arc<Usher>) -> Result<()> {
    let (mut usher, prospect) = own_usher("webhook-hung").await?;
    let sumsub = usher.sumsub()?;
    let green = Callback::green(prospect.id);
    let database: Vec<_> = processes::using(&usher.data())
        .into_iter()
        .filter(|process| {
            nix::unistd::Pid::from_raw(process.pid)
                != usher.pid().unwrap_or(nix::unistd::Pid::this())
        })
        .collect();
    let signal = |what| {
        for process in &database {
            let _ = kill(nix::unistd::Pid::from_raw(process.pid), what);
        }
    };
    signal(Signal::SIGSTOP);
    let start = Instant::now();
    let status = sumsub.send(&green).await;
    let took = start.elapsed();
    signal(Signal::SIGCONT);
    ensure!(
        status? == StatusCode::SERVICE_UNAVAILABLE,
        "a hung database"
    );
    // Sumsub counts no answer within 5 seconds as a failure: ours should come before.
    ensure!(took < Duration::from_secs(5), "the 503 took {took:?}");
    until("the webhook healed", SOON, || async {
        let status = sumsub.send(&green).await?;
        ensure!(status == StatusCode::OK, "{status}");
        Ok(())
    })
    .await?;
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await?;
    usher.stop().await
}

pub async fn database_away(_: Arc<Usher>) -> Result<()> {
    let (mut usher, prospect) = own_usher("webhook-away").await?;
    let sumsub = usher.sumsub()?;
    let green = Callback::green(prospect.id);
    // SIGINT: PostgreSQL's fast shutdown.
    let postmaster =
        processes::postmaster(&usher.data()).context("no postmaster in the data folder")?;
    kill(postmaster, Signal::SIGINT)?;
    until("the database gone", SOON, || async {
        ensure!(
            processes::postmaster(&usher.data()) != Some(postmaster),
            "the postmaster still lives"
        );
        Ok(())
    })
    .await?;
    // Whether the server brings its database back, waits for it or stops with it is its own business; a 200 is not,
    // unless the callback is kept.
    let answer = sumsub.send(&green).await;
    let taken = matches!(answer, Ok(StatusCode::OK));
    ensure!(
        taken || answer.is_err() || matches!(answer, Ok(StatusCode::SERVICE_UNAVAILABLE)),
        "a database that is away: {answer:?}"
    );
    let _ = usher.stop().await;
    if usher.pid().is_ok() {
        usher.kill().await?;
    }
    usher.launch().await?;
    if !taken {
        usher.sumsub()?.deliver(&green).await?;
    }
    usher
        .counts()
        .await?
        .all_active_once(&[prospect], LATER)
        .await?;
    usher.stop().await
}
