//! What the server holds of memory, as the kernel counts it.

use std::fs;

use anyhow::{Context as _, Result};

/// What a process holds in memory, in bytes.
pub struct Memory {
    /// What it holds at the moment.
    pub resident: u64,
    /// The most so far.
    pub peak: u64,
}

/// Of the process `pid`.
pub fn of(pid: i32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| -> Result<u64> {
        let line = status
            .lines()
            .find(|line| line.starts_with(name))
            .with_context(|| format!("no {name}"))?;
        let kib: u64 = line
            .split_whitespace()
            .nth(1)
            .context("no figure")?
            .parse()?;
        Ok(kib * 1024)
    };
    Ok(Memory {
        resident: field("VmRSS:")?,
        peak: field("VmHWM:")?,
    })
}
