//! The Keycloak that `usher dev` starts and ends itself.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{failure::Failure, postgres::works_in, say};

/// The version that `scripts/setup-keycloak.sh` fetches.
const VERSION: &str = "26.7.3";
/// The user that its first start makes.
pub const ADMINISTRATOR: &str = "admin";
/// The first start builds: half a minute, and longer on a busy machine.
const START_AT_MOST: Duration = Duration::from_secs(240);
const STOP_AT_MOST: Duration = Duration::from_secs(20);

/// A Keycloak of ours, and the processes that it consists of.
pub struct Process {
    child: Child,
    pub url: Url,
    pid_file: PathBuf,
}

impl Process {
    /// Starts it on its folder in the data folder, and waits until it answers.
    ///
    /// # Errors
    /// When it isn't installed or doesn't start.
    pub async fn start(
        data: &Path,
        password: &str,
        stop: &CancellationToken,
    ) -> Result<Self, Failure> {
        let home = home()?;
        let folder = data.join("keycloak");
        let unusable = |error: std::io::Error| {
            Failure::other(format!(
                "{} can't be used for Keycloak ({error}): name another data folder with --data DIR.",
                folder.display()
            ))
        };
        fs::create_dir_all(&folder).map_err(unusable)?;
        let folder = fs::canonicalize(&folder).map_err(unusable)?;
        let pid_file = folder.join("pid");
        end_leftover(&pid_file, &folder).await;
        let log_path = folder.join("log");
        let log = fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&log_path)
            .map_err(unusable)?;
        let also = log.try_clone().map_err(unusable)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(unusable)?
            .port();
        let child = Command::new(home.join("bin/kc.sh"))
            .args([
                "start-dev",
                "--http-host=127.0.0.1",
                &format!("--http-port={port}"),
                "--cache=local",
                &format!(
                    "--db-url=jdbc:h2:file:{}/database;NON_KEYWORDS=VALUE",
                    folder.display()
                ),
            ])
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMINISTRATOR)
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", password)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(also)
            // A group of its own: the terminal's Ctrl-C is for us.
            .process_group(0)
            .spawn()
            .map_err(|error| {
                Failure::other(format!(
                    "Keycloak can't be started ({error}): run scripts/setup-keycloak.sh, which installs it and Java."
                ))
            })?;
        let url = Url::parse(&format!("http://127.0.0.1:{port}"))
            .map_err(|error| Failure::other(format!("Keycloak has no address: {error}.")))?;
        if let Some(pid) = child.id() {
            let _ = fs::write(&pid_file, pid.to_string());
        }
        let mut process = Self {
            child,
            url,
            pid_file,
        };
        if let Err(failure) = process.ready(&log_path, stop).await {
            process.end().await;
            return Err(failure);
        }
        Ok(process)
    }

    async fn ready(&mut self, log: &Path, stop: &CancellationToken) -> Result<(), Failure> {
        let begun = Instant::now();
        say::aside("Starting Keycloak (the first start takes half a minute) …");
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(2))
            .build()
            .map_err(|error| Failure::other(format!("No HTTP client can be made: {error}.")))?;
        let asked = format!("{}realms/master", self.url);
        let mut said = 0;
        while begun.elapsed() < START_AT_MOST && !stop.is_cancelled() {
            if let Ok(answer) = client.get(&asked).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            if let Ok(Some(_)) = self.child.try_wait() {
                break;
            }
            let seconds = begun.elapsed().as_secs();
            if seconds >= said + 5 {
                said = seconds;
                say::aside(format_args!("  … {seconds} s"));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Err(Failure::other(format!(
            "Keycloak didn't start; {} says why.",
            log.display()
        )))
    }

    /// Ends it, by force when it takes too long.
    pub async fn stop(mut self) {
        self.end().await;
    }

    async fn end(&mut self) {
        if let Some(group) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            let group = Pid::from_raw(group);
            let _ = killpg(group, Signal::SIGTERM);
            if tokio::time::timeout(STOP_AT_MOST, self.child.wait())
                .await
                .is_err()
            {
                let _ = killpg(group, Signal::SIGKILL);
                let _ = self.child.wait().await;
            }
        }
        let _ = fs::remove_file(&self.pid_file);
    }
}

/// A run that was killed left its Keycloak, which holds the database.
async fn end_leftover(pid_file: &Path, folder: &Path) {
    let Some(pid) = fs::read_to_string(pid_file)
        .ok()
        .and_then(|text| text.trim().parse::<i32>().ok())
    else {
        return;
    };
    if !works_in(Pid::from_raw(pid), folder) {
        return;
    }
    say::aside("Ending the Keycloak that the last run left behind …");
    // kc.sh and its Java are a process group.
    let pid = Pid::from_raw(pid);
    let _ = killpg(pid, Signal::SIGTERM);
    let begun = Instant::now();
    while killpg(pid, None) != Err(Errno::ESRCH) {
        if begun.elapsed() > STOP_AT_MOST {
            let _ = killpg(pid, Signal::SIGKILL);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Where `scripts/setup-keycloak.sh` puts it.
fn home() -> Result<PathBuf, Failure> {
    let folder = env::var_os("USHER_KEYCLOAK_HOME")
        .map(PathBuf::from)
        .or_else(|| {
            let tools = env::var_os("USHER_TOOLS").map(PathBuf::from).or_else(|| {
                let cache = env::var_os("XDG_CACHE_HOME")
                    .map(PathBuf::from)
                    .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
                Some(cache.join("usher-tools"))
            })?;
            Some(tools.join(format!("keycloak-{VERSION}")))
        });
    match folder {
        Some(folder) if folder.join("bin/kc.sh").is_file() => Ok(folder),
        _ => Err(Failure::other(
            "Keycloak isn't installed here: run scripts/setup-keycloak.sh, which fetches it once (177 MB) and Java, or name a running one with --keycloak-url URL.",
        )),
    }
}
