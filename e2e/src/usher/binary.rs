//! Where the binary and the target folder are.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Result, anyhow, ensure};

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

/// A fresh file in the target folder for the log of one that is called so; it stays after the run.
pub(super) fn log_file(name: &str) -> Result<PathBuf> {
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
