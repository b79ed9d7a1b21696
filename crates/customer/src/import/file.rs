//! What is read of an uploaded file: its characters, what parts its cells, and which column is what.

use std::borrow::Cow;

/// The most rows that a file may have beneath its head.
pub const ROWS_AT_MOST: usize = 10_000;
/// The most bytes that a file may have.
pub const BYTES_AT_MOST: usize = 4 * 1024 * 1024;
/// So many names of columns are told at most, each so long at most.
const COLUMNS_TOLD: usize = 12;
const COLUMN_LENGTH: usize = 40;

/// A row beneath the head, as it was typed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FileRow {
    /// Which line of the file; its head is line 1.
    pub(crate) line: i32,
    pub(crate) email: String,
    pub(crate) telegram_handle: String,
    pub(crate) customer_type: String,
}

/// What a file says.
pub(crate) struct FileRead {
    pub(crate) rows: Vec<FileRow>,
    /// The columns that say nothing to us.
    pub(crate) unused: Vec<String>,
}

/// Why a file can't be read, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// No file was chosen, or it is empty.
    #[error("Choose a CSV file: this one is empty.")]
    Empty,
    /// More bytes than are taken.
    #[error("The file is larger than 4 MiB. Split it into smaller ones.")]
    TooLarge,
    /// More rows than are taken.
    #[error("The file has more than 10,000 rows. Split it into smaller ones.")]
    TooManyRows,
    /// A workbook of a spreadsheet program.
    #[error("This is a spreadsheet, not a CSV file. Save it as “CSV UTF-8” and upload that.")]
    Spreadsheet,
    /// Bytes that are no UTF-8.
    #[error(
        "Line {line} has characters that can't be read. Save the file as “CSV UTF-8” and upload that."
    )]
    NotUtf8 {
        /// The first such line.
        line: usize,
    },
    /// A column that has to be there isn't.
    #[error(
        "There is no column “{wanted}”. The first line has to name the columns, for example: email,telegram,customer type. It has: {found}."
    )]
    ColumnMissing {
        /// What has to be there.
        wanted: &'static str,
        /// What the first line has.
        found: String,
    },
    /// Two columns have the same meaning.
    #[error("Two columns could be the “{0}”. Take one of them away, or give it another name.")]
    ColumnTwice(&'static str),
    /// A head, and nothing beneath it.
    #[error("There is no row beneath the first line.")]
    NoRows,
}

/// What a column is, and the names by which it is known: letters and digits only, in small letters.
const COLUMNS: [(&str, &[&str]); 3] = [
    ("email", &["email", "emailaddress", "mail"]),
    (
        "telegram",
        &["telegram", "telegramid", "telegramhandle", "telegramname"],
    ),
    ("customer type", &["customertype", "type"]),
];

/// Reads a file.
pub(crate) fn read(bytes: &[u8]) -> Result<FileRead, FileProblem> {
    let text = text_of(bytes)?;
    let (text, separator, skipped) = separated(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .from_reader(text.as_bytes());
    // Text can be read whatever it says.
    let head = reader.headers().cloned().unwrap_or_default();
    let places = places(&head)?;
    let mut rows = Vec::new();
    let mut lines = Lines {
        text: text.as_bytes(),
        at: 0,
        line: 1 + skipped,
    };
    for record in reader.records().flatten() {
        let cell =
            |place: Option<usize>| place.and_then(|place| record.get(place)).map_or("", plain);
        let [email, telegram_handle, customer_type] = places.map(cell);
        if email.is_empty() && telegram_handle.is_empty() && customer_type.is_empty() {
            continue;
        }
        if rows.len() == ROWS_AT_MOST {
            return Err(FileProblem::TooManyRows);
        }
        let begins = record.position().map_or(0, csv::Position::byte);
        let line = lines.of(usize::try_from(begins).unwrap_or(usize::MAX));
        rows.push(FileRow {
            line: i32::try_from(line).unwrap_or(i32::MAX),
            email: email.to_owned(),
            telegram_handle: telegram_handle.to_owned(),
            customer_type: customer_type.to_owned(),
        });
    }
    if rows.is_empty() {
        return Err(FileProblem::NoRows);
    }
    let used = |place: &usize| places.contains(&Some(*place));
    let unused = head.iter().enumerate().filter(|(place, _)| !used(place));
    Ok(FileRead {
        unused: told(unused.map(|(_, name)| name)).collect(),
        rows,
    })
}

/// Counts lines, forwards: what the reader counts depends on how they end.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// Which line a record is in that begins here, or behind what ends the lines before it.
    fn of(&mut self, begins: usize) -> u64 {
        let ends_a_line = |byte: &&u8| matches!(byte, b'\n' | b'\r');
        let before = self.text.iter().skip(begins).take_while(ends_a_line);
        let begins = begins + before.count();
        let passed = self.text.get(self.at..begins).unwrap_or_default();
        let passed = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(passed).unwrap_or(0);
        self.at = begins;
        self.line
    }
}

