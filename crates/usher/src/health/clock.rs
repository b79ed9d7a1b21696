//! How far the database's clock is from ours, and what that means. What two processes must agree on goes by the database's; the
//! ends of sessions, Sumsub's signatures and tokens go by ours.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Clocks that are further apart are worth a look.
pub const NOTICED: Duration = Duration::from_secs(2);

/// How far apart the clocks are, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skew {
    /// The database's clock minus ours.
    ahead: f64,
    /// Half of the time that the question took: it may be so much more or less.
    unsure: f64,
}

/// What a skew means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clocks {
    Agree,
    /// Worth a look.
    Differ(String),
    /// Over the limit.
    Wrong(String),
}

impl Skew {
    /// Of what the database said (`theirs`: seconds since 1970) between two looks at our clock.
    #[must_use]
    pub fn between(before: SystemTime, theirs: f64, after: SystemTime) -> Self {
        let (before, after) = (seconds(before), seconds(after));
        Self {
            ahead: theirs - f64::midpoint(before, after),
            unsure: ((after - before) / 2.0).max(0.0),
        }
    }

    /// The best guess, in seconds; negative when the database's clock is behind ours.
    #[must_use]
    pub fn ahead(self) -> f64 {
        self.ahead
    }

    /// What it means, with this limit.
    #[must_use]
    pub fn judge(self, limit: Duration) -> Clocks {
        let at_least = (self.ahead.abs() - self.unsure).max(0.0);
        if at_least < NOTICED.min(limit).as_secs_f64() {
            return Clocks::Agree;
        }
        let which = if self.ahead > 0.0 {
            "ahead of"
        } else {
            "behind"
        };
        let words = format!(
            "the database's clock is {at_least:.0} s {which} this machine's: set both by NTP; ends of sessions, links and \
             passwords, and Sumsub's signatures go by them"
        );
        if at_least < limit.as_secs_f64() {
            Clocks::Differ(words)
        } else {
            Clocks::Wrong(words)
        }
    }
}

fn seconds(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn skew(ahead: f64, took: u64) -> Skew {
        let before = UNIX_EPOCH + Duration::from_secs(1_000);
        let after = before + Duration::from_secs(took);
        Skew::between(before, 1_000.0 + took as f64 / 2.0 + ahead, after)
    }

    #[test]
    fn clocks_that_differ_are_worth_a_look_and_then_wrong() {
        assert_eq!(skew(1.5, 0).judge(LIMIT), Clocks::Agree);
        assert!(
            matches!(skew(-5.0, 0).judge(LIMIT), Clocks::Differ(words) if words.contains("5 s behind"))
        );
        assert!(
            matches!(skew(7_200.0, 0).judge(LIMIT), Clocks::Wrong(words) if words.contains("7200 s ahead of"))
        );
    }

    #[test]
    fn a_slow_answer_accuses_no_clock() {
        assert_eq!(skew(3.0, 3).judge(LIMIT), Clocks::Agree);
        assert!(matches!(skew(11.0, 3).judge(LIMIT), Clocks::Differ(_)));
    }
}
