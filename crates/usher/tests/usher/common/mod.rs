//! Runs the real binary.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod outside;
pub mod real;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

/// The binary, in an environment that no test run leaks into.
pub fn usher(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    command.args(args).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("USHER_") || name == "DATABASE_URL")
        {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it to its end.
pub fn output(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// It ends with this code, and one of the sentences that it says has each of the words.
pub fn refuses(command: &mut Command, code: i32, words: &[&str]) {
    let (ended, _, stderr) = output(command);
    assert_eq!(ended, code, "{stderr}");
    let said = stderr
        .lines()
        .filter(|line| line.starts_with("usher: "))
        .any(|sentence| words.iter().all(|word| sentence.contains(word)));
    assert!(said, "no sentence has {words:?}: {stderr}");
}

/// A running `usher dev`, on any free ports. Killed when dropped, with its PostgreSQL.
pub struct Dev {
    pub ready: Value,
    pub data: PathBuf,
    pub ready_file: PathBuf,
    child: Child,
}

/// The command that starts one on this folder.
pub fn dev(folder: &Path) -> Command {
    let mut command = usher(&[
        "dev",
        "--admin-port",
        "0",
        "--public-port",
        "0",
        "--ops-port",
        "0",
        "--dev-port",
        "0",
    ]);
    command
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--ready-file")
        .arg(folder.join("ready.json"));
    command
}

impl Dev {
    /// Starts one and waits until it is ready.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(dev(folder), folder)
    }

    pub fn start_with(mut command: Command, folder: &Path) -> Self {
        let ready_file = folder.join("ready.json");
        let log = fs::File::create(folder.join("output.log")).unwrap();
        let mut child = command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(90);
        let ready = loop {
            if let Ok(text) = fs::read_to_string(&ready_file)
                && let Ok(ready) = serde_json::from_str::<Value>(&text)
                && child.try_wait().unwrap().is_none()
                && Instant::now() < end
            {
                break ready;
            }
            if child.try_wait().unwrap().is_some() || Instant::now() > end {
                let said = fs::read_to_string(folder.join("output.log")).unwrap_or_default();
                let _ = child.kill();
                panic!("usher dev did not get ready:\n{said}");
            }
            sleep(Duration::from_millis(50));
        };
        Self {
            ready,
            data: folder.join("data"),
            ready_file,
            child,
        }
    }

    pub fn get(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    pub fn postgres(&self) -> Option<Pid> {
        postgres_of(&self.data)
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Kills it, and waits until it is gone; its PostgreSQL goes on.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends the signal and waits for the end; answers the exit code.
    pub fn end(mut self, signal: Signal) -> Option<i32> {
        self.signal(signal);
        wait(&mut self.child, Duration::from_secs(30))
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(pid) = self.postgres() {
            let _ = kill(pid, Signal::SIGQUIT);
            for _ in 0..200 {
                if self.postgres().is_none() {
                    break;
                }
                sleep(Duration::from_millis(20));
            }
        }
    }
}

/// The live PostgreSQL of a data folder.
pub fn postgres_of(data: &Path) -> Option<Pid> {
    let folder = data.join("postgres");
    let text = fs::read_to_string(folder.join("postmaster.pid")).ok()?;
    let pid: i32 = text.lines().next()?.parse().ok()?;
    let there = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    (there == folder.canonicalize().ok()?).then_some(Pid::from_raw(pid))
}

/// Waits for a process to end; `None` when it doesn't, or was killed.
pub fn wait(child: &mut Child, patience: Duration) -> Option<i32> {
    let end = Instant::now() + patience;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        sleep(Duration::from_millis(20));
    }
    None
}
