//! Who may read the files that secrets stand in.

use std::{fs, os::unix::fs::MetadataExt as _};

use super::{Findings, Weight};
use crate::config::Loaded;

const WHAT: &str = "only we can read the files with secrets";
/// Others may read it, or change it.
const OTHERS_READ: u32 = 0o004;
const OTHERS_WRITE: u32 = 0o002;

/// Each file that a secret was read from. A group may: that is how secrets are handed to a container.
pub fn look(loaded: &Loaded, findings: &mut Findings) {
    let mut seen = Vec::new();
    let mut sentences = Vec::new();
    for file in &loaded.files {
        let path = file.path.as_path();
        let Ok(there) = fs::metadata(path) else {
            continue;
        };
        if !there.is_file() || seen.contains(&path) {
            continue;
        }
        seen.push(path);
        let mode = there.mode() & 0o777;
        let who = if mode & OTHERS_WRITE != 0 {
            "everybody on this machine may change it"
        } else if file.holds_secrets && mode & OTHERS_READ != 0 {
            "everybody on this machine may read the secrets in it"
        } else {
            continue;
        };
        sentences.push(format!(
            "{} has the mode {mode:04o}: {who}; run chmod o-rwx {}",
            path.display(),
            path.display()
        ));
    }
    findings.all(WHAT, Weight::Warning, sentences);
}
