//! No statement walks through all that isn't due yet. PostgreSQL asks `clock_timestamp()` anew for each row, so no index helps what is
//! compared with it; `(SELECT clock_timestamp())` is asked once, and is found in the index.

use super::files::repository;

const COMPARED: [&str; 4] = [
    "< clock_timestamp()",
    "<= clock_timestamp()",
    "> clock_timestamp()",
    ">= clock_timestamp()",
];

#[test]
fn what_is_compared_with_the_clock_can_be_found_by_its_index() {
    let mut found = Vec::new();
    let (sources, _) = repository();
    for source in sources {
        let is_ours = source.path.starts_with("crates/") && source.path.ends_with(".rs");
        if !is_ours || source.path.contains("tests") {
            continue;
        }
        for (number, line) in (1..).zip(source.text.lines()) {
            if COMPARED.iter().any(|compared| line.contains(compared)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
