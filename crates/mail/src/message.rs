//! An e-mail ready to be sent.

use std::{error::Error, fmt, time::Duration};

use askama::Template;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use rand::RngCore as _;

/// An e-mail ready to be sent, as HTML and as text.
#[derive(Clone)]
pub struct Message {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// The Message-ID up to the `@`; the sender's host follows it.
    pub(crate) id: String,
}

impl Message {
    /// The e-mail with these two bodies and a Message-ID of its own, which begins with `id`.
    #[expect(
        clippy::expect_used,
        reason = "these templates write into a String, which never fails"
    )]
    pub(crate) fn new(
        to: &str,
        subject: &str,
        id: &str,
        text: &impl Template,
        html: &impl Template,
    ) -> Self {
        Self {
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: text.render().expect("a String takes all text"),
            html: html.render().expect("a String takes all text"),
            id: format!("{id}.{:016x}", rand::rng().next_u64()),
        }
    }

    /// The recipient's address.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// The subject line.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The text body. It may hold a password: never log it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The HTML body. It may hold a password: never log it.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
    }
}

// Neither the recipient nor what the mail says gets into a log through `{:?}`.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Tells vacation responders and the like not to answer (RFC 3834).
#[derive(Clone)]
pub(crate) struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// A span of time as people say it, rounded down: `7 days`, `36 hours`, `30 minutes`.
pub(crate) fn span_in_words(span: Duration) -> String {
    const HOUR: u64 = 60 * 60;
    const DAY: u64 = 24 * HOUR;
    let seconds = span.as_secs();
    let (number, unit) = match seconds {
        s if s >= 2 * DAY && s.is_multiple_of(DAY) => (s / DAY, "day"),
        s if s >= HOUR => (s / HOUR, "hour"),
        s => ((s / 60).max(1), "minute"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_as_people_say_them() {
        for (seconds, words) in [
            (604_800, "7 days"),
            (86_400, "24 hours"),
            (172_800, "2 days"),
            (129_600, "36 hours"),
            (3_600, "1 hour"),
            (1_800, "30 minutes"),
            (5, "1 minute"),
        ] {
            assert_eq!(span_in_words(Duration::from_secs(seconds)), words);
        }
    }
}
