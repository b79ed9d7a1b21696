//! A PostgreSQL that may be stopped, killed and started again.

use std::{
    env, fs,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User, geteuid},
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use super::port;
use crate::{until, wait::LATER};

/// The owner of everything in it, a superuser.
const OWNER: &str = "usher";
const DATABASE: &str = "usher";
/// Processes die here, the machine doesn't: nothing is gained by waiting for the disk.
const SETTINGS: [&str; 7] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "fsync=off",
    "jit=off",
    "timezone=UTC",
    "log_min_error_statement=panic",
];

/// One cluster with an empty database; it goes when it is dropped.
pub struct Cluster {
    home: TempDir,
    programs: PathBuf,
    /// Whom PostgreSQL runs as when we are root, which it refuses to be.
    account: Option<User>,
    port: u16,
    child: Option<Child>,
}

impl Cluster {
    /// Makes it and starts it.
    ///
    /// # Errors
    /// When PostgreSQL's programs are missing or don't do it.
    pub async fn start() -> Result<Self> {
        let home = tempfile::Builder::new()
            .prefix("usher-outages-")
            .tempdir()?;
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755))?;
        let mut cluster = Self {
            programs: programs()?,
            account: account()?,
            port: port()?,
            child: None,
            home,
        };
        fs::create_dir(cluster.data())?;
        if let Some(user) = &cluster.account {
            chown(
                cluster.data(),
                Some(user.uid.as_raw()),
                Some(user.gid.as_raw()),
            )?;
        }
        let data = cluster.data();
        let made = cluster
            .command("initdb")
            .arg("-D")
            .arg(&data)
            .args(["-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8"])
            .args(["--auth=trust", "--no-sync"])
            .output()?;
        ensure!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        cluster.come_back().await?;
        let mut connection = PgConnection::connect(&cluster.at("postgres")).await?;
        connection
            .execute(format!("CREATE DATABASE {DATABASE}").as_str())
            .await?;
        Ok(cluster)
    }

    /// The port of loopback that it listens on, whenever it does.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The owner's way to the database, past every line that may be cut.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.at(DATABASE)
    }

    /// A role's way to the database through another port.
    #[must_use]
    pub fn url_through(&self, role: &str, port: u16) -> String {
        format!("postgres://{role}@127.0.0.1:{port}/{DATABASE}?sslmode=disable")
    }

    fn at(&self, database: &str) -> String {
        format!(
            "postgres://{OWNER}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// Ends it: SIGINT is a clean stop that cuts connections, SIGQUIT a crash, SIGKILL takes the postmaster alone.
    ///
    /// # Errors
    /// When it does not run or does not end.
    pub async fn stop(&mut self, signal: Signal) -> Result<()> {
        let mut child = self.child.take().context("PostgreSQL does not run")?;
        kill(Pid::from_raw(i32::try_from(child.id())?), signal)?;
        for _ in 0..3000 {
            if child.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("PostgreSQL did not end on {signal}")
    }

    /// Starts it again and waits until it answers.
    ///
    /// # Errors
    /// When it doesn't, with its last words.
    pub async fn come_back(&mut self) -> Result<()> {
        let start = std::time::Instant::now();
        while start.elapsed() < LATER {
            // What a killed postmaster left may hold the next one off for a moment.
            if self
                .child
                .as_mut()
                .is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
            {
                self.child = Some(self.launch()?);
            }
            if PgConnection::connect(&self.at("postgres")).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(10).collect();
        bail!("PostgreSQL does not answer; it says (newest first): {tail:#?}")
    }

    /// Has the owner say something.
    ///
    /// # Errors
    /// When PostgreSQL refuses it or is away.
    pub async fn say(&self, statements: &[&str]) -> Result<()> {
        let url = self.owner_url();
        let mut connection = until("the owner's connection", LATER, || async {
            Ok(PgConnection::connect(&url).await?)
        })
        .await?;
        for statement in statements {
            connection.execute(*statement).await?;
        }
        connection.close().await?;
        Ok(())
    }

    fn launch(&self) -> Result<Child> {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())?;
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("could not start postgres")
    }

    /// Ends with us, whatever happens to us; and not by the terminal's Ctrl-C, which is for us.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        if let Some(user) = &self.account {
            command
                .arg(format!("--reuid={}", user.uid))
                .arg(format!("--regid={}", user.gid))
                .arg("--clear-groups");
        }
        command
            .args(["--pdeathsig", "QUIT"])
            .arg(self.programs.join(program))
            .current_dir("/")
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("PATH", format!("{}:/usr/bin:/bin", self.programs.display()))
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("postgres.log")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            if let Ok(pid) = i32::try_from(child.id()) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
            }
            let _ = child.wait();
        }
    }
}

/// The newest of Debian's, else those in PATH.
fn programs() -> Result<PathBuf> {
    let has = |folder: &Path| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .filter(|(_, folder)| has(folder))
        .collect();
    debian.sort();
    if let Some((_, folder)) = debian.pop() {
        return Ok(folder);
    }
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .find(|folder| has(folder))
        .context("PostgreSQL's programs are missing: run scripts/setup-run.sh")
}

fn account() -> Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    bail!(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody"
    )
}
