//! Nobody asks the process what time it is, where another process may have to agree.

use std::{fs, path::Path};

/// They play somebody else, with a clock of his own; or are the clock.
const OTHERS: [&str; 5] = [
    "oidc/src/testing/",
    "clock/",
    "testkit/",
    "src/tests/",
    // Tells how far the two are apart.
    "usher/src/check/database/server.rs",
];
/// How a process is asked for the time of day.
const ASKS: [&str; 3] = ["Utc::now()", "SystemTime::now()", "Local::now()"];

#[test]
fn the_time_of_day_comes_from_the_database() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for one in fs::read_dir(&crates).unwrap() {
        look(&one.unwrap().path().join("src"), &mut found);
    }
    let found: Vec<&String> = found
        .iter()
        .filter(|place| !OTHERS.iter().any(|other| place.contains(other)))
        .collect();
    assert!(
        found.is_empty(),
        "use clock::now() or clock_timestamp(): {found:#?}"
    );
}

fn look(folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let asks = text.lines().enumerate().filter(|(_, line)| {
                ASKS.iter().any(|ask| line.contains(ask)) && !line.trim_start().starts_with("//")
            });
            found.extend(asks.map(|(line, _)| format!("{}:{}", path.display(), line + 1)));
        }
    }
}
