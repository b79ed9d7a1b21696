//! The real binary, started as a user starts it.

mod binary;
mod clients;
mod end;
mod ready;

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use self::binary::log_file;
use crate::processes;

pub(crate) use self::binary::without_ours;
pub use self::{
    binary::{binary, program, target_folder},
    ready::{Operator, Ready},
};

/// From spawn to ready file: `initdb`, migrations and three slow password hashes, in a debug build, on a busy machine.
const START: Duration = Duration::from_secs(150);
/// Any free port, unless a story names one.
const PORTS: [&str; 4] = ["--admin-port", "--public-port", "--ops-port", "--dev-port"];

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
