//! The real binary, started as a user starts it.

use std::{
    env,
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{
    Admin, Mailbox, Sumsub, counts::Counts, portal::Portal, processes, simulator::Simulator, until,
};

/// From spawn to ready file: `initdb`, migrations and three slow password hashes, in a debug build, on a busy machine.
const START: Duration = Duration::from_secs(150);
/// Any free port, unless a story names one.
const PORTS: [&str; 4] = ["--admin-port", "--public-port", "--ops-port", "--dev-port"];
const STOP: Duration = Duration::from_secs(45);

/// The ready file (`design.md`, *Running it*).
#[derive(Debug, Clone, Deserialize)]
pub struct Ready {
    pub admin_url: String,
    pub public_url: String,
    pub ops_url: String,
    pub dev_url: String,
    pub webhook_url: String,
    pub database_url: String,
    pub webhook_secret: String,
    pub sumsub_app_token: String,
    pub sumsub_secret_key: String,
    pub api_token: String,
    pub operators: Vec<Operator>,
}

/// A seeded operator of `usher dev`.
#[derive(Debug, Clone, Deserialize)]
pub struct Operator {
    pub email: String,
    pub password: String,
    pub role: String,
}

impl Ready {
    /// The seeded operator with this role.
    ///
    /// # Errors
    /// When there is none.
    pub fn operator(&self, role: &str) -> Result<&Operator> {
        self.operators
            .iter()
            .find(|operator| operator.role == role)
            .ok_or_else(|| anyhow!("the ready file has no operator with the role {role}"))
    }
}

/// One `usher dev` with a data folder of its own; dropping it ends everything that it started.
pub struct Usher {
    home: TempDir,
    args: Vec<String>,
    settings: Vec<(String, String)>,
    log: PathBuf,
    /// Another binary than [`binary`] finds.
    program: Option<PathBuf>,
    child: Option<Child>,
    ready: Option<Ready>,
}

impl Usher {
    /// Starts `usher dev` on free ports and waits until it says that all of it answers.
    ///
    /// # Errors
    /// When the binary is missing, ends early or does not get ready; with the end of its log.
    pub async fn start(name: &str) -> Result<Self> {
        Self::start_with(name, &[]).await
    }

    /// The same with more arguments.
    ///
    /// # Errors
    /// As [`Usher::start`].
    pub async fn start_with(name: &str, args: &[&str]) -> Result<Self> {
        let mut usher = Self::prepare(name, args)?;
        usher.launch().await?;
        Ok(usher)
    }

    /// Makes the folders and starts nothing yet.
    ///
    /// # Errors
    /// When a folder can't be made.
    pub fn prepare(name: &str, args: &[&str]) -> Result<Self> {
        // PostgreSQL runs as another user when we are root: that user has to get through to its data.
        let home = tempfile::Builder::new().prefix("usher-e2e-").tempdir()?;
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755))?;
        Ok(Self {
            home,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            settings: Vec::new(),
            log: log_file(name)?,
            program: None,
            child: None,
            ready: None,
        })
    }

    /// Another build of the binary.
    #[must_use]
    pub fn with_binary(mut self, program: PathBuf) -> Self {
        self.program = Some(program);
        self
    }

    /// Configured by this environment variable, for example `USHER_RETENTION__YEARS`.
    #[must_use]
    pub fn with_setting(mut self, variable: &str, value: &str) -> Self {
        self.settings.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// Starts the binary on this data folder (again) and waits for its ready file.
    ///
    /// # Errors
    /// As [`Usher::start`].
    pub async fn launch(&mut self) -> Result<()> {
        self.spawn()?;
        self.wait_ready().await
    }

    /// Starts the binary and doesn't wait.
    ///
    /// # Errors
    /// When the binary is missing or already runs.
    pub fn spawn(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "this Usher already runs");
        let _ = fs::remove_file(self.ready_file());
        self.ready = None;
        let log = File::options().create(true).append(true).open(&self.log)?;
        let child = self
            .command()?
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("could not start usher")?;
        self.child = Some(child);
        Ok(())
    }

    /// The command as it is started, for stories that expect it to refuse.
    ///
    /// # Errors
    /// When the binary is missing.
    pub fn command(&self) -> Result<Command> {
        let mut command = Command::new(self.program.clone().map_or_else(binary, Ok)?);
        command
            .arg("dev")
            .arg("--data")
            .arg(self.data())
            .arg("--ready-file")
            .arg(self.ready_file())
            .args(&self.args)
            // Not where an usher.toml may lie.
            .current_dir(self.home.path());
        for port in PORTS
            .iter()
            .filter(|port| !self.args.iter().any(|arg| arg == *port))
        {
            command.args([port, "0"]);
        }
        without_ours(&mut command);
        command.envs(
            self.settings
                .iter()
                .map(|(variable, value)| (variable, value)),
        );
        Ok(command)
    }

    /// One more argument for the next starts.
    pub fn add_argument(&mut self, argument: &str) {
        self.args.push(argument.to_owned());
    }

    /// Waits for the ready file of a started binary.
    ///
    /// # Errors
    /// As [`Usher::start`].
    pub async fn wait_ready(&mut self) -> Result<()> {
        let start = std::time::Instant::now();
        loop {
            if let Ok(text) = fs::read_to_string(self.ready_file())
                && let Ok(ready) = serde_json::from_str::<Ready>(&text)
            {
                self.ready = Some(ready);
                return Ok(());
            }
            if let Some(status) = self
                .child
                .as_mut()
                .map(Child::try_wait)
                .transpose()?
                .flatten()
            {
                self.child = None;
                bail!(
                    "usher ended with {status} before it was ready; its last words:\n{}",
                    self.last_words()
                );
            }
            if start.elapsed() > START {
                bail!(
                    "usher was not ready within {START:?}; its last words:\n{}",
                    self.last_words()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

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

    /// What the ready file says.
    ///
    /// # Panics
    /// Never after a start that went well.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "every way to a running Usher waits for the ready file first"
    )]
    pub fn ready(&self) -> &Ready {
        self.ready.as_ref().expect("usher was started")
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Where the ready file is.
    #[must_use]
    pub fn ready_file(&self) -> PathBuf {
        self.home.path().join("ready.json")
    }

    /// All that the server has logged so far.
    ///
    /// # Errors
    /// When the log can't be read.
    pub fn logged(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// Where the log of the server is; it stays after the run.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(40)..].join("\n");
        format!("{tail}\n(the whole log: {})", self.log.display())
    }

    /// The panel, asked by a program with the API token.
    ///
    /// # Errors
    /// When a URL of the ready file is malformed.
    pub fn admin(&self) -> Result<Admin> {
        Admin::with_token(&self.ready().admin_url, &self.ready().api_token)
    }

    /// The portal, in a fresh browser window without JavaScript.
    ///
    /// # Errors
    /// When a URL of the ready file is malformed.
    pub fn portal(&self) -> Result<Portal> {
        Portal::new(&self.ready().public_url)
    }

    /// Sumsub's end of the webhook.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn sumsub(&self) -> Result<Sumsub> {
        Sumsub::new(&self.ready().webhook_url, &self.ready().webhook_secret)
    }

    /// The development mailbox.
    ///
    /// # Errors
    /// When a URL of the ready file is malformed.
    pub fn mailbox(&self) -> Result<Mailbox> {
        Mailbox::new(&self.ready().dev_url)
    }

    /// The simulator's pages.
    ///
    /// # Errors
    /// When a URL of the ready file is malformed.
    pub fn simulator(&self) -> Result<Simulator> {
        Simulator::new(&self.ready().dev_url)
    }

    /// Sets the clock forward by so much, such as `8d`; answers how far it is ahead then.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn set_forward(&self, by: &str) -> Result<Duration> {
        let clock = format!("{}/clock", self.ready().dev_url.trim_end_matches('/'));
        let client = reqwest::Client::builder().no_proxy().build()?;
        let step = serde_json::json!({"forward": by});
        let answer = client.post(clock).json(&step).send().await?;
        let (status, words) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "the clock: {status} {words}");
        let now: serde_json::Value = serde_json::from_str(&words)?;
        let ahead = now["ahead_seconds"].as_u64().context("no offset")?;
        Ok(Duration::from_secs(ahead))
    }

    /// The database, for counting from outside.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn counts(&self) -> Result<Counts> {
        let url = self.ready().database_url.clone();
        until(
            "a connection to the private PostgreSQL",
            Duration::from_secs(20),
            || Counts::connect(&url),
        )
        .await
    }
}

