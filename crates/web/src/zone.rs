//! The time zone in which a page tells times: what the operator chose on `/me`, UTC unless they did.
//!
//! It is the same for all of a page, and hardly any page would do anything else with it than hand it on; so it goes along with the
//! request ([`Zone::during`]), and [`Time`](crate::format::Time) asks for it.

use std::{
    future::Future,
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, NaiveDate, Utc};
use jiff::{
    Timestamp,
    civil::{self, Date},
    tz::{TimeZone, TimeZoneDatabase},
};

tokio::task_local! {
    static OF_VIEWER: Zone;
}

/// The names and rules that are compiled in, whatever the machine has.
static KNOWN: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Parts of the world: zones are named by a city of theirs. Other names are kept for old systems.
const PARTS: [&str; 9] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

/// A time zone.
#[derive(Debug, Clone)]
pub struct Zone {
    name: Arc<str>,
    rules: TimeZone,
}

impl Default for Zone {
    fn default() -> Self {
        Self {
            name: Arc::from("UTC"),
            rules: TimeZone::UTC,
        }
    }
}

impl Zone {
    /// The zone of this name, as IANA has it (`Europe/Berlin`, in whatever case), or UTC.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("UTC") {
            return Some(Self::default());
        }
        let rules = KNOWN.get(name).ok()?;
        let name = Arc::from(rules.iana_name()?);
        Some(Self { name, rules })
    }

    /// The names to choose from.
    pub fn names() -> impl Iterator<Item = String> {
        let cities = KNOWN
            .available()
            .map(|name| name.as_str().to_owned())
            .filter(|name| PARTS.iter().any(|part| name.starts_with(part)));
        std::iter::once("UTC".to_owned()).chain(cities)
    }

    /// Of whoever looks at the page that is just being made; UTC outside of the panel.
    #[must_use]
    pub fn of_viewer() -> Self {
        OF_VIEWER.try_with(Clone::clone).unwrap_or_default()
    }

    /// Whether whoever looks knows which zone it is: in the panel, where they chose it.
    #[must_use]
    pub fn is_known() -> bool {
        OF_VIEWER.try_with(|_| ()).is_ok()
    }

    /// Makes a page in this zone.
    pub async fn during<F: Future>(self, page: F) -> F::Output {
        OF_VIEWER.scope(self, page).await
    }

    /// As IANA calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// "2026-03-04 12:57:00 UTC+01:00".
    #[must_use]
    pub fn exact(&self, at: DateTime<Utc>) -> String {
        let minutes = self.rules.to_offset(stamp(at)).seconds() / 60;
        let offset = match minutes {
            0 => String::new(),
            _ => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.abs();
                format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        };
        // A list says this twice a row: not by a pattern that is read each time.
        let local = self.local(at);
        format!("{} {} UTC{offset}", local.date(), local.time())
    }

    /// The time of day: "12:57".
    #[must_use]
    pub fn clock(&self, at: DateTime<Utc>) -> String {
        let local = self.local(at);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// The day in a few weeks: "4 Mar".
    #[must_use]
    pub fn day_and_month(&self, at: DateTime<Utc>) -> String {
        self.local(at).strftime("%-d %b").to_string()
    }

    /// The day: "2026-03-04".
    #[must_use]
    pub fn day(&self, at: DateTime<Utc>) -> String {
        self.local(at).date().to_string()
    }

    /// When a day begins here: mostly at midnight, elsewhere with the first moment that there is. It ends when the next begins.
    #[must_use]
    pub fn day_begins(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
        // What lies outside of the years that the rules reach (until 9999) is UTC's.
        let Ok(date) = day.format("%Y-%m-%d").to_string().parse::<Date>() else {
            return midnight;
        };
        let begins = self.rules.to_timestamp(date.at(0, 0, 0, 0)).ok();
        begins
            .and_then(|begins| DateTime::from_timestamp(begins.as_second(), 0))
            .unwrap_or(midnight)
    }

    /// What days from `from` to `to`, both among them, mean: from when on, and before when.
    #[must_use]
    pub fn days(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let after = to.and_then(|day| day.succ_opt());
        (
            from.map(|day| self.day_begins(day)),
            after.map(|day| self.day_begins(day)),
        )
    }

    fn local(&self, at: DateTime<Utc>) -> civil::DateTime {
        self.rules.to_datetime(stamp(at))
    }
}

