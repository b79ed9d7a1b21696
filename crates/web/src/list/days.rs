//! A first and a last day to filter by. They are days in the time zone of whoever looks.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

use super::{Empty, Field, filters::Day};
use crate::{error_page::PageError, zone::Zone};

const NO_DAY: &str = "Write the day as 2026-03-31.";
const BEFORE_THE_FIRST: &str = "This day is before the first one.";

/// The days of an address, as they came and as far as they are some.
#[derive(Default)]
pub struct Days {
    from: Asked,
    to: Asked,
}

#[derive(Default)]
struct Asked {
    typed: String,
    day: Option<NaiveDate>,
    problem: Option<&'static str>,
}

impl Asked {
    fn read(typed: Option<String>) -> Self {
        let typed = super::text(typed).trim().to_owned();
        // Outside of these years PostgreSQL would refuse it.
        let day = NaiveDate::parse_from_str(&typed, "%Y-%m-%d")
            .ok()
            .filter(|day| (1..=9999).contains(&day.year()));
        Self {
            problem: (day.is_none() && !typed.is_empty()).then_some(NO_DAY),
            typed,
            day,
        }
    }

    fn field(&self, (name, label): (&'static str, &'static str)) -> Field {
        Field::Day(Day {
            name,
            label,
            value: self.typed.clone(),
            problem: self.problem,
        })
    }
}

impl Days {
    /// From the first and the last day as an address has them.
    pub fn read(from: Option<String>, to: Option<String>) -> Self {
        let (from, mut to) = (Asked::read(from), Asked::read(to));
        if let (Some(first), Some(last)) = (from.day, to.day)
            && last < first
        {
            to.problem = Some(BEFORE_THE_FIRST);
        }
        Self { from, to }
    }

    /// Whether one of them is none, or they are the wrong way round.
    pub fn are_wrong(&self) -> bool {
        self.from.problem.is_some() || self.to.problem.is_some()
    }

    /// When the first begins.
    pub fn begin(&self) -> Option<DateTime<Utc>> {
        self.from.day.map(|day| Zone::of_viewer().day_begins(day))
    }

    /// When the last is over.
    pub fn end(&self) -> Option<DateTime<Utc>> {
        let after = self.to.day.and_then(|day| day.succ_opt());
        after.map(|day| Zone::of_viewer().day_begins(day))
    }

    /// As they were typed.
    pub fn typed(&self) -> [String; 2] {
        [self.from.typed.clone(), self.to.typed.clone()]
    }

    /// The fields, each by what it is sent as and what it is called.
    pub fn fields(&self, names: [(&'static str, &'static str); 2]) -> [Field; 2] {
        [self.from.field(names[0]), self.to.field(names[1])]
    }
}

/// What the list at `path` says of such days.
pub fn wrong_days(path: &str) -> Empty {
    Empty {
        heading: "Which days?",
        next: "A day above can't be read, or the two are the wrong way round.",
        link: Some((path.to_owned(), "Show all")),
    }
}

/// Refuses a file of days that are none: there is no form beside it to say so.
///
/// # Errors
/// When one of them is none, or they are the wrong way round.
pub fn refuse_wrong_days(days: &Days) -> Result<(), PageError> {
    if days.are_wrong() {
        return Err(PageError::BadRequest(
            "A day to filter by can't be read, or the two are the wrong way round.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, to: &str) -> Days {
        Days::read(Some(from.to_owned()), Some(to.to_owned()))
    }

    #[test]
    fn the_last_day_is_over_when_the_next_begins() {
        let days = days("2026-03-01", " 2026-03-31 ");
        let at = |end: Option<DateTime<Utc>>| end.map(|at| at.to_rfc3339());
        assert!(!days.are_wrong());
        assert_eq!(
            at(days.begin()).as_deref(),
            Some("2026-03-01T00:00:00+00:00")
        );
        assert_eq!(at(days.end()).as_deref(), Some("2026-04-01T00:00:00+00:00"));
    }

    #[tokio::test]
    async fn a_day_is_one_where_the_viewer_is() {
        let days = days("2026-03-29", "2026-03-29");
        let zone = Zone::named("Europe/Berlin").unwrap();
        let told = zone.during(async { (days.begin(), days.end()) }).await;
        let at = |iso: &str| Some(iso.parse().unwrap());
        // An hour is missing.
        assert_eq!(
            told,
            (at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z"))
        );
    }

    #[test]
    fn what_is_no_day_is_said() {
        for (from, to) in [
            ("2026-02-30", ""),
            ("", "yesterday"),
            ("0000-01-01", ""),
            ("", "12026-01-01"),
            ("2026-03-02", "2026-03-01"),
        ] {
            assert!(days(from, to).are_wrong(), "{from:?} {to:?}");
        }
        assert!(!days("", "").are_wrong());
        assert!(!days("2026-03-01", "2026-03-01").are_wrong());
    }
}
