//! The tables of `docs/RULES.md`, for tests that lay them beside the code.

const RULES: &str = include_str!("../../../docs/RULES.md");

/// One cell of a table of `docs/RULES.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesCell {
    /// The first cell of its row, for example `applicantReset`.
    pub row: &'static str,
    /// The heading of its column, for example `KycStarted`.
    pub column: &'static str,
    /// What stands in it.
    pub text: &'static str,
}

/// The cells of the table behind `<!-- table: NAME -->`, row by row.
///
/// # Panics
/// When there is no such table.
#[must_use]
#[expect(clippy::panic, reason = "a test without its table has to stop")]
pub fn rules_table(name: &str) -> Vec<RulesCell> {
    let Some((_, after)) = RULES.split_once(&format!("<!-- table: {name} -->\n")) else {
        panic!("docs/RULES.md has no table {name}");
    };
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim);
    let mut lines = after.lines().take_while(|line| line.starts_with('|'));
    let head: Vec<&str> = lines
        .next()
        .map(|line| cells(line).collect())
        .unwrap_or_default();
    let rows = lines.skip(1).flat_map(|line| {
        let row = cells(line).next().unwrap_or_default();
        let columns = head.clone().into_iter().zip(cells(line)).skip(1);
        columns.map(move |(column, text)| RulesCell { row, column, text })
    });
    rows.collect()
}