/// What lies outside of the years that are reckoned with is told as the beginning of 1970.
fn stamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp::from_second(at.timestamp()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(iso: &str) -> DateTime<Utc> {
        iso.parse().unwrap()
    }

    fn day(iso: &str) -> NaiveDate {
        iso.parse().unwrap()
    }

    #[test]
    fn a_zone_tells_the_same_moment_in_its_own_words() {
        let noon = at("2026-03-04T11:57:00Z");
        for (zone, exact, clock) in [
            ("UTC", "2026-03-04 11:57:00 UTC", "11:57"),
            ("Europe/Berlin", "2026-03-04 12:57:00 UTC+01:00", "12:57"),
            ("america/st_johns", "2026-03-04 08:27:00 UTC-03:30", "08:27"),
            ("Asia/Kathmandu", "2026-03-04 17:42:00 UTC+05:45", "17:42"),
        ] {
            let zone = Zone::named(zone).unwrap();
            assert_eq!(zone.exact(noon), exact);
            assert_eq!(zone.clock(noon), clock);
        }
        let auckland = Zone::named("Pacific/Auckland").unwrap();
        assert_eq!(auckland.day(noon), "2026-03-05");
        assert_eq!(auckland.day_and_month(noon), "5 Mar");
    }

    #[test]
    fn summer_time_counts() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(berlin.clock(at("2026-07-01T10:00:00Z")), "12:00");
        assert_eq!(berlin.clock(at("2026-12-01T10:00:00Z")), "11:00");
        // A day of 23 hours, and one of 25.
        assert_eq!(
            berlin.days(Some(day("2026-03-29")), Some(day("2026-03-29"))),
            (
                Some(at("2026-03-28T23:00:00Z")),
                Some(at("2026-03-29T22:00:00Z"))
            )
        );
        assert_eq!(
            berlin.days(Some(day("2026-10-25")), Some(day("2026-10-25"))),
            (
                Some(at("2026-10-24T22:00:00Z")),
                Some(at("2026-10-25T23:00:00Z"))
            )
        );
    }

    #[test]
    fn a_day_without_a_midnight_begins_with_its_first_moment() {
        // The clocks of Lebanon go from midnight to one.
        let beirut = Zone::named("Asia/Beirut").unwrap();
        let begins = beirut.day_begins(day("2026-03-29"));
        assert_eq!(begins, at("2026-03-28T22:00:00Z"));
        assert_eq!(beirut.clock(begins), "01:00");
    }

    #[test]
    fn what_lies_far_off_is_no_reason_to_fail() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        for far in [NaiveDate::MIN, NaiveDate::MAX] {
            let _ = berlin.day_begins(far);
        }
        assert_eq!(
            berlin.days(None, Some(NaiveDate::MAX)),
            (None, None),
            "the last day there is has no end"
        );
        let _ = berlin.exact(DateTime::<Utc>::MAX_UTC);
    }

    #[test]
    fn only_names_that_exist_are_taken() {
        for name in ["", "Europe/Atlantis", "CET-1CEST", "../etc/passwd", "now"] {
            assert!(Zone::named(name).is_none(), "{name}");
        }
        let names: Vec<_> = Zone::names().collect();
        assert!(names.len() > 300 && names[0] == "UTC");
        for name in &names {
            assert!(Zone::named(name).is_some(), "{name}");
        }
    }

    #[tokio::test]
    async fn a_page_is_made_in_its_viewers_zone_alone() {
        assert_eq!(Zone::of_viewer().name(), "UTC");
        let tokyo = Zone::named("Asia/Tokyo").unwrap();
        let during = tokyo
            .during(async { Zone::of_viewer().name().to_owned() })
            .await;
        assert_eq!(during, "Asia/Tokyo");
        assert_eq!(Zone::of_viewer().name(), "UTC");
    }
}
