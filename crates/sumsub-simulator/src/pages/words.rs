use chrono::{DateTime, TimeDelta, Utc};

use crate::store::Webhook;

/// A time as one says it, and exactly.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) said: String,
    /// The exact time, in UTC.
    pub(super) exact: String,
    pub(super) machine: String,
}

impl Moment {
    pub(super) fn new(time: DateTime<Utc>) -> Self {
        Self {
            said: say(time - clock::now()),
            exact: time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            machine: time.to_rfc3339(),
        }
    }
}

fn say(from_now: TimeDelta) -> String {
    // Rounded: what was asked to live 7 days does not end "in 6 d" from the start.
    let seconds = (from_now.num_milliseconds().abs() + 500) / 1000;
    let length = match seconds {
        0..5 => return "now".to_owned(),
        5..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", (seconds + 1800) / 3600),
        _ => format!("{} d", (seconds + 43_200) / 86_400),
    };
    if from_now < TimeDelta::zero() {
        format!("{length} ago")
    } else {
        format!("in {length}")
    }
}

/// How something stands: a colour, a shape and a word.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The style's class: `good`, `bad`, `busy` or `quiet`.
    pub(super) tone: &'static str,
    pub(super) shape: &'static str,
    pub(super) word: String,
}

impl State {
    fn new(tone: &'static str, word: impl Into<String>) -> Self {
        let shape = match tone {
            "good" => "✓",
            "bad" => "✕",
            "busy" => "…",
            _ => "○",
        };
        Self {
            tone,
            shape,
            word: word.into(),
        }
    }

    pub(super) fn of_applicant(
        status: Option<&str>,
        answer: Option<&str>,
        reject_type: Option<&str>,
        active: bool,
        deleted: bool,
    ) -> Self {
        let review = Self::of_review(status, answer, reject_type);
        match (deleted, active) {
            (true, _) => Self::new("quiet", "Deleted"),
            (_, false) => Self::new("busy", format!("{}; deactivated", review.word)),
            _ => review,
        }
    }

    fn of_review(status: Option<&str>, answer: Option<&str>, reject_type: Option<&str>) -> Self {
        match (status, answer) {
            (None, _) => Self::new("quiet", "Link not opened yet"),
            (Some("init"), _) => Self::new("quiet", "Documents not submitted yet"),
            (Some("pending"), _) => Self::new("busy", "In review"),
            (Some("onHold"), _) => Self::new("busy", "On hold: a person must look"),
            (Some("completed"), Some("GREEN")) => Self::new("good", "Approved"),
            (Some("completed"), Some("RED")) if reject_type == Some("FINAL") => {
                Self::new("bad", "Rejected for good")
            }
            (Some("completed"), Some("RED")) => Self::new("bad", "Rejected, may try again"),
            (Some("completed"), Some(other)) => Self::new("busy", format!("Answered {other}")),
            (Some(other), _) => Self::new("quiet", other),
        }
    }

    pub(super) fn of_webhook(webhook: &Webhook) -> Self {
        let attempts = webhook.attempts;
        let error = webhook.last_error.as_deref().unwrap_or("no answer yet");
        match webhook.state.as_str() {
            "sent" => Self::new(
                "good",
                format!("Sent, answered {}", webhook.last_status.unwrap_or_default()),
            ),
            "dropped" => Self::new("bad", "Dropped"),
            "failed" => Self::new("bad", format!("Given up at try {attempts}: {error}")),
            "sending" => Self::new("busy", "Sending"),
            _ if webhook.attempts == 0 => Self::new(
                "busy",
                format!("Waiting, goes out {}", say(webhook.next_try - clock::now())),
            ),
            _ => Self::new(
                "busy",
                format!(
                    "Try {attempts} failed: {error}; again {}",
                    say(webhook.next_try - clock::now())
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        for (seconds, said) in [
            (0, "now"),
            (-4, "now"),
            (-59, "59 s ago"),
            (30, "in 30 s"),
            (-60, "1 min ago"),
            (-3599, "59 min ago"),
            (7200, "in 2 h"),
            (-86_400, "1 d ago"),
            (604_790, "in 7 d"),
        ] {
            assert_eq!(say(TimeDelta::seconds(seconds)), said);
        }
    }

    #[test]
    fn every_review_has_a_word() {
        let word = |status, answer, reject| State::of_review(status, answer, reject).word;
        assert_eq!(word(None, None, None), "Link not opened yet");
        assert_eq!(
            word(Some("completed"), Some("RED"), Some("FINAL")),
            "Rejected for good"
        );
        assert_eq!(
            word(Some("completed"), Some("RED"), None),
            "Rejected, may try again"
        );
        assert_eq!(
            word(Some("completed"), Some("YELLOW"), None),
            "Answered YELLOW"
        );
        assert_eq!(word(Some("queued"), None, None), "queued");
        let word = |active, deleted| {
            State::of_applicant(Some("pending"), None, None, active, deleted).word
        };
        assert_eq!(word(true, false), "In review");
        assert_eq!(word(false, false), "In review; deactivated");
        assert_eq!(word(false, true), "Deleted");
    }
}
