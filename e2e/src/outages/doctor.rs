//! What `usher doctor` says.

use std::{process::Stdio, time::Duration};

use anyhow::Result;
use tokio::process::Command;

use crate::usher::program;

/// Nobody waits longer for a doctor.
const AT_MOST: Duration = Duration::from_secs(60);
/// Longer lists aren't read.
const AT_MOST_LINES: usize = 3;

/// Asks it, with these settings; answers one line.
pub async fn asked(settings: Vec<(&'static str, String)>) -> Result<String> {
    let mut command = Command::from(program(&["doctor"])?);
    command
        .envs(settings)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let Ok(output) = tokio::time::timeout(AT_MOST, command.output()).await else {
        return Ok(format!("no answer within {} s", AT_MOST.as_secs()));
    };
    let output = output?;
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words);
    let mut wrong: Vec<&str> = words
        .lines()
        .filter(|line| line.starts_with("FAILED") || line.starts_with("WARNING"))
        .collect();
    Ok(if wrong.is_empty() {
        match output.status.code() {
            Some(0) => "ok".to_owned(),
            code => format!(
                "ends with {code:?}: {}",
                words.lines().next().unwrap_or_default()
            ),
        }
    } else {
        let more = match wrong.len().saturating_sub(AT_MOST_LINES) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        wrong.truncate(AT_MOST_LINES);
        wrong.join("; ") + &more
    })
}
