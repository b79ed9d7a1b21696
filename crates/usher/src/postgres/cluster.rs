//! Starts, takes over and stops the private PostgreSQL.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::{
    process::Child,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    leftover::{self, running, stop_process, works_in},
    process::{Tools, log_end},
};
use crate::failure::Failure;

/// The owner's role, and the name of the database.
pub const NAME: &str = "usher";
/// Recovery after a crash may take a while.
const START_LIMIT: Duration = Duration::from_secs(120);

/// A running private PostgreSQL.
pub struct Cluster {
    data: PathBuf,
    password: String,
    port: u16,
    pid: Pid,
    /// `None` when the last run left it behind: then it isn't our child.
    child: Option<Child>,
    stopped: bool,
}

impl Cluster {
    /// Starts PostgreSQL on the data in `data` (made when it isn't there), or takes over the one that runs on it.
    ///
    /// # Errors
    /// When PostgreSQL's programs are missing, it doesn't start, or `stop` is cancelled before it has.
    pub async fn start(
        data: &Path,
        log: &Path,
        password: &str,
        stop: &CancellationToken,
    ) -> Result<Self, Failure> {
        let cluster = match Self::take_over(data, password, stop).await? {
            Some(cluster) => cluster,
            None => Self::launch(data, log, password, stop).await?,
        };
        cluster.ensure_database().await?;
        Ok(cluster)
    }

    /// The URL of Usher's database, with the owner's role.
    #[must_use]
    pub fn database_url(&self) -> String {
        url(&self.password, self.port, NAME)
    }

    /// The URL of Usher's database, with another role.
    #[must_use]
    pub fn database_url_of(&self, role: &str, password: &str) -> String {
        format!(
            "postgres://{role}:{password}@127.0.0.1:{}/{NAME}",
            self.port
        )
    }

    /// Whether it was running already.
    #[must_use]
    pub fn was_taken_over(&self) -> bool {
        self.child.is_none()
    }

    /// Returns when PostgreSQL has ended by itself.
    pub async fn ended(&mut self) {
        match &mut self.child {
            Some(child) => {
                let _ = child.wait().await;
            }
            None => {
                while works_in(self.pid, &self.data) {
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
        self.stopped = true;
    }

    /// Stops it; open connections are cut.
    ///
    /// # Errors
    /// When it doesn't stop.
    pub async fn stop(mut self) -> Result<(), Failure> {
        if self.stopped {
            return Ok(());
        }
        stop_process(self.pid, &self.data).await?;
        if let Some(child) = &mut self.child {
            let _ = child.wait().await;
        }
        self.stopped = true;
        Ok(())
    }

    async fn take_over(
        data: &Path,
        password: &str,
        stop: &CancellationToken,
    ) -> Result<Option<Self>, Failure> {
        let end = Instant::now() + START_LIMIT;
        // It may be recovering from a crash, or on its way down.
        while let Some(server) = running(data) {
            if let Some(port) = server.port
                && PgConnection::connect(&url(password, port, "postgres"))
                    .await
                    .is_ok()
            {
                return Ok(Some(Self {
                    data: data.to_path_buf(),
                    password: password.to_owned(),
                    port,
                    pid: server.pid,
                    child: None,
                    stopped: false,
                }));
            }
            if Instant::now() > end || stop.is_cancelled() {
                return Err(Failure::other(format!(
                    "The PostgreSQL that the last run left in {} (process {}) doesn't answer: end it, then start again.",
                    data.display(),
                    server.pid
                )));
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(None)
    }

    async fn launch(
        data: &Path,
        log: &Path,
        password: &str,
        stop: &CancellationToken,
    ) -> Result<Self, Failure> {
        let tools = Tools::prepare(data, log)?;
        if !data.join("PG_VERSION").is_file() {
            tools.initdb(NAME, password).await?;
        }
        leftover::forget_stale(data);
        // Another program may take the port between our look and PostgreSQL's start.
        let mut tries = 0;
        loop {
            tries += 1;
            let port = free_port()?;
            let mut child = tools.start(port)?;
            match wait_until_it_answers(&mut child, password, port, log, stop).await {
                Ok(pid) => {
                    return Ok(Self {
                        data: data.to_path_buf(),
                        password: password.to_owned(),
                        port,
                        pid,
                        child: Some(child),
                        stopped: false,
                    });
                }
                Err(error) => {
                    if let Some(pid) = process_id(&child) {
                        stop_process(pid, data).await?;
                    }
                    let _ = child.wait().await;
                    if tries == 3 || stop.is_cancelled() {
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn ensure_database(&self) -> Result<(), Failure> {
        let failed = |error: sqlx::Error| {
            Failure::other(format!(
                "The private PostgreSQL has no usable database ({error}): start anew with --fresh, which deletes all data."
            ))
        };
        let mut connection = PgConnection::connect(&url(&self.password, self.port, "postgres"))
            .await
            .map_err(failed)?;
        let made = connection
            .execute(format!("CREATE DATABASE {NAME}").as_str())
            .await;
        match made {
            Ok(_) => {}
            // 42P04, duplicate_database: it is there already.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P04") => {}
            Err(error) => return Err(failed(error)),
        }
        connection.close().await.map_err(failed)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The last resort, after a panic: nobody waits for it.
        if !self.stopped {
            let _ = kill(self.pid, Signal::SIGINT);
        }
    }
}

fn url(password: &str, port: u16, database: &str) -> String {
    format!("postgres://{NAME}:{password}@127.0.0.1:{port}/{database}")
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::other(format!("No port is free for the private PostgreSQL ({error}): end a program that holds many.")))
}

/// `None` once it has ended.
fn process_id(child: &Child) -> Option<Pid> {
    child
        .id()
        .and_then(|pid| i32::try_from(pid).ok())
        .map(Pid::from_raw)
}

async fn wait_until_it_answers(
    child: &mut Child,
    password: &str,
    port: u16,
    log: &Path,
    stop: &CancellationToken,
) -> Result<Pid, Failure> {
    let pid = process_id(child);
    let end = Instant::now() + START_LIMIT;
    while let (Some(pid), Ok(None)) = (pid, child.try_wait()) {
        if PgConnection::connect(&url(password, port, "postgres"))
            .await
            .is_ok()
        {
            return Ok(pid);
        }
        if Instant::now() > end || stop.is_cancelled() {
            break;
        }
        sleep(Duration::from_millis(25)).await;
    }
    Err(Failure::other(format!(
        "The private PostgreSQL didn't start; its log {} ends: {}",
        log.display(),
        log_end(log)
    )))
}
