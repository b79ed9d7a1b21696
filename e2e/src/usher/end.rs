//! How a running `usher dev` ends.

use std::{process::ExitStatus, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::Usher;
use crate::processes;

const STOP: Duration = Duration::from_secs(45);

impl Usher {
    /// Stops it as Ctrl-C or `systemctl stop` does, and sees that it went cleanly and left no process behind.
    ///
    /// # Errors
    /// When it takes too long, says an exit code other than 0, or leaves a process.
    pub async fn stop(&mut self) -> Result<()> {
        let status = self.end(Signal::SIGTERM).await?;
        ensure!(
            status.success(),
            "usher ended with {status}; its last words:\n{}",
            self.last_words()
        );
        let left = processes::using(self.data().as_path());
        ensure!(left.is_empty(), "usher left processes behind: {left:?}");
        Ok(())
    }

    /// `kill -9`: the server is gone at once, its PostgreSQL goes on.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&mut self) -> Result<()> {
        self.end(Signal::SIGKILL).await.map(drop)
    }

    /// Sends a signal to the server alone.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid()?, signal).context("could not signal usher")
    }

    async fn end(&mut self, signal: Signal) -> Result<ExitStatus> {
        self.signal(signal)?;
        let mut child = self.child.take().context("usher does not run")?;
        let start = std::time::Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > STOP {
                let words = self.last_words();
                child.kill()?;
                child.wait()?;
                bail!("usher did not end within {STOP:?} of {signal}; its last words:\n{words}");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// The server's process number.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pid(&self) -> Result<Pid> {
        let child = self.child.as_ref().context("usher does not run")?;
        Ok(Pid::from_raw(i32::try_from(child.id())?))
    }
}
