//! The files that settings name: who may read those with secrets, and whether those of the database's TLS are there.

use std::{fs, os::unix::fs::MetadataExt as _};

use url::Url;

use super::{Findings, Weight};
use crate::config::Loaded;

const WHAT: &str = "only we can read the files with secrets";
/// Others may read it, or change it.
const OTHERS_READ: u32 = 0o004;
const OTHERS_WRITE: u32 = 0o002;

/// Looks at all of them.
pub fn look(loaded: &Loaded, findings: &mut Findings) {
    modes(loaded, findings);
    let url = loaded.config.database.url.as_ref();
    let sentences = url.map_or_else(Vec::new, |url| tls_files(url.expose()));
    findings.all("files that database.url names", Weight::Wrong, sentences);
}

/// Certificates and keys beside the database's address.
fn tls_files(url: &str) -> Vec<String> {
    let Ok(url) = Url::parse(url) else {
        return Vec::new();
    };
    url.query_pairs()
        .filter(|(name, _)| {
            let name = name.replace('-', "");
            matches!(name.as_str(), "sslrootcert" | "sslcert" | "sslkey" | "sslca")
        })
        // A whole certificate may stand there instead.
        .filter(|(_, path)| !path.contains("-----BEGIN"))
        .filter_map(|(name, path)| {
            let error = fs::read(path.as_ref()).err()?;
            Some(format!(
                "database.url names the file {path} as {name}, which can't be read ({error}): correct it, or put the file there"
            ))
        })
        .collect()
}

/// Each file that a secret was read from. A group may: that is how secrets are handed to a container.
fn modes(loaded: &Loaded, findings: &mut Findings) {
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
