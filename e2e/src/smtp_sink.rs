//! A mail server that isn't ours (`python3-aiosmtpd` of Debian) and can be away.

use std::{
    collections::HashMap,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::until;

const PROGRAM: &str = include_str!("smtp_sink.py");

/// A mail as it came over SMTP.
#[derive(Debug, Clone, Deserialize)]
pub struct Taken {
    /// The addresses that it was sent to.
    pub to: Vec<String>,
    /// The Message-ID, without the angle brackets.
    pub message_id: String,
    /// The text part, decoded.
    pub text: String,
}

/// A place for a mail server: the port is ours, the server may run or not.
pub struct SmtpSink {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl SmtpSink {
    /// Takes a free port and starts nothing.
    ///
    /// # Errors
    /// When no port is free.
    pub fn away() -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        Ok(Self {
            folder: tempfile::tempdir()?,
            port,
            child: None,
        })
    }

    /// Where it listens, or would.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What `--smtp-url` takes.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Starts the server and waits until it listens.
    ///
    /// # Errors
    /// When Debian's Python lacks `aiosmtpd`.
    pub async fn come_back(&mut self) -> Result<()> {
        // Debian's own Python has the package; a pyenv before it in PATH may not.
        let python = if PathBuf::from("/usr/bin/python3").is_file() {
            "/usr/bin/python3"
        } else {
            "python3"
        };
        let child = Command::new(python)
            .args(["-c", PROGRAM, &self.port.to_string()])
            .arg(self.file())
            .stdin(Stdio::null())
            .spawn()
            .context("could not start python3")?;
        self.child = Some(child);
        until(
            "the mail server (Debian: apt-get install python3-aiosmtpd)",
            Duration::from_secs(30),
            || async {
                TcpStream::connect(("127.0.0.1", self.port))
                    .await
                    .map(drop)
                    .context("it does not listen yet")
            },
        )
        .await
    }

    /// The mails that it took (answered 250), by recipient.
    ///
    /// # Errors
    /// When its file is not what the program writes.
    pub fn by_recipient(&self) -> Result<HashMap<String, Vec<Taken>>> {
        let mut mails: HashMap<String, Vec<Taken>> = HashMap::new();
        for line in std::fs::read_to_string(self.file())
            .unwrap_or_default()
            .lines()
        {
            let mail: Taken = serde_json::from_str(line)?;
            for to in &mail.to {
                mails.entry(to.clone()).or_default().push(mail.clone());
            }
        }
        Ok(mails)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("mails.jsonl")
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
