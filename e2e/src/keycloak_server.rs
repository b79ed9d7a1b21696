//! A Keycloak of one's own, to be stopped, killed and hung; and a look into its realms behind the product's back.

use std::{
    env,
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, ensure};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{until, usher::target_folder};

/// Name and password of its administrator.
pub const ADMINISTRATOR: &str = "admin";
const START: Duration = Duration::from_secs(300);
const STOP: Duration = Duration::from_secs(60);

/// A Keycloak with a database of its own, always at the same address.
pub struct KeycloakServer {
    folder: TempDir,
    home: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl KeycloakServer {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// When it isn't installed (`scripts/setup-keycloak.sh`), or doesn't answer.
    pub async fn start() -> Result<Self> {
        let home = env::var("USHER_KEYCLOAK_HOME").context(
            "USHER_KEYCLOAK_HOME is not set: run `make test`, or scripts/with-keycloak.sh",
        )?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let mut server = Self {
            folder: tempfile::Builder::new()
                .prefix("usher-keycloak-")
                .tempdir()?,
            home: PathBuf::from(home),
            port,
            child: None,
        };
        server.spawn()?;
        server.answers().await?;
        Ok(server)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it again on its database, and doesn't wait.
    ///
    /// # Errors
    /// When it runs, or can't be started.
    pub fn spawn(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "this Keycloak already runs");
        let logs = target_folder()?.join("e2e");
        fs::create_dir_all(&logs)?;
        let log = File::create(logs.join(format!("keycloak-{}.log", self.port)))?;
        let database = self.folder.path().join("database");
        let child = Command::new(self.home.join("bin/kc.sh"))
            .args(["start-dev", "--http-host=127.0.0.1", "--cache=local"])
            .arg(format!("--http-port={}", self.port))
            .arg(format!(
                "--db-url=jdbc:h2:file:{};NON_KEYWORDS=VALUE",
                database.display()
            ))
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMINISTRATOR)
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMINISTRATOR)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .context("could not start Keycloak")?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn answers(&self) -> Result<()> {
        let url = format!("{}/realms/master", self.url());
        until("an answer of Keycloak", START, || async {
            reqwest::get(&url).await?.error_for_status()?;
            Ok(())
        })
        .await
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it doesn't run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let child = self.child.as_ref().context("this Keycloak doesn't run")?;
        // kc.sh and its Java are a process group.
        killpg(Pid::from_raw(i32::try_from(child.id())?), signal)?;
        Ok(())
    }

    /// Ends it by a signal and waits until it is gone.
    ///
    /// # Errors
    /// When it doesn't end.
    pub async fn end(&mut self, signal: Signal) -> Result<()> {
        self.signal(signal)?;
        let mut child = self.child.take().context("this Keycloak doesn't run")?;
        let start = std::time::Instant::now();
        while child.try_wait()?.is_none() {
            if start.elapsed() > STOP {
                let _ = killpg(Pid::from_raw(i32::try_from(child.id())?), Signal::SIGKILL);
                return Err(anyhow!("Keycloak did not end within {STOP:?} of {signal}"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// The flags of `usher dev` with which it uses this Keycloak.
    #[must_use]
    pub fn flags(&self) -> [String; 2] {
        ["--keycloak-url".to_owned(), self.url()]
    }
}

impl Drop for KeycloakServer {
    fn drop(&mut self) {
        let _ = self.signal(Signal::SIGKILL);
        if let Some(mut child) = self.child.take() {
            let _ = child.wait();
        }
    }
}

/// A realm, seen by an administrator.
pub struct Realm {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) name: String,
}

impl Realm {
    /// This realm of the Keycloak at `base`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(base: &str, name: &str) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                .build()?,
            base: base.trim_end_matches('/').to_owned(),
            name: name.to_owned(),
        })
    }

    pub(crate) async fn token(&self, realm: &str, user: &str, password: &str) -> Result<Value> {
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", user),
            ("password", password),
        ];
        self.ask_for_token(realm, &form).await
    }

    pub(crate) async fn ask_for_token(&self, realm: &str, form: &[(&str, &str)]) -> Result<Value> {
        let url = format!("{}/realms/{realm}/protocol/openid-connect/token", self.base);
        Ok(self.http.post(url).form(form).send().await?.json().await?)
    }

    /// Asks the admin API.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let token = self.token("master", ADMINISTRATOR, ADMINISTRATOR).await?;
        let token = token["access_token"].as_str().context("no token")?;
        let url = format!("{}/admin/realms/{}/{path}", self.base, self.name);
        let answer = self.http.get(url).bearer_auth(token).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Every user of the realm that carries a customer's id.
    ///
    /// # Errors
    /// When Keycloak refuses.
    pub async fn customers(&self) -> Result<Vec<Value>> {
        let users = self.get("users?max=100000").await?;
        let users = users.as_array().context("no list of users")?;
        Ok(users
            .iter()
            .filter(|user| user["attributes"]["customerId"].is_array())
            .cloned()
            .collect())
    }

    /// What somebody's attempt to sign in comes to, in Keycloak's words; empty when they are in.
    ///
    /// # Errors
    /// When Keycloak doesn't answer.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<String> {
        let answer = self.token(&self.name, email, password).await?;
        Ok(answer["error_description"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }
}
