//! What runs out of a data folder: the private PostgreSQL of an Usher that was killed.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A process as `/proc` shows it.
#[derive(Debug, Clone)]
pub struct Process {
    /// The process's number.
    pub pid: i32,
    /// Its command line, words joined with blanks.
    pub command: String,
}

/// Processes that work in `folder` (PostgreSQL's all do) or name it on their command line, but for this one.
#[must_use]
pub fn using(folder: &Path) -> Vec<Process> {
    let name = folder.to_string_lossy().into_owned();
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| *pid != own)
        .filter_map(|pid| {
            let home = PathBuf::from(format!("/proc/{pid}"));
            let command = fs::read(home.join("cmdline")).ok()?;
            // A process that has ended but was not yet reaped has an empty command line.
            if command.is_empty() {
                return None;
            }
            let command = String::from_utf8_lossy(&command)
                .replace('\0', " ")
                .trim()
                .to_owned();
            let inside = fs::read_link(home.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
            (inside || command.contains(&name)).then_some(Process { pid, command })
        })
        .collect()
}

/// Sends `signal` to every process of `folder`; one that is gone meanwhile is no error.
pub fn signal_all(folder: &Path, signal: Signal) {
    for process in using(folder) {
        let _ = kill(Pid::from_raw(process.pid), signal);
    }
}

/// The postmaster of the private PostgreSQL: the process that `postmaster.pid` names, if it lives.
#[must_use]
pub fn postmaster(folder: &Path) -> Option<Pid> {
    let file = find(folder, "postmaster.pid", 4)?;
    let text = fs::read_to_string(file).ok()?;
    let pid = text.lines().next()?.trim().parse::<i32>().ok()?;
    using(folder)
        .into_iter()
        .any(|process| process.pid == pid)
        .then(|| Pid::from_raw(pid))
}

/// Ends whatever still runs out of `folder`: PostgreSQL first by its own immediate shutdown, then the rest for good.
pub fn clear(folder: &Path) {
    signal_all(folder, Signal::SIGCONT);
    if let Some(pid) = postmaster(folder) {
        let _ = kill(pid, Signal::SIGQUIT);
    }
    let start = Instant::now();
    while !using(folder).is_empty() && start.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(50));
    }
    signal_all(folder, Signal::SIGKILL);
}

fn find(folder: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    let here = folder.join(name);
    if here.is_file() {
        return Some(here);
    }
    if depth == 0 {
        return None;
    }
    fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .find_map(|entry| find(&entry.path(), name, depth - 1))
}
