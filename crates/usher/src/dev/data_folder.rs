//! The folder that `usher dev` keeps its data in.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, postgres};

/// The arrangement of the folder that this version makes and knows.
const FORMAT: u32 = 1;
const VERSION_FILE: &str = "version";
const VERSION_TEXT: &str = "usher dev data folder, format ";

/// A data folder, held by this process alone.
pub struct DataFolder {
    path: PathBuf,
    /// The lock lasts as long as the file is open.
    _lock: File,
}

impl DataFolder {
    /// Opens the folder, made when it isn't there; with `fresh` all its data is deleted first.
    ///
    /// # Errors
    /// When it isn't ours, was made by a newer version, or another `usher dev` runs on it.
    pub async fn open(path: &Path, fresh: bool) -> Result<Self, Failure> {
        let shown = path.display();
        let unusable = |error: std::io::Error| {
            Failure::other(format!(
                "The data folder {shown} can't be used ({error}): name another with --data DIR."
            ))
        };
        if is_foreign(path).map_err(unusable)? {
            return Err(Failure::other(format!(
                "{shown} is no data folder of `usher dev`, and other files are in it: name an empty or a new folder with --data DIR."
            )));
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(unusable)?;
        let path = path.canonicalize().map_err(unusable)?;
        let lock = lock(&path).map_err(|error| error.unwrap_or_else(unusable))?;
        if fresh {
            empty(&path).await?;
        } else if let Some(format) = format_of(&path).map_err(unusable)?
            && format > FORMAT
        {
            return Err(Failure::other(format!(
                "The data folder {shown} was made by a newer version of Usher (data format {format}, this one knows {FORMAT}): \
                 run that version, or start anew with --fresh, which deletes what is in it."
            )));
        }
        fs::write(path.join(VERSION_FILE), format!("{VERSION_TEXT}{FORMAT}\n"))
            .map_err(unusable)?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is; an absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where its PostgreSQL keeps its data.
    #[must_use]
    pub fn postgres(&self) -> PathBuf {
        self.path.join("postgres")
    }
}

/// The data folder of `usher dev` that a path is in, if it is in one.
#[must_use]
pub fn containing(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.ancestors()
        .find(|folder| matches!(format_of(folder), Ok(Some(_))))
        .map(Path::to_path_buf)
}

/// The format that its version file names; `None` when it has no such file, or another's.
fn format_of(folder: &Path) -> std::io::Result<Option<u32>> {
    match fs::read_to_string(folder.join(VERSION_FILE)) {
        Ok(text) => Ok(text
            .strip_prefix(VERSION_TEXT)
            .and_then(|number| number.trim().parse().ok())),
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound
                    | std::io::ErrorKind::NotADirectory
                    | std::io::ErrorKind::InvalidData
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn is_foreign(path: &Path) -> std::io::Result<bool> {
    if !path.exists() || format_of(path)?.is_some() {
        return Ok(false);
    }
    // A start that was killed right after it had made the folder leaves the lock alone.
    Ok(fs::read_dir(path)?
        .filter_map(Result::ok)
        .any(|entry| entry.file_name() != "lock"))
}

/// `Err(Ok(failure))` when another process has it, `Err(Err(error))` when it can't be had at all.
fn lock(folder: &Path) -> Result<File, Result<Failure, std::io::Error>> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join("lock"))
        .map_err(Err)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = holder.trim();
            let who = if holder.is_empty() {
                String::new()
            } else {
                format!(" (process {holder})")
            };
            return Err(Ok(Failure::other(format!(
                "Another `usher dev`{who} runs on the data folder {}: stop it, or name another folder with --data DIR.",
                folder.display()
            ))));
        }
        Err(TryLockError::Error(error)) => return Err(Err(error)),
    }
    file.set_len(0).map_err(Err)?;
    file.rewind().map_err(Err)?;
    write!(file, "{}", std::process::id()).map_err(Err)?;
    Ok(file)
}

async fn empty(folder: &Path) -> Result<(), Failure> {
    postgres::stop_leftover(&folder.join("postgres")).await?;
    let failed = |error: std::io::Error| {
        Failure::other(format!(
            "The data folder {} can't be emptied ({error}): delete it by hand.",
            folder.display()
        ))
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name() == "lock" {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            fs::remove_dir_all(entry.path()).map_err(failed)?;
        } else {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}
