//! What the processes logged at WARN or above.

use std::collections::BTreeMap;

use serde_json::Value;

/// The lines at WARN or above in a log of JSON lines, alike ones together, the most frequent first.
pub fn warnings(text: &str) -> Vec<(usize, String)> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines() {
        if let Some(words) = warning(line) {
            *counted.entry(words).or_default() += 1;
        }
    }
    let mut lines: Vec<(usize, String)> = counted
        .into_iter()
        .map(|(words, count)| (count, words))
        .collect();
    lines.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    lines
}

fn warning(line: &str) -> Option<String> {
    let Ok(entry) = serde_json::from_str::<Value>(line) else {
        // The log is JSON; whatever isn't is a panic's.
        return line
            .contains("panicked")
            .then(|| format!("PANIC {}", alike(line)));
    };
    let level = entry["level"].as_str()?;
    if level != "WARN" && level != "ERROR" {
        return None;
    }
    let fields = if entry["fields"].is_object() {
        &entry["fields"]
    } else {
        &entry
    };
    let text = |key: &str| fields[key].as_str().unwrap_or_default();
    let words = format!("{level} {} {}", text("message"), text("error"));
    Some(alike(words.trim_end()))
}

/// Without ids and numbers, cut short.
fn alike(words: &str) -> String {
    let words: Vec<&str> = words
        .split_whitespace()
        .map(|word| {
            if word.bytes().any(|byte| byte.is_ascii_digit()) {
                "#"
            } else {
                word
            }
        })
        .collect();
    words.join(" ").chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_lines_are_counted_together() {
        let text = r#"{"level":"INFO","fields":{"message":"serving"}}
{"level":"WARN","fields":{"message":"try 1 failed","error":"no answer"}}
{"level":"WARN","fields":{"message":"try 2 failed","error":"no answer"}}
{"level":"ERROR","message":"flat"}
thread 'x' panicked at src/main.rs"#;
        assert_eq!(
            warnings(text),
            [
                (2, "WARN try # failed no answer".to_owned()),
                (1, "ERROR flat".to_owned()),
                (1, "PANIC thread 'x' panicked at src/main.rs".to_owned()),
            ]
        );
    }
}
