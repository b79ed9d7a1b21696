//! Whoever reads the repository finds what it cites: a file that is in it, never an issue's number or somebody's folder.

use super::files::{Source, repository};

/// Names that end like a file of ours and are something else: others' files and sites, and what users write themselves.
const OTHERS: [&str; 11] = [
    "docs.rs",
    "lib.rs",
    "main.rs",
    "mod.rs",
    "usher.toml",
    "/usher.toml",
    "Cargo.toml",
    "clippy.toml",
    "kc.sh",
    "axe.min.js",
    "account_set/graph_cache.rs",
];

const ENDS: [&str; 9] = [
    ".rs", ".md", ".sql", ".html", ".toml", ".sh", ".py", ".css", ".js",
];

#[test]
fn what_is_cited_is_in_the_repository() {
    let (sources, paths) = repository();
    let mut missing = Vec::new();
    for source in &sources {
        for (number, line) in source.prose() {
            for cited in cited(line) {
                if !is_there(&paths, source, cited) {
                    missing.push(format!("{}:{number}: {cited}", source.path));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "cited and not there:\n{}",
        missing.join("\n")
    );
}

#[test]
fn nobody_cites_an_issue_or_a_folder_outside() {
    let (sources, _) = repository();
    let mut found = Vec::new();
    for source in sources
        .iter()
        .filter(|source| !source.path.ends_with("testkit/citations.rs"))
    {
        for (number, line) in source.prose() {
            let issue =
                numbered(line, "issue ") || numbered(line, "issues ") && !line.contains("sqlx");
            if issue || line.contains("../shared") || line.contains("the seeds'") {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "cites what nobody has:\n{}",
        found.join("\n")
    );
}

/// What looks like a file in a line.
fn cited(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || "._-/".contains(c)))
        .map(|word| word.trim_matches('.').trim_start_matches("./"))
        .filter(|word| {
            ENDS.iter()
                .any(|end| word.len() > end.len() && word.ends_with(end))
        })
        .filter(|word| !OTHERS.contains(word))
        // An address on the internet.
        .filter(|word| {
            !word.starts_with("//") && !word.contains(".com/") && !word.contains(".org/")
        })
}

/// By its whole path, from the file that cites it, or by its last parts.
fn is_there(paths: &[String], source: &Source, cited: &str) -> bool {
    let cited = cited.trim_start_matches("../").trim_start_matches('/');
    let tail = format!("/{cited}");
    paths
        .iter()
        .any(|path| path == cited || path.ends_with(&tail))
        || source.path.ends_with(&tail)
}

fn numbered(line: &str, word: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let mut rest = lower.as_str();
    while let Some(at) = rest.find(word) {
        rest = &rest[at + word.len()..];
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return true;
        }
    }
    false
}
