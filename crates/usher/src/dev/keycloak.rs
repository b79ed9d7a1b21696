//! A Keycloak for `usher dev`: one that is started beside it, or one that runs already; either is made ready.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use identity::keycloak::{Administrator, KeycloakConfig, Secrets, StaffMember, set_up};
use nix::{
    errno::Errno,
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{operators::OPERATORS, secrets::DevSecrets};
use crate::{
    app::keycloak_urls, cli::DevArgs, config::Config, failure::Failure, postgres::works_in, say,
};

/// The version that `scripts/setup-keycloak.sh` fetches.
const VERSION: &str = "26.7.3";
const ADMINISTRATOR: &str = "admin";
/// The first start builds: half a minute, and longer on a busy machine.
const START_AT_MOST: Duration = Duration::from_secs(240);
const STOP_AT_MOST: Duration = Duration::from_secs(20);

/// The Keycloak that a run of `usher dev` uses.
pub struct Keycloak {
    url: Url,
    administrator: Administrator,
    /// Ours, when we started it.
    process: Option<Process>,
}

impl Keycloak {
    /// Starts it, or takes the one that the flags name; none when they ask for none.
    ///
    /// # Errors
    /// When it isn't installed, doesn't start, or its password is missing.
    pub async fn of(
        args: &DevArgs,
        data: &Path,
        secrets: &DevSecrets,
        stop: &CancellationToken,
    ) -> Result<Option<Self>, Failure> {
        if let Some(url) = &args.keycloak_url {
            let password = args.keycloak_admin_password.clone().ok_or_else(|| {
                Failure::configuration(
                    "The password of Keycloak's administrator is missing: set the environment variable USHER_KEYCLOAK_ADMIN_PASSWORD.",
                )
            })?;
            return Ok(Some(Self {
                url: url.clone(),
                administrator: Administrator {
                    user: args.keycloak_admin.clone(),
                    password,
                },
                process: None,
            }));
        }
        if !args.keycloak {
            return Ok(None);
        }
        let process = Process::start(data, &secrets.keycloak, stop).await?;
        Ok(Some(Self {
            url: process.url.clone(),
            administrator: Administrator {
                user: ADMINISTRATOR.to_owned(),
                password: secrets.keycloak.clone(),
            },
            process: Some(process),
        }))
    }

    /// Makes it ready for a panel and a portal at these places, with the seeded operators; answers how it is reached.
    ///
    /// # Errors
    /// When it doesn't answer, or refuses.
    pub async fn prepare(
        &self,
        config: &Config,
        secrets: &DevSecrets,
        admin: &Url,
        public: &Url,
    ) -> Result<KeycloakConfig, Failure> {
        let section = &config.identity.keycloak;
        let mut keycloak = KeycloakConfig {
            url: self.url.clone(),
            public_url: None,
            internal_realm: section.internal_realm.clone(),
            customer_realm: section.customer_realm.clone(),
            panel_secret: secrets.keycloak.clone(),
            portal_secret: secrets.keycloak.clone(),
            provisioning_secret: secrets.keycloak.clone(),
            partial_import: section.partial_import,
            timeout: section.timeout,
        };
        let ours = || Some(secrets.keycloak.clone());
        let staff: Vec<StaffMember> = OPERATORS
            .iter()
            .map(|(email, role)| StaffMember {
                email: (*email).to_owned(),
                password: secrets.operator_password.clone(),
                role: *role,
            })
            .collect();
        let prepared = set_up(
            &keycloak,
            &self.administrator,
            &Secrets {
                panel: ours(),
                portal: ours(),
                provisioning: ours(),
            },
            &keycloak_urls(admin, public),
            &staff,
        )
        .await
        .map_err(|error| Failure::other(format!("{error}.")))?;
        for line in &prepared.report {
            tracing::debug!("{line}");
        }
        keycloak.panel_secret = prepared.panel_secret;
        keycloak.portal_secret = prepared.portal_secret;
        keycloak.provisioning_secret = prepared.provisioning_secret;
        Ok(keycloak)
    }

    /// Ends it, if we started it.
    pub async fn stop(self) {
        if let Some(process) = self.process {
            process.stop().await;
        }
    }
}

struct Process {
    child: Child,
    url: Url,
    pid_file: PathBuf,
}

impl Process {
    async fn start(data: &Path, password: &str, stop: &CancellationToken) -> Result<Self, Failure> {
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

    async fn stop(mut self) {
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
