//! A PostgreSQL that the last run has left behind, after a `kill -9`.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::time::{Instant, sleep};

use crate::failure::Failure;

/// A running server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    pub pid: Pid,
    /// `None` while it is only just starting.
    pub port: Option<u16>,
}

/// The server that runs on this data, if one does.
#[must_use]
pub fn running(data: &Path) -> Option<Running> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    // Documented in PostgreSQL's miscadmin.h: pid, data folder, start time, port, …
    let mut lines = text.lines();
    let pid = Pid::from_raw(lines.next()?.trim().parse().ok()?);
    let port = lines.nth(2).and_then(|line| line.trim().parse().ok());
    works_in(pid, data).then_some(Running { pid, port })
}

/// Whether the process is alive (no zombie) and works in that folder, as every PostgreSQL does in its data folder.
/// A pid alone proves nothing: it may have been given to another process.
#[must_use]
pub fn works_in(pid: Pid, folder: &Path) -> bool {
    let identity = |path: &Path| fs::metadata(path).ok().map(|data| (data.dev(), data.ino()));
    let there = identity(Path::new(&format!("/proc/{pid}/cwd")));
    there.is_some() && there == identity(folder)
}

/// Removes a pid file whose pid now belongs to a process of another kind: PostgreSQL would take it for a server.
pub fn forget_stale(data: &Path) {
    let path = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&path) else {
        return;
    };
    let pid = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse().ok())
        .map(Pid::from_raw);
    if pid.is_none_or(|pid| !works_in(pid, data) && kill(pid, None).is_ok()) {
        let _ = fs::remove_file(&path);
    }
}

/// Stops the server that runs on this data, if one does.
///
/// # Errors
/// When it doesn't stop.
pub async fn stop(data: &Path) -> Result<(), Failure> {
    match running(data) {
        Some(server) => stop_process(server.pid, data).await,
        None => Ok(()),
    }
}

/// Asks for a fast shutdown (SIGINT), and for an immediate one (SIGQUIT) when that takes too long.
///
/// # Errors
/// When neither helps.
pub async fn stop_process(pid: Pid, data: &Path) -> Result<(), Failure> {
    for signal in [Signal::SIGINT, Signal::SIGQUIT] {
        if kill(pid, signal).is_err() {
            return Ok(());
        }
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if !works_in(pid, data) {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
    Err(Failure::other(format!(
        "The PostgreSQL in {} (process {pid}) doesn't stop: end it by hand.",
        data.display()
    )))
}
