//! Finds PostgreSQL's programs.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::failure::Failure;

/// Where Debian puts them; the folder of a version is the only thing that tells versions apart.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The oldest version that Usher works with.
const OLDEST: u32 = 14;

/// The programs of one version.
#[derive(Debug, PartialEq, Eq)]
pub struct Programs {
    pub major: u32,
    pub folder: PathBuf,
}

impl Programs {
    /// The path of one of them.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The newest programs, or those of the version that made the data.
///
/// # Errors
/// When there are none.
pub fn find(data: &Path) -> Result<Programs, Failure> {
    let wanted = fs::read_to_string(data.join("PG_VERSION"))
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_in(Path::new(DEBIAN), &path, wanted)
}

fn find_in(debian: &Path, path: &OsStr, wanted: Option<u32>) -> Result<Programs, Failure> {
    let mut found = of_debian(debian);
    // The newest first, and Debian's before what the PATH has.
    found.sort_by_key(|programs| std::cmp::Reverse(programs.major));
    found.extend(std::env::split_paths(path).filter_map(on_path));
    let fits = |programs: &Programs| match wanted {
        Some(major) => programs.major == major,
        None => programs.major >= OLDEST,
    };
    match found.into_iter().find(fits) {
        Some(programs) => Ok(programs),
        None => Err(Failure::other(match wanted {
            Some(major) => format!(
                "The data was made by PostgreSQL {major}, whose programs are missing: install them (on Debian: apt-get install postgresql-{major}), \
                 or start anew with --fresh, which deletes all data."
            ),
            None => format!(
                "PostgreSQL's programs (initdb, postgres; version {OLDEST} or newer) are missing: `make run` installs them, or install them yourself \
                 (on Debian: apt-get install postgresql)."
            ),
        })),
    }
}

fn of_debian(debian: &Path) -> Vec<Programs> {
    let Ok(entries) = fs::read_dir(debian) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let major = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            complete(&folder).then_some(Programs { major, folder })
        })
        .collect()
}

fn on_path(folder: PathBuf) -> Option<Programs> {
    if !complete(&folder) {
        return None;
    }
    let output = Command::new(folder.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // "postgres (PostgreSQL) 15.18 (Debian …)"
    let version = text
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let major = version
        .split(|end: char| !end.is_ascii_digit())
        .next()?
        .parse()
        .ok()?;
    Some(Programs { major, folder })
}

fn complete(folder: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|name| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn install(folder: &Path, version: &str) {
        fs::create_dir_all(folder).unwrap();
        for name in ["initdb", "postgres"] {
            let path = folder.join(name);
            fs::write(
                &path,
                format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"),
            )
            .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    #[test]
    fn the_newest_is_taken_unless_the_data_wants_another() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17"] {
            install(&root.path().join(version).join("bin"), version);
        }
        let none = OsStr::new("");
        assert_eq!(find_in(root.path(), none, None).unwrap().major, 17);
        assert_eq!(find_in(root.path(), none, Some(15)).unwrap().major, 15);
        let error = find_in(root.path(), none, Some(16))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("PostgreSQL 16") && error.contains("postgresql-16"),
            "{error}"
        );
    }

    #[test]
    fn the_path_serves_when_debian_has_none() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("bin");
        install(&folder, "16.2 (Homebrew)");
        let found = find_in(&root.path().join("nothing"), folder.as_os_str(), None).unwrap();
        assert_eq!(found, Programs { major: 16, folder });
    }

    #[test]
    fn missing_or_too_old_programs_are_said_with_the_mend() {
        let root = tempfile::tempdir().unwrap();
        install(&root.path().join("13").join("bin"), "13");
        let error = find_in(root.path(), OsStr::new("/nowhere"), None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("programs") && error.contains("apt-get install postgresql"),
            "{error}"
        );
    }
}
