//! The region "History": what happened, when, and who or which callback did it.

use askama::{Template, filters::HtmlSafe};
use kernel::HistoryEntry;

use super::{AdminState, words};
use crate::{error_page::PageError, format::Time};

/// The region, newest line first.
#[derive(Template)]
#[template(path = "admin/history.html")]
pub struct History {
    lines: Vec<Line>,
    /// Where there is more of it: addresses and words.
    more: Vec<(String, String)>,
}

impl HtmlSafe for History {}

struct Line {
    /// Counted from the oldest.
    number: usize,
    what: String,
    hover: Option<String>,
    at: Time,
    by: Option<String>,
    callback: Option<i64>,
}

impl History {
    /// The entries newest first, operators by their e-mail address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(state: &AdminState, entries: Vec<HistoryEntry>) -> Result<Self, PageError> {
        let who = entries.iter().flat_map(|entry| [&entry.by, &entry.to]);
        let who: Vec<String> = who.flatten().cloned().collect();
        let names = state.names(who).await?;
        let line = |(number, entry): (usize, HistoryEntry)| Line {
            number,
            hover: entry.answer.map(words::sumsubs_word),
            what: entry.told(|who| names.name(who)),
            at: Time::of(entry.at),
            by: entry.by.map(|by| names.name(&by)),
            callback: entry.callback,
        };
        Ok(Self {
            more: Vec::new(),
            lines: (1..)
                .zip(entries)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .map(line)
                .collect(),
        })
    }

    /// Only the newest so many lines.
    pub fn newest(mut self, lines: usize) -> Self {
        self.lines.truncate(lines);
        self
    }

    /// With links to where there is more of it.
    pub fn leading_to(self, more: Vec<(String, String)>) -> Self {
        Self { more, ..self }
    }
}
