//! Times, money and states as people read them.

use std::time::Duration;

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, SecondsFormat, Utc};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A time: "3 min ago", the exact time in UTC on hover and for programs.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/time.html")]
pub struct Time {
    iso: String,
    exact: String,
    words: String,
}

impl HtmlSafe for Time {}

impl Time {
    /// `at` as seen from `now`.
    #[must_use]
    pub fn new(at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            iso: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            exact: at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            words: distance(at, now),
        }
    }

    /// `at` as seen from this moment.
    #[must_use]
    pub fn of(at: DateTime<Utc>) -> Self {
        Self::new(at, clock::now())
    }
}

/// How far `at` lies from `now`, in words: "just now", "3 min ago", "in 2 hours", past a month the date.
/// `assets/js/times_and_keys.js` says it in the same words.
#[must_use]
pub fn distance(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    let ahead = seconds < 0;
    let seconds = seconds.abs();
    // What has passed is told in whole units; what is to come in the nearest, or a week would begin as 6 days.
    let count = |unit: i64| {
        if ahead {
            (seconds + unit / 2) / unit
        } else {
            seconds / unit
        }
    };
    let some = |n: i64, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let words = match () {
        () if seconds < 10 => return "just now".to_owned(),
        () if seconds < MINUTE => format!("{seconds} s"),
        () if count(MINUTE) < 60 => format!("{} min", count(MINUTE)),
        () if count(HOUR) < 24 => some(count(HOUR), "hour"),
        () if count(DAY) < 30 => some(count(DAY), "day"),
        () => return at.format("%Y-%m-%d").to_string(),
    };
    if ahead {
        format!("in {words}")
    } else {
        format!("{words} ago")
    }
}

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
    use chrono::TimeDelta;

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

    #[test]
    fn times_are_said_from_now() {
        let now = "2026-03-04T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let ago = |seconds| distance(now - TimeDelta::seconds(seconds), now);
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(42), "42 s ago");
        assert_eq!(ago(60), "1 min ago");
        assert_eq!(ago(3 * 60 + 59), "3 min ago");
        assert_eq!(ago(60 * 60), "1 hour ago");
        assert_eq!(ago(25 * 60 * 60), "1 day ago");
        assert_eq!(ago(29 * 24 * 60 * 60), "29 days ago");
        assert_eq!(ago(31 * 24 * 60 * 60), "2026-02-01");
        assert_eq!(ago(-5), "just now");
        assert_eq!(ago(-89), "in 1 min");
        assert_eq!(ago(-90), "in 2 min");
        assert_eq!(ago(-(7 * 24 * 60 * 60 - 5)), "in 7 days");
        assert_eq!(ago(-2 * 60 * 60), "in 2 hours");
    }

    #[test]
    fn a_time_carries_its_exact_value() {
        let at = "2026-03-04T11:57:00.250Z".parse::<DateTime<Utc>>().unwrap();
        let html = Time::new(at, at + TimeDelta::minutes(3)).render().unwrap();
        assert_eq!(
            html.trim(),
            r#"<time datetime="2026-03-04T11:57:00Z" title="2026-03-04 11:57:00 UTC">3 min ago</time>"#
        );
    }
}
