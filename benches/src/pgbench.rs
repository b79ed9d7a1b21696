//! The limit: how many durable rows, one a transaction, this PostgreSQL takes.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, anyhow, ensure};
use e2e::counts::Counts;
use tokio::process::Command;

/// The size of a callback's body.
const SCRIPT: &str = "INSERT INTO bench.durable (body) VALUES (repeat('x', 600));\n";

/// pgbench beside the cluster's own programs.
pub struct Pgbench {
    program: PathBuf,
    script: tempfile::NamedTempFile,
    database_url: String,
}

impl Pgbench {
    /// Makes the table, in a schema of its own.
    pub async fn prepare(database_url: &str, counts: &Counts) -> Result<Self> {
        for statement in [
            "DROP SCHEMA IF EXISTS bench CASCADE",
            "CREATE SCHEMA bench",
            "CREATE TABLE bench.durable (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body TEXT NOT NULL)",
        ] {
            sqlx::query(statement).execute(&counts.pool).await?;
        }
        let script = tempfile::NamedTempFile::new()?;
        std::fs::write(script.path(), SCRIPT)?;
        Ok(Self {
            program: program()?,
            script,
            database_url: database_url.to_owned(),
        })
    }

    /// Transactions per second.
    pub async fn run(&self, clients: usize, time: Duration) -> Result<f64> {
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared"])
            .arg(format!("--client={clients}"))
            .arg(format!("--jobs={}", clients.min(2)))
            .arg(format!("--time={}", time.as_secs()))
            .arg("--file")
            .arg(self.script.path())
            .arg(&self.database_url)
            .stdin(Stdio::null())
            .output()
            .await?;
        let words = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success(),
            "pgbench: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        words
            .lines()
            .find_map(|line| {
                line.strip_prefix("tps = ")?
                    .split_whitespace()
                    .next()?
                    .parse()
                    .ok()
            })
            .ok_or_else(|| anyhow!("pgbench said nothing of tps: {words}"))
    }
}

fn program() -> Result<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin/pgbench"))
        .filter(|program| program.is_file())
        .collect();
    versions.sort();
    versions
        .pop()
        .or_else(|| Some("/usr/bin/pgbench".into()).filter(|path: &PathBuf| path.is_file()))
        .context("pgbench is missing: `apt-get install postgresql` brings it")
}
