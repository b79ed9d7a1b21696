//! What can break, how it begins, lasts and ends.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::Signal;
use rand::Rng as _;

use testkit::Wire;

use super::deployment::Deployment;
use crate::until;

/// One thing that breaks. A process is meant by its number in [`Deployment::members`]; the first is the one that suffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// PostgreSQL stops in order, with all connections.
    Away,
    /// PostgreSQL's postmaster is killed.
    Crash,
    /// Nothing gets through between the processes and PostgreSQL, and nothing is closed; then all connections end.
    HalfOpen,
    /// The same; then everything that waited gets through.
    Stalls,
    /// Every session is told to write no more, then that it may.
    ReadOnly,
    /// All sessions end; those opened meanwhile can't write, ever.
    FailOver,
    /// A server stands still in the middle of a transaction.
    Stopped,
    /// A server is gone, and PostgreSQL hears nothing of it.
    Vanished,
    /// A server's clock jumps by so many seconds, and back.
    Clock(i64),
    /// `kill -9`, and the next start when the fault ends.
    Killed(usize),
    /// A server is killed two seconds after each of its starts.
    CrashLoop,
}

/// When the fault began and ended, and from when on one counts.
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    pub begun: Instant,
    pub ended: Instant,
}

/// How long a server lives in [`Fault::CrashLoop`].
const LIFE: Duration = Duration::from_secs(2);

impl Fault {
    /// Whether the others have to go on while it lasts: then it counts from its beginning, else from its end.
    #[must_use]
    pub fn others_go_on(self) -> bool {
        matches!(
            self,
            Self::Stopped | Self::Vanished | Self::Killed(_) | Self::Clock(_) | Self::CrashLoop
        )
    }

    /// The longest that a new customer should wait to be Active, where that was promised.
    #[must_use]
    pub fn aim(self) -> Option<Duration> {
        let seconds = match self {
            Self::Killed(_) | Self::CrashLoop => 2,
            Self::Away | Self::Crash | Self::HalfOpen | Self::Stalls => 5,
            Self::ReadOnly | Self::FailOver => 5,
            Self::Stopped | Self::Vanished => 15,
            Self::Clock(_) => return None,
        };
        Some(Duration::from_secs(seconds))
    }

    /// Whether it was promised to everybody who had begun, too: others take over what the one has left.
    #[must_use]
    pub fn aim_is_for_all(self) -> bool {
        matches!(self, Self::Stopped | Self::Vanished)
    }

    /// What has to be so before.
    ///
    /// # Errors
    /// When it can't be made so.
    pub async fn prepare(self, deployment: &mut Deployment) -> Result<()> {
        if let Self::Clock(_) = self {
            let library = libfaketime()
                .context("SKIPPED: libfaketime is missing: apt-get install faketime")?;
            let clock = deployment.clock();
            fs::write(&clock, "+0\n")?;
            deployment.members[0].end(Signal::SIGTERM).await?;
            deployment.start(0, Some((&library, &clock)))?;
            deployment.members[0].ready().await?;
        }
        Ok(())
    }

    /// Breaks it; answers when.
    ///
    /// # Errors
    /// When it can't be broken.
    pub async fn begin(self, deployment: &mut Deployment) -> Result<Instant> {
        let begun = Instant::now();
        match self {
            Self::Away => deployment.cluster.stop(Signal::SIGINT).await?,
            Self::Crash => deployment.cluster.stop(Signal::SIGKILL).await?,
            Self::HalfOpen | Self::Stalls => {
                for member in &deployment.members {
                    member.line.fall_silent();
                }
            }
            Self::ReadOnly => {
                let on = "ALTER SYSTEM SET default_transaction_read_only = on";
                deployment.cluster.say(&[on, RELOAD]).await?;
            }
            Self::FailOver => {
                let on = "ALTER DATABASE usher SET default_transaction_read_only = on";
                deployment.cluster.say(&[on, END_SESSIONS]).await?;
            }
            Self::Stopped => return stop_in_a_transaction(deployment).await,
            Self::Vanished => return vanish(deployment).await,
            Self::Clock(by) => fs::write(deployment.clock(), format!("{by:+}\n"))?,
            Self::Killed(number) => deployment.members[number].kill().await?,
            Self::CrashLoop => deployment.members[0].kill().await?,
        }
        Ok(begun)
    }

