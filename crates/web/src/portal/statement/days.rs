//! From which day to which, as typed.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

/// What stands in the two fields.
#[derive(Debug, Default, Deserialize)]
pub struct TypedDays {
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
}

/// What is wrong with them, in words beside each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Problems {
    pub from: Option<&'static str>,
    pub to: Option<&'static str>,
}

/// Two days in UTC, both part of the period; the first is not after the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

const NO_DAY: &str = "This is no day of the calendar. Write it as 2026-03-31.";
const NOT_YET: &str = "This day has not come yet.";
const TURNED_ROUND: &str = "The first day has to come before the last one.";

impl TypedDays {
    /// This month so far, when nothing was typed.
    pub fn or_this_month(self, today: NaiveDate) -> Self {
        if !self.from.is_empty() || !self.to.is_empty() {
            return self;
        }
        Self {
            from: today.with_day(1).unwrap_or(today).to_string(),
            to: today.to_string(),
        }
    }

    /// The days that were typed.
    pub fn days(&self, today: NaiveDate) -> Result<Days, Problems> {
        match (day(&self.from, today), day(&self.to, today)) {
            (Ok(from), Ok(to)) if from <= to => Ok(Days { from, to }),
            (Ok(_), Ok(_)) => Err(Problems {
                from: Some(TURNED_ROUND),
                to: None,
            }),
            (from, to) => Err(Problems {
                from: from.err(),
                to: to.err(),
            }),
        }
    }
}

fn day(typed: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let typed = typed.trim();
    // chrono takes years of any length, and signs.
    if typed.len() != 10 || !typed.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(NO_DAY);
    }
    match typed.parse::<NaiveDate>() {
        Ok(day) if day > today => Err(NOT_YET),
        Ok(day) => Ok(day),
        Err(_) => Err(NO_DAY),
    }
}

impl Days {
    /// From the first moment of the first day until before the first moment after the last.
    pub fn bounds(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let after = self.to.succ_opt().unwrap_or(NaiveDate::MAX);
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        (midnight(self.from), midnight(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, to: &str) -> Result<(String, String), Problems> {
        let typed = TypedDays {
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let today = "2026-03-15".parse().unwrap();
        let days = typed.or_this_month(today).days(today)?;
        let (from, to) = days.bounds();
        Ok((from.to_rfc3339(), to.to_rfc3339()))
    }

    #[test]
    fn a_period_is_of_whole_days_and_this_month_unless_said_otherwise() {
        let bounds = |from: &str, to: &str| {
            let at = |day| format!("{day}T00:00:00+00:00");
            Ok((at(from), at(to)))
        };
        assert_eq!(days("", ""), bounds("2026-03-01", "2026-03-16"));
        assert_eq!(
            days("2024-02-29", " 2024-02-29 "),
            bounds("2024-02-29", "2024-03-01")
        );
        assert_eq!(
            days("0001-01-01", "2026-03-15"),
            bounds("0001-01-01", "2026-03-16")
        );
    }

    #[test]
    fn what_is_no_period_is_said_beside_the_field() {
        let wrong = |from, to| Err(Problems { from, to });
        assert_eq!(days("2026-03-01", ""), wrong(None, Some(NO_DAY)));
        assert_eq!(
            days("2025-02-29", "31.03.2026"),
            wrong(Some(NO_DAY), Some(NO_DAY))
        );
        for strange in [
            "+2026-01-1",
            "-001-01-01",
            "2026-1-001",
            "2026-01-0é",
            "'; DROP --",
        ] {
            assert_eq!(days(strange, "2026-03-01"), wrong(Some(NO_DAY), None));
        }
        assert_eq!(days("2026-03-01", "2026-03-16"), wrong(None, Some(NOT_YET)));
        assert_eq!(
            days("2026-03-02", "2026-03-01"),
            wrong(Some(TURNED_ROUND), None)
        );
    }
}
