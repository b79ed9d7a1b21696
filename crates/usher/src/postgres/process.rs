//! Runs PostgreSQL's programs as an unprivileged user.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::Write as _,
    os::{
        fd::AsRawFd as _,
        unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, chown},
    },
    path::{Path, PathBuf},
    process::Stdio,
};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use tokio::process::{Child, Command};

use super::{
    account::{Account, account_for},
    programs::{self, Programs},
};
use crate::failure::Failure;

/// The log is for the last runs, not for ever.
const LOG_LIMIT: u64 = 8 * 1024 * 1024;

/// Durable as always, small in memory. A statement or a DETAIL in the log could hold personal data.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=128MB",
    "max_connections=200",
    "max_wal_size=1GB",
    "jit=off",
    "timezone=UTC",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "logging_collector=off",
];

/// The programs, and what they need to run on one data folder.
pub struct Tools {
    programs: Programs,
    account: Option<Account>,
    data: PathBuf,
    log: PathBuf,
}

impl Tools {
    /// Finds the programs and makes the data folder.
    ///
    /// # Errors
    /// When the programs are missing, or the folder can't be made.
    pub fn prepare(data: &Path, log: &Path) -> Result<Self, Failure> {
        let programs = programs::find(data)?;
        let account = account_for(data)?;
        if !data.is_dir() {
            DirBuilder::new()
                .mode(0o700)
                .create(data)
                .map_err(|error| unusable(data, &error))?;
        }
        if let Some(account) = account {
            own(data, account).map_err(|error| unusable(data, &error))?;
        }
        Ok(Self {
            programs,
            account,
            data: data.to_path_buf(),
            log: log.to_path_buf(),
        })
    }

    /// Makes an empty cluster whose superuser is `owner`.
    ///
    /// # Errors
    /// When `initdb` fails; with its words.
    pub async fn initdb(&self, owner: &str, password: &str) -> Result<(), Failure> {
        // A run that was killed in the middle of it left half a cluster, which initdb refuses.
        for entry in fs::read_dir(&self.data)
            .map_err(|error| unusable(&self.data, &error))?
            .filter_map(Result::ok)
        {
            let path = entry.path();
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(|error| unusable(&path, &error))?;
        }
        let secret = self.data.with_file_name("postgres.password");
        let written = self
            .write_password(&secret, password)
            .map_err(|error| unusable(&secret, &error))?;
        let folder = Inherited::open(&self.data).map_err(|error| unusable(&self.data, &error))?;
        let output = self
            .command("initdb")
            .args([
                "-D",
                &folder.path,
                "-U",
                owner,
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--auth=scram-sha-256",
            ])
            .arg(format!("--pwfile={}", written.path))
            .output()
            .await;
        let _ = fs::remove_file(&secret);
        let output = output.map_err(|error| {
            Failure::other(format!(
                "{} can't be run: {error}.",
                self.programs.path("initdb").display()
            ))
        })?;
        if output.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr)
            .trim()
            .replace('\n', " ");
        Err(Failure::other(format!(
            "PostgreSQL's initdb could not make a database in {}: {words}",
            self.data.display()
        )))
    }

    /// Starts the server on a port of the loopback address.
    ///
    /// # Errors
    /// When the program can't be run.
    pub fn start(&self, port: u16) -> Result<Child, Failure> {
        let log = self
            .open_log()
            .map_err(|error| unusable(&self.log, &error))?;
        let also = log
            .try_clone()
            .map_err(|error| unusable(&self.log, &error))?;
        let folder = Inherited::open(&self.data).map_err(|error| unusable(&self.data, &error))?;
        let mut command = self.command("postgres");
        command.args(["-D", &folder.path, "-p", &port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.stdout(log).stderr(also).spawn().map_err(|error| {
            Failure::other(format!(
                "{} can't be run: {error}.",
                self.programs.path("postgres").display()
            ))
        })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.path(program));
        command
            .current_dir("/")
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.programs.folder.display()),
            )
            .stdin(Stdio::null())
            // A group of its own: the terminal's Ctrl-C is for us, and we stop PostgreSQL when its time has come.
            .process_group(0);
        if let Some(account) = self.account {
            command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
        }
        command
    }

    fn write_password(&self, path: &Path, password: &str) -> std::io::Result<Inherited> {
        let _ = fs::remove_file(path);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        writeln!(file, "{password}")?;
        if let Some(account) = self.account {
            own(path, account)?;
        }
        Inherited::open(path)
    }

    fn open_log(&self) -> std::io::Result<File> {
        let long = fs::metadata(&self.log).is_ok_and(|data| data.len() > LOG_LIMIT);
        if long {
            fs::remove_file(&self.log)?;
        }
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.log)
    }
}

/// A file or folder that a child process may reach through our open handle, wherever it lies: an
/// unprivileged user can't walk through `/root` or another's private folder.
struct Inherited {
    /// Open until the child has started.
    _file: File,
    path: String,
}

impl Inherited {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        fcntl(&file, FcntlArg::F_SETFD(FdFlag::empty()))?;
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        Ok(Self { _file: file, path })
    }
}

fn own(path: &Path, account: Account) -> std::io::Result<()> {
    chown(path, Some(account.uid.as_raw()), Some(account.gid.as_raw()))
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::other(format!(
        "{} can't be used for the private PostgreSQL ({error}): name another data folder with --data DIR.",
        path.display()
    ))
}

/// The last words of a log.
#[must_use]
pub fn log_end(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}