    /// Lets it last.
    ///
    /// # Errors
    /// When a server in a crash loop can't be started.
    pub async fn last(
        self,
        deployment: &mut Deployment,
        begun: Instant,
        time: Duration,
    ) -> Result<()> {
        if self == Self::CrashLoop {
            while begun.elapsed() < time {
                deployment.start(0, None)?;
                tokio::time::sleep(LIFE).await;
                if deployment.members[0].runs() {
                    deployment.members[0].kill().await?;
                }
            }
        }
        tokio::time::sleep(time.saturating_sub(begun.elapsed())).await;
        Ok(())
    }

    /// Mends it; answers when that was done.
    ///
    /// # Errors
    /// When it can't be mended.
    pub async fn end(self, deployment: &mut Deployment) -> Result<Instant> {
        match self {
            Self::Away | Self::Crash => deployment.cluster.come_back().await?,
            Self::HalfOpen => deployment
                .members
                .iter()
                .for_each(|member| member.line.cut()),
            Self::Stalls => deployment
                .members
                .iter()
                .for_each(|member| member.line.resume()),
            Self::ReadOnly => {
                let off = "ALTER SYSTEM RESET default_transaction_read_only";
                deployment.cluster.say(&[WRITE, off, RELOAD]).await?;
            }
            Self::FailOver => {
                let off = "ALTER DATABASE usher RESET default_transaction_read_only";
                deployment.cluster.say(&[WRITE, off]).await?;
            }
            Self::Stopped => deployment.members[0].signal(Signal::SIGCONT)?,
            Self::Vanished => {
                // Only now the old line ends, and with it what PostgreSQL still believed in.
                deployment.members[0].line =
                    Wire::to(&format!("127.0.0.1:{}", deployment.cluster.port()));
                deployment.start(0, None)?;
            }
            Self::Clock(_) => fs::write(deployment.clock(), "+0\n")?,
            Self::Killed(number) => deployment.start(number, None)?,
            Self::CrashLoop => deployment.start(0, None)?,
        }
        Ok(Instant::now())
    }

    /// Undoes what [`Fault::prepare`] has made.
    ///
    /// # Errors
    /// When the process doesn't start.
    pub async fn tidy(self, deployment: &mut Deployment) -> Result<()> {
        if let Self::Clock(_) = self
            && deployment.members[0].runs()
        {
            // Also one that can't end in order is gone then.
            let _ = deployment.members[0].end(Signal::SIGTERM).await;
        }
        deployment.mend().await
    }
}

const RELOAD: &str = "SELECT pg_reload_conf()";
const WRITE: &str = "SET default_transaction_read_only = off";
const END_SESSIONS: &str =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'usher_app'";

/// Debian's, for programs with threads.
fn libfaketime() -> Option<PathBuf> {
    fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.is_file())
}

/// Stops the first server again and again until that caught it in a transaction that has written something.
async fn stop_in_a_transaction(deployment: &Deployment) -> Result<Instant> {
    let counts = deployment.counts().await?;
    let server = &deployment.members[0];
    for _ in 0..400 {
        let pause = rand::rng().random_range(5..120);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        server.signal(Signal::SIGSTOP)?;
        let stopped = Instant::now();
        // What PostgreSQL was still doing for it is done by then.
        tokio::time::sleep(Duration::from_millis(60)).await;
        let inside: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE client_port = ANY($1) AND state LIKE 'idle in transaction%'
             AND backend_xid IS NOT NULL",
        )
        .bind(server.line.far_ports())
        .fetch_one(&counts.pool)
        .await?;
        if inside > 0 {
            return Ok(stopped);
        }
        server.signal(Signal::SIGCONT)?;
    }
    bail!("the server was never caught inside a transaction in 400 tries")
}

/// The first server dies while it has mails under way, and its connections go on as if nothing were.
async fn vanish(deployment: &mut Deployment) -> Result<Instant> {
    let counts = deployment.counts().await?;
    deployment.mail.fall_silent();
    // The more run the better; that only few do is no reason not to try.
    let _ = until("steps that run", Duration::from_secs(5), || async {
        let running = counts
            .number("SELECT count(*) FROM provisioning_steps WHERE state = 'running'")
            .await?;
        ensure!(running >= 12, "{running} run");
        Ok(())
    })
    .await;
    let begun = Instant::now();
    deployment.members[0].line.fall_silent();
    deployment.members[0].kill().await?;
    deployment.mail.resume();
    Ok(begun)
}