/// The characters of a file, without the mark at its beginning.
fn text_of(bytes: &[u8]) -> Result<&str, FileProblem> {
    if bytes.len() > BYTES_AT_MOST {
        return Err(FileProblem::TooLarge);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(FileProblem::Spreadsheet);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let read = bytes.get(..error.valid_up_to()).unwrap_or_default();
        FileProblem::NotUtf8 {
            line: 1 + read.iter().filter(|byte| **byte == b'\n').count(),
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(FileProblem::Empty);
    }
    Ok(text)
}

/// The text, what parts its cells, and how many lines before it only said that: spreadsheets write `sep=;`.
fn separated(text: &str) -> (&str, u8, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(separator) = first.trim_end().strip_prefix("sep=")
        && let [separator] = separator.as_bytes()
        && separator.is_ascii_punctuation()
    {
        return (rest, *separator, 1);
    }
    let (mut counts, mut quoted) = ([(b',', 0), (b';', 0), (b'\t', 0)], false);
    for byte in first.bytes() {
        quoted ^= byte == b'"';
        let count = counts
            .iter_mut()
            .find(|(known, _)| *known == byte && !quoted);
        if let Some((_, count)) = count {
            *count += 1;
        }
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    (text, most.map_or(b',', |(separator, _)| separator), 0)
}

/// Letters and digits only, in small letters: what names are compared by.
pub(crate) fn squeezed(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Where the columns stand that we know.
fn places(head: &csv::StringRecord) -> Result<[Option<usize>; 3], FileProblem> {
    let names: Vec<String> = head.iter().map(squeezed).collect();
    let mut places = [None; 3];
    for (place, (column, known)) in places.iter_mut().zip(COLUMNS) {
        let mut found = names.iter().enumerate();
        let mut found = found
            .by_ref()
            .filter(|(_, name)| known.contains(&name.as_str()));
        *place = found.next().map(|(place, _)| place);
        if found.next().is_some() {
            return Err(FileProblem::ColumnTwice(column));
        }
        if place.is_none() && column != "telegram" {
            return Err(FileProblem::ColumnMissing {
                wanted: column,
                found: told(head.iter()).collect::<Vec<_>>().join(", "),
            });
        }
    }
    Ok(places)
}

/// Names of columns, as they are told.
fn told<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = String> {
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    let names = names.take(COLUMNS_TOLD);
    names.map(|name| cut(name, COLUMN_LENGTH).into_owned())
}

/// So many characters of a text at most; a text of a database has no NUL.
pub(crate) fn cut(text: &str, characters: usize) -> Cow<'_, str> {
    if text.chars().nth(characters).is_none() && !text.contains('\0') {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|letter| *letter != '\0');
    Cow::Owned(kept.take(characters).chain(['…']).collect())
}

/// A cell without what spreadsheets put before a text that they would take for a formula: our own files have it, too.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.trim(),
        _ => cell,
    }
}

#[cfg(test)]
mod tests;
