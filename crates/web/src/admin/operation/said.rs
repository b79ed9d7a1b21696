//! What a page says of an operation: that it is done, or why not, and where on the page.

use axum::http::StatusCode;
use serde::Deserialize;

use super::Operation;
use crate::admin::dialog::{Dialog, Said};

/// What a page shows beside its record.
#[derive(Default)]
pub struct Beside {
    pub status: StatusCode,
    /// What has just been done, or why it can't be, and about what.
    pub said: Option<About>,
    pub dialog: Option<Dialog>,
    /// What became of several things at once, and of each.
    pub summary: Option<String>,
    pub told: Vec<String>,
    /// What was typed into a form of the page, which could not be done.
    pub typed: Option<String>,
}

/// What is said, and where on the page.
pub struct About {
    /// The operation's slug, or the id of the line that it is about.
    pub place: String,
    pub said: Said,
}

impl Beside {
    /// What has just been said, if anything.
    pub fn saying(said: Option<About>) -> Self {
        Self {
            said,
            ..Self::default()
        }
    }

    /// What went wrong, at this place.
    pub fn problem(status: StatusCode, place: String, words: String) -> Self {
        let said = Said::Problem(words);
        Self {
            status,
            said: Some(About { place, said }),
            ..Self::default()
        }
    }

    /// What is to be said at one of these places; whatever is left stands at the top of the page.
    pub fn said_at<'a>(&mut self, places: impl IntoIterator<Item = &'a str>) -> Option<Said> {
        let mut places = places.into_iter();
        let about = self
            .said
            .take_if(|about| places.any(|place| place == about.place.as_str()))?;
        Some(about.said)
    }

    /// What no place of the page has said.
    pub fn rest(&mut self) -> Option<Said> {
        self.said.take().map(|about| about.said)
    }
}

/// What the address of a page says beside its record.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Done {
    done: Option<String>,
    /// The line that it was done to.
    at: Option<String>,
}

impl Done {
    /// What an address says was done.
    pub const fn of(done: Option<String>) -> Self {
        Self { done, at: None }
    }

    /// Whether this is what was done.
    pub fn is(&self, slug: &str) -> bool {
        self.done.as_deref() == Some(slug)
    }

    /// What the page says of the operation that was done, and where; nothing when it is none of these.
    pub fn said<O: Operation>(&self) -> Option<About> {
        let mut all = O::ALL.iter().map(|operation| operation.words());
        let words = all.find(|words| self.done.as_deref() == Some(words.slug))?;
        self.about(words.slug, words.done)
    }

    /// These words, when this was done.
    pub fn about(&self, slug: &str, words: &'static str) -> Option<About> {
        self.is(slug).then(|| About {
            place: self.at.clone().unwrap_or_else(|| slug.to_owned()),
            said: Said::Done(words),
        })
    }
}

/// Where the page at `path` says that this was done, at the line that it is about.
pub fn done_at(path: &str, line: Option<String>, slug: &str) -> String {
    let at = line.map_or_else(String::new, |line| format!("&at={line}"));
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}done={slug}{at}#done")
}
