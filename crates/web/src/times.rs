//! Times as people read them.

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::zone::Zone;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A time in the zone of whoever looks: "12:31, 26 min ago", "4 Mar, 3 days ago", past a month the date; the exact time on hover, on
/// paper and for programs.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/time.html")]
pub struct Time {
    iso: String,
    exact: String,
    /// The time of day, for a day; the day, for a month.
    at: Option<String>,
    words: String,
}

impl HtmlSafe for Time {}

impl Time {
    /// `at` as seen from `now`.
    #[must_use]
    pub fn new(at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let zone = Zone::of_viewer();
        let said = match count(at, now) {
            Count::Minutes(_) | Count::Hours(_) if Zone::is_known() => Some(zone.clock(at)),
            Count::Minutes(_) | Count::Hours(_) => Some(format!("{} UTC", zone.clock(at))),
            Count::Days(_) => Some(zone.day_and_month(at)),
            Count::Far => None,
        };
        Self {
            iso: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            exact: zone.exact(at),
            at: said,
            words: distance(at, now),
        }
    }

    /// The day alone, the exact time on hover.
    #[must_use]
    pub fn day(at: DateTime<Utc>) -> Self {
        let zone = Zone::of_viewer();
        Self {
            iso: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            exact: zone.exact(at),
            at: None,
            words: zone.day(at),
        }
    }

    /// `at` as seen from this moment.
    #[must_use]
    pub fn of(at: DateTime<Utc>) -> Self {
        Self::new(at, clock::now())
    }
}

/// How far something lies off.
enum Count {
    /// Less than an hour; `None` where it is seconds.
    Minutes(Option<i64>),
    Hours(i64),
    Days(i64),
    /// A month or more.
    Far,
}

fn count(at: DateTime<Utc>, now: DateTime<Utc>) -> Count {
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
    match () {
        () if seconds < MINUTE => Count::Minutes(None),
        () if count(MINUTE) < 60 => Count::Minutes(Some(count(MINUTE))),
        () if count(HOUR) < 24 => Count::Hours(count(HOUR)),
        () if count(DAY) < 30 => Count::Days(count(DAY)),
        () => Count::Far,
    }
}

/// How far `at` lies from `now`, in words: "just now", "3 min ago", "in 2 hours", past a month the date.
/// `assets/js/times_and_keys.js` says it in the same words.
#[must_use]
pub fn distance(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let gap = (now - at).num_seconds();
    let some = |n: i64, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let words = match count(at, now) {
        Count::Minutes(None) if gap.abs() < 10 => return "just now".to_owned(),
        Count::Minutes(None) => format!("{} s", gap.abs()),
        Count::Minutes(Some(minutes)) => format!("{minutes} min"),
        Count::Hours(hours) => some(hours, "hour"),
        Count::Days(days) => some(days, "day"),
        Count::Far => return Zone::of_viewer().day(at),
    };
    if gap < 0 {
        format!("in {words}")
    } else {
        format!("{words} ago")
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

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
        let html = |later| Time::new(at, at + later).render().unwrap();
        let exact = r#"<time datetime="2026-03-04T11:57:00Z" title="2026-03-04 11:57:00 UTC">"#;
        for (later, said) in [
            (
                TimeDelta::minutes(3),
                r#"<span class="at">11:57 UTC, </span><span class="ago">3 min ago</span>"#,
            ),
            (
                TimeDelta::hours(23),
                r#"<span class="at">11:57 UTC, </span><span class="ago">23 hours ago</span>"#,
            ),
            (
                TimeDelta::days(3),
                r#"<span class="at">4 Mar, </span><span class="ago">3 days ago</span>"#,
            ),
            (
                TimeDelta::days(40),
                r#"<span class="day">2026-03-04</span>"#,
            ),
        ] {
            assert_eq!(html(later).trim(), format!("{exact}{said}</time>"));
        }
    }

    #[tokio::test]
    async fn a_time_is_told_in_the_zone_of_whoever_looks() {
        let at = "2026-03-04T15:57:00Z".parse::<DateTime<Utc>>().unwrap();
        let tokyo = Zone::named("Asia/Tokyo").unwrap();
        let told = async |later| {
            let html = async { Time::new(at, at + later).render().unwrap() };
            tokyo.clone().during(html).await
        };
        assert_eq!(
            told(TimeDelta::minutes(3)).await.trim(),
            r#"<time datetime="2026-03-04T15:57:00Z" title="2026-03-05 00:57:00 UTC+09:00"><span class="at">00:57, </span><span class="ago">3 min ago</span></time>"#
        );
        assert!(told(TimeDelta::days(2)).await.contains("5 Mar, "));
        assert!(told(TimeDelta::days(40)).await.contains(">2026-03-05<"));
    }
}
