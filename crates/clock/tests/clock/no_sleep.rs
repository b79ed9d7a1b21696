//! No test sleeps until something has probably happened: it waits for it in a loop, or sets the clock forward.

use std::{fs, path::Path};

/// They sleep on purpose, each a time for its reason.
const ON_PURPOSE: [(&str, &str); 6] = [
    (
        "stories/server_kills.rs",
        "the kills come at random moments",
    ),
    ("stories/two_servers.rs", "the load is spread"),
    (
        "stories/late_red.rs",
        "each at another moment of provisioning",
    ),
    (
        "graphql/ws.rs",
        "what a stream has begun can't be seen from outside",
    ),
    (
        "usher/sessions.rs",
        "a connection is trusted for a moment after its last answer",
    ),
    (
        "e2e/src/outages/",
        "outages last, and their load goes on meanwhile",
    ),
];
/// How many lines above a sleep its loop may begin.
const LOOP_WITHIN: usize = 40;

#[test]
fn tests_wait_for_a_state_and_never_for_time_to_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for part in ["crates", "e2e"] {
        look(&root.join(part), &mut found);
    }
    found.retain(|place| !ON_PURPOSE.iter().any(|(other, _)| place.contains(other)));
    assert!(
        found.is_empty(),
        "look again and again until it is so, or set the clock forward: {found:#?}"
    );
}

fn look(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let shown = path.display().to_string();
        if path.is_dir() {
            look(&path, found);
        } else if shown.ends_with(".rs") && (shown.contains("/tests") || shown.contains("/e2e/")) {
            let text = fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            for (number, line) in lines.iter().enumerate() {
                let sleeps = line.contains("sleep(") && line.contains("Duration")
                    || line.contains("time::sleep(");
                if sleeps && !is_in_a_loop(&lines, number) {
                    found.push(format!("{shown}:{}", number + 1));
                }
            }
        }
    }
}

/// Whether one of the blocks that a line is in is a loop's.
fn is_in_a_loop(lines: &[&str], number: usize) -> bool {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut inner = depth(lines[number]);
    for line in lines[number.saturating_sub(LOOP_WITHIN)..number]
        .iter()
        .rev()
    {
        let words = line.trim_start();
        if words.is_empty() || depth(line) >= inner {
            continue;
        }
        inner = depth(line);
        if ["loop ", "while ", "for "]
            .iter()
            .any(|word| words.starts_with(word))
            || words.contains("= loop {")
            || words.starts_with(".find_map(")
        {
            return true;
        }
    }
    false
}