impl Drop for Usher {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        processes::clear(&self.data());
    }
}

/// The binary with these arguments, in an environment that no test run leaks into and in a folder without an `usher.toml`.
///
/// # Errors
/// When the binary is missing.
pub fn program(args: &[&str]) -> Result<Command> {
    let mut command = Command::new(binary()?);
    command.args(args).current_dir("/");
    without_ours(&mut command);
    Ok(command)
}

/// Takes out of a command's environment what the developer's shell has for Usher: it is not for the test.
pub(crate) fn without_ours(command: &mut Command) {
    for (key, _) in
        env::vars().filter(|(key, _)| key.starts_with("USHER_") || key == "DATABASE_URL")
    {
        command.env_remove(key);
    }
}

/// Where the binary is: `USHER_BIN`, else beside the test in the target folder.
///
/// # Errors
/// When it isn't there, with what to do.
pub fn binary() -> Result<PathBuf> {
    if let Ok(path) = env::var("USHER_BIN") {
        let path = PathBuf::from(path);
        ensure!(
            path.is_file(),
            "USHER_BIN names {}, which is no file",
            path.display()
        );
        // It is started from another folder.
        return Ok(path.canonicalize()?);
    }
    let path = target_folder()?.join("debug/usher");
    ensure!(
        path.is_file(),
        "{} is missing: `cargo build -p usher` first, or name it in USHER_BIN",
        path.display()
    );
    Ok(path)
}

/// The workspace's target folder: this test lies in it.
///
/// # Errors
/// When this program lies somewhere else.
pub fn target_folder() -> Result<PathBuf> {
    let this = env::current_exe()?;
    this.ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            anyhow!(
                "{} does not lie in a target folder of cargo",
                this.display()
            )
        })
}

fn log_file(name: &str) -> Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let folder = target_folder()?.join("e2e");
    fs::create_dir_all(&folder)?;
    let log = folder.join(format!(
        "{name}-{}.log",
        NEXT.fetch_add(1, Ordering::Relaxed)
    ));
    let _ = fs::remove_file(&log);
    Ok(log)
}
