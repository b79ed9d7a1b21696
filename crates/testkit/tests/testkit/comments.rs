//! A comment says something: a sentence on a public item stands alone.

use super::files::repository;

/// A doc comment of so few words says nothing that the name doesn't.
const WORDS: usize = 2;

#[test]
fn no_doc_comment_is_a_word_or_two() {
    let (sources, _) = repository();
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs")) {
        let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
        let is_doc = |line: &str| line.starts_with("///") || line.starts_with("//!");
        for (number, line) in lines.iter().enumerate() {
            let alone = is_doc(line)
                && !lines
                    .get(number.wrapping_sub(1))
                    .is_some_and(|line| is_doc(line))
                && !lines.get(number + 1).is_some_and(|line| is_doc(line));
            let words = line.trim_start_matches(['/', '!']).split_whitespace();
            if alone && words.count() <= WORDS {
                found.push(format!("{}:{}: {line}", source.path, number + 1));
            }
        }
    }
    assert!(
        found.is_empty(),
        "{} say nothing:\n{}",
        found.len(),
        found.join("\n")
    );
}
