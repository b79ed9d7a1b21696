//! Reading JSON objects field by field, so that one odd field never costs the rest.

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, NaiveDateTime, SubsecRound as _, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The fields of one JSON object, each still as it was sent. Of a key sent twice the last counts.
pub(crate) struct Fields<'a>(HashMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body).map(Self)
    }

    fn get<T: Deserialize<'a>>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }

    /// A string. Blank counts as absent, and so does one with U+0000, which PostgreSQL can't hold.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name)
            .filter(|text: &String| stands_for_something(text))
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)
    }

    /// A number as it was written, whether as a number or as a string: no digit is lost.
    pub(crate) fn figure(&self, name: &str) -> Option<String> {
        const LONGEST: usize = 40;
        let written = self.text(name).or_else(|| {
            self.get::<serde_json::Number>(name)?;
            Some(self.0.get(name)?.get().to_owned())
        })?;
        let written = written.trim();
        let is_finite = written.parse().is_ok_and(f64::is_finite);
        (is_finite && written.len() <= LONGEST).then(|| written.to_owned())
    }

    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        self.get(name).map(Self)
    }

    /// The objects of a list; whatever else stands in it is passed over.
    pub(crate) fn objects(&self, name: &str) -> Vec<Self> {
        let items: Vec<&'a RawValue> = self.get(name).unwrap_or_default();
        items
            .into_iter()
            .filter_map(|item| serde_json::from_str(item.get()).ok().map(Self))
            .collect()
    }

    /// The strings of a list; whatever else stands in it is passed over.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let items: Vec<&'a RawValue> = self.get(name).unwrap_or_default();
        items
            .into_iter()
            .filter_map(|item| serde_json::from_str(item.get()).ok())
            .filter(|text: &String| stands_for_something(text))
            .collect()
    }
}

fn stands_for_something(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains('\0')
}

/// A time as Sumsub writes it: `2024-09-23 23:10:24.704` (UTC), `2024-09-23 23:10:24+0000`, or RFC 3339.
///
/// Cut to microseconds, PostgreSQL's grain, so that a stored time equals the one that was read. A year
/// outside 1970 to 9999 is no time: PostgreSQL and our pages could not take it.
pub fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let with_offset = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .map(|time| time.with_timezone(&Utc));
    let time = with_offset
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")
                .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f"))
                .map(|time| time.and_utc())
        })
        .ok()?;
    (1970..=9999)
        .contains(&time.year())
        .then(|| time.trunc_subsecs(6))
}
