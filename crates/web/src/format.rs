//! Money and states as people read them, and times (`times.rs`).

use std::time::Duration;

use askama::{Template, filters::HtmlSafe};

pub(crate) use crate::address::breakable;
pub use crate::times::{Time, distance};

/// "8 seconds", "2 minutes".
#[must_use]
pub fn wait_words(wait: Duration) -> String {
    match wait.as_secs() + 1 {
        1 => "a second".to_owned(),
        seconds if seconds < 90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// US cents as `$1,234.56`.
#[must_use]
pub fn money(cents: i64) -> String {
    let absolute = cents.unsigned_abs();
    let digits = (absolute / 100).to_string();
    let mut dollars = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            dollars.push(',');
        }
        dollars.push(digit);
    }
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}${dollars}.{:02}", absolute % 100)
}

/// The colour of a state. Never its only sign: every state has a word and a shape too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing has happened, or nothing will any more.
    Quiet,
    /// On its way.
    Moving,
    /// Wants a person's eye.
    Look,
    /// As it should be.
    Good,
    /// Refused or failed.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Quiet => "quiet",
            Tone::Moving => "moving",
            Tone::Look => "look",
            Tone::Good => "good",
            Tone::Bad => "bad",
        }
    }
}

/// The shape of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An empty circle.
    Ring,
    /// A circle filled by a quarter.
    Quarter,
    /// A circle filled by half.
    Half,
    /// A triangle, for what needs attention.
    Triangle,
    /// A check mark.
    Check,
    /// A cross, for what was refused.
    Cross,
    /// A bar, for what is over.
    Bar,
    /// An arrow that turns round.
    Again,
}

impl Shape {
    /// SVG path data on a field of 16 by 16, drawn with an even-odd fill.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Shape::Ring => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2m0 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8",
            Shape::Quarter => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2m0 2v4h4a4 4 0 1 1-4-4",
            Shape::Half => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2m0 2v8a4 4 0 0 1 0-8",
            Shape::Triangle => "M8 1.5 15 14H1zM7.2 6v4h1.6V6zm0 5v1.5h1.6V11z",
            Shape::Check => {
                "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m3.3 3.8 1.2 1.1-5.3 5.7-3.2-3 1.1-1.2 2 1.9z"
            }
            Shape::Cross => {
                "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1M5.6 4.5 8 6.9l2.4-2.4 1.1 1.1L9.1 8l2.4 2.4-1.1 1.1L8 9.1l-2.4 2.4-1.1-1.1L6.9 8 4.5 5.6z"
            }
            Shape::Bar => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1M4.5 7.2h7v1.6h-7z",
            Shape::Again => {
                "M8 2a6 6 0 0 1 4.5 2V2H14v5H9V5.500h2.700A4.200 4.200 0 1 0 12 9.500h1.900A6 6 0 1 1 8 2"
            }
        }
    }
}

/// A state as word, shape and colour.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/state.html")]
pub struct State {
    words: String,
    class: &'static str,
    path: &'static str,
    hover: Option<String>,
}

impl HtmlSafe for State {}

impl State {
    /// Puts the three together.
    #[must_use]
    pub fn new(words: impl Into<String>, tone: Tone, shape: Shape) -> Self {
        Self {
            words: words.into(),
            class: tone.class(),
            path: shape.path(),
            hover: None,
        }
    }

    /// With more about it on hover.
    #[must_use]
    pub fn hover(mut self, words: String) -> Self {
        self.hover = Some(words);
        self
    }

    /// The words beside the shape.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }
}

/// One of a list to choose from.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/choice.html")]
pub struct Choice {
    value: String,
    words: String,
    selected: bool,
    hover: Option<String>,
}

impl HtmlSafe for Choice {}

impl Choice {
    /// What is sent, what people read, and whether it is the one.
    #[must_use]
    pub fn new(value: impl Into<String>, words: impl Into<String>, selected: bool) -> Self {
        Self {
            value: value.into(),
            words: words.into(),
            selected,
            hover: None,
        }
    }

    /// With more about it on hover.
    #[must_use]
    pub fn hover(mut self, words: String) -> Self {
        self.hover = Some(words);
        self
    }

    /// Whether it is the one, and says something.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.selected && !self.value.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_said_in_words() {
        assert_eq!(wait_words(Duration::from_millis(10)), "a second");
        assert_eq!(wait_words(Duration::from_secs(14)), "15 seconds");
        assert_eq!(wait_words(Duration::from_secs(200)), "4 minutes");
    }

    #[test]
    fn money_is_grouped() {
        assert_eq!(money(0), "$0.00");
        assert_eq!(money(5), "$0.05");
        assert_eq!(money(99_999), "$999.99");
        assert_eq!(money(123_456), "$1,234.56");
        assert_eq!(money(100_000_000_000), "$1,000,000,000.00");
        assert_eq!(money(-123_456), "-$1,234.56");
        assert_eq!(money(i64::MIN), "-$92,233,720,368,547,758.08");
    }
}
