//! A source file can be read in one go, unless it is one table.

use super::files::repository;

const LINES: usize = 300;
/// What the front doc of a longer file has to say.
const REASON: &str = "one table";

#[test]
fn no_source_file_is_long_without_a_reason() {
    let (sources, _) = repository();
    let is_test = |path: &str| {
        ["e2e/", "benches/"]
            .iter()
            .any(|folder| path.starts_with(folder))
            || path.contains("/tests/")
            || path.ends_with("/tests.rs")
    };
    let mut found = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.ends_with(".rs") && !is_test(&source.path))
    {
        let front = source
            .text
            .lines()
            .take_while(|line| line.starts_with("//!"));
        let lines = source.text.lines().count();
        if lines > LINES && !front.into_iter().any(|line| line.contains(REASON)) {
            found.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert!(
        found.is_empty(),
        "more than {LINES} lines, and the front doc doesn't say \"{REASON}\":\n{}",
        found.join("\n")
    );
}
