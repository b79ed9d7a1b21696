//! A figure: bars with their numbers beside them, the table behind them, and the same table as a file.

use std::time::Duration;

use askama::{Template, filters::HtmlSafe};

use crate::{csv_file, format::Time};

/// What bars are drawn against: their SVG is so many units wide.
const FULL: i64 = 1000;

/// One figure of the overview.
#[derive(Template)]
#[template(path = "admin/overview/figure.html")]
pub struct Figure {
    /// In the page's and the file's address.
    pub id: &'static str,
    pub heading: &'static str,
    /// What it is about, in a sentence.
    pub says: String,
    /// What stands there when there are no bars.
    pub nothing: &'static str,
    pub bars: Vec<Bar>,
    pub table: Table,
    /// Where the file is.
    pub file: String,
}

impl HtmlSafe for Figure {}

/// A bar. The numbers stand beside it, so that it is no one's only way to read them.
pub struct Bar {
    pub key: String,
    pub words: String,
    pub much: String,
    pub detail: String,
    /// How far it reaches…
    pub to: i64,
    /// …and how far its darker part does.
    pub part: i64,
    pub oldest: Option<OldestLink>,
    /// The list of those whom it is about.
    pub leads_to: Option<String>,
}

/// Who has stood longest at a stage.
pub struct OldestLink {
    pub address: String,
    pub public_id: String,
    pub since: Time,
}

/// The numbers behind a figure.
pub struct Table {
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
}

/// What people read, and what a program does.
pub struct Cell {
    pub shown: String,
    pub plain: String,
}

impl Table {
    /// What stands behind a number where the table has no head: on a narrow page.
    fn unit(&self, column: &usize) -> String {
        let head = self.head.get(*column).copied().unwrap_or_default();
        let mut letters = head.chars();
        let first = letters.next().map(|first| first.to_lowercase());
        first.into_iter().flatten().chain(letters).collect()
    }

    /// As a file that spreadsheets and programs read.
    ///
    /// # Errors
    /// When a row has more cells than the head.
    pub fn file(&self) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        let head: Vec<String> = self.head.iter().map(|&column| column.to_owned()).collect();
        let rows = self
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.plain.clone()).collect());
        csv_file::rows(std::iter::once(head).chain(rows))
    }
}

impl Cell {
    /// A text, harmless to spreadsheets.
    pub fn text(text: &str) -> Self {
        Self {
            shown: text.to_owned(),
            plain: csv_file::harmless(text),
        }
    }

    pub fn number(n: i64) -> Self {
        Self {
            shown: grouped(n),
            plain: n.to_string(),
        }
    }

    /// A part of a whole, for programs in percent.
    pub fn part(part: i64, whole: i64) -> Self {
        let per_mille = share(part, whole);
        Self {
            shown: percent(part, whole),
            plain: per_mille.map_or_else(String::new, |n| format!("{}.{}", n / 10, n % 10)),
        }
    }

    /// For programs in seconds.
    pub fn took(took: Option<Duration>) -> Self {
        Self {
            shown: took.map_or_else(|| "–".to_owned(), duration),
            plain: took.map_or_else(String::new, |took| took.as_secs().to_string()),
        }
    }
}

/// How many thousandths of the whole a part is; none of nothing.
fn share(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| part.saturating_mul(FULL).saturating_add(whole / 2) / whole)
}

/// "62 %", "0.4 %"; a dash of nothing.
pub fn percent(part: i64, whole: i64) -> String {
    match share(part, whole) {
        None => "–".to_owned(),
        Some(n) if n > 0 && n < 10 => format!("0.{n} %"),
        Some(n) => format!("{} %", (n + 5) / 10),
    }
}

/// How long a bar is: what is something is never invisible.
pub fn length(part: i64, most: i64) -> i64 {
    let least = i64::from(part > 0) * 4;
    share(part, most).unwrap_or_default().clamp(least, FULL)
}

/// The same for durations, by their seconds.
pub fn length_of(took: Option<Duration>, most: Duration) -> i64 {
    let tenths = |took: Duration| i64::try_from(took.as_millis() / 100).unwrap_or(i64::MAX);
    took.map_or(0, |took| length(tenths(took).max(1), tenths(most).max(1)))
}

/// A number with its thousands parted: `12,345`.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::from(if n < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "less than 1 s", "45 s", "12 min", "5.5 hours", "3 days": what was measured is right to a tenth.
pub fn duration(took: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = took.as_secs();
    let of = |unit: u64, one: &str, many: &str| {
        let tenths = (seconds * 10 + unit / 2) / unit;
        match (tenths / 10, tenths % 10) {
            (1, 0) => format!("1 {one}"),
            (whole, rest) if whole < 10 && rest > 0 => format!("{whole}.{rest} {many}"),
            _ => format!("{} {many}", (tenths + 5) / 10),
        }
    };
    match seconds {
        0 => "less than 1 s".to_owned(),
        _ if seconds < MINUTE => format!("{seconds} s"),
        _ if seconds < 99 * MINUTE => of(MINUTE, "min", "min"),
        _ if seconds < 2 * DAY => of(HOUR, "hour", "hours"),
        _ => of(DAY, "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_exactly_as_they_are_known() {
        for (seconds, words) in [
            (0, "less than 1 s"),
            (45, "45 s"),
            (60, "1 min"),
            (90, "1.5 min"),
            (725, "12 min"),
            (3 * 3600, "3 hours"),
            (20_000, "5.6 hours"),
            (36 * 3600, "36 hours"),
            (3 * 86_400, "3 days"),
            (1_000_000, "12 days"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn parts_are_said_in_percent() {
        assert_eq!(percent(0, 0), "–");
        assert_eq!(percent(0, 10), "0 %");
        assert_eq!(percent(1, 3), "33 %");
        assert_eq!(percent(1, 300), "0.3 %");
        assert_eq!(percent(10, 10), "100 %");
        assert_eq!(length(1, 1_000_000), 4, "something is seen");
        assert_eq!(length(0, 0), 0);
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(-999), "-999");
    }

    #[test]
    fn a_file_holds_plain_numbers_and_no_formulas() {
        let table = Table {
            head: vec!["Who", "Part", "Took"],
            rows: vec![vec![
                Cell::text("=cmd()"),
                Cell::part(1, 3),
                Cell::took(Some(Duration::from_secs(90))),
            ]],
        };
        let file = String::from_utf8(table.file().unwrap()).unwrap();
        assert_eq!(file, "Who,Part,Took\n'=cmd(),33.3,90\n");
    }
}
