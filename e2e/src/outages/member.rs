//! One process of the three, with its line to PostgreSQL and its clock.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use testkit::Wire;

use super::port;
use crate::{
    until,
    usher::{binary, target_folder, without_ours},
    wait::LATER,
};

/// What `usher` is started as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Serve,
    Worker,
}

/// Addresses that a process listens on.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub admin: u16,
    pub public: u16,
    pub ops: u16,
}

/// A process that may run or not; dropping it ends it.
pub struct Member {
    pub name: &'static str,
    pub kind: Kind,
    pub ports: Ports,
    /// Its way to PostgreSQL.
    pub line: Wire,
    log: PathBuf,
    child: Option<Child>,
}

impl Member {
    /// Nothing runs yet.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn prepare(name: &'static str, kind: Kind, database: u16) -> Result<Self> {
        let folder = target_folder()?.join("e2e");
        fs::create_dir_all(&folder)?;
        let log = folder.join(format!("outages-{name}-{}.log", std::process::id()));
        let _ = fs::remove_file(&log);
        Ok(Self {
            name,
            kind,
            ports: Ports {
                admin: port()?,
                public: port()?,
                ops: port()?,
            },
            line: Wire::to(&format!("127.0.0.1:{}", database)),
            log,
            child: None,
        })
    }

    /// Starts it with these settings; a `clock` is libfaketime and the file that says how wrong the clock is.
    ///
    /// # Errors
    /// When the binary is missing or already runs.
    pub fn launch(
        &mut self,
        settings: &[(&str, String)],
        clock: Option<(&Path, &Path)>,
    ) -> Result<()> {
        ensure!(self.child.is_none(), "{} already runs", self.name);
        let log = File::options().create(true).append(true).open(&self.log)?;
        // It ends with us, whatever happens to us.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(binary()?)
            .arg(match self.kind {
                Kind::Serve => "serve",
                Kind::Worker => "worker",
            })
            .current_dir("/");
        without_ours(&mut command);
        command.envs(settings.iter().map(|(key, value)| (key, value)));
        if let Some((library, file)) = clock {
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", file)
                .env("FAKETIME_CACHE_DURATION", "1")
                // Only what a person would set wrong: how long a second is stays so.
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .context("could not start usher")?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    /// When it doesn't, with its last words.
    pub async fn ready(&self) -> Result<()> {
        let url = format!("http://127.0.0.1:{}/health/ready", self.ports.ops);
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .no_proxy()
            .build()?;
        let ready = until("ready", LATER, || async {
            let answer = client.get(&url).send().await?;
            ensure!(answer.status().is_success(), "{}", answer.text().await?);
            Ok(())
        });
        ready.await.with_context(|| {
            let words = fs::read_to_string(&self.log).unwrap_or_default();
            let tail: Vec<&str> = words.lines().rev().take(10).collect();
            format!("{} says (newest first): {tail:#?}", self.name)
        })
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        let runs = self
            .child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)));
        if !runs {
            self.child = None;
        }
        runs
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let child = self.child.as_ref().context("it does not run")?;
        Ok(kill(Pid::from_raw(i32::try_from(child.id())?), signal)?)
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&mut self) -> Result<()> {
        self.end(Signal::SIGKILL).await
    }

    /// Sends a signal and waits for the end, with which it is killed when it doesn't come.
    ///
    /// # Errors
    /// When it does not run, or had to be killed.
    pub async fn end(&mut self, signal: Signal) -> Result<()> {
        self.signal(signal)?;
        let mut child = self.child.take().context("it does not run")?;
        for _ in 0..1500 {
            if child.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        child.kill()?;
        child.wait()?;
        bail!("{} did not end within 30 s of {signal}", self.name)
    }

    /// Where its log ends now.
    pub fn log_end(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |data| data.len())
    }

    /// What it has logged from there on.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn logged_since(&self, start: u64) -> Result<String> {
        let mut file = File::open(&self.log)?;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
