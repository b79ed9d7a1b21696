//! Reading JSON objects field by field, so that one odd field never costs the rest.

use std::{borrow::Cow, collections::HashMap, fmt};

use chrono::{DateTime, Datelike as _, NaiveDateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// The longest id that is taken for one, in bytes: Sumsub's have 24 characters, ours 36.
pub const ID_AT_MOST: usize = 256;

/// The fields of one JSON object, each still as it was sent. Of a key sent twice the last counts.
pub(crate) struct Fields<'a>(HashMap<Lossy, &'a RawValue>);

/// Bytes as the text that is in them: without a byte-order mark, and with U+FFFD for what is not UTF-8.
pub(crate) fn readable(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

impl<'a> Fields<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body).map(Self)
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied()
    }

    fn get<T: Deserialize<'a>>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.raw(name)?.get()).ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (name.0.as_str(), *value))
    }

    /// A string. Blank counts as absent, and so does one with U+0000, which PostgreSQL can't hold.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name)
            .filter(|text: &String| stands_for_something(text))
    }

    /// Words for people. What PostgreSQL or UTF-8 can't hold (U+0000, half a surrogate pair) becomes U+FFFD: the rest
    /// is not lost.
    pub(crate) fn words(&self, name: &str) -> Option<String> {
        self.get::<Lossy>(name)
            .map(|Lossy(words)| words.replace('\0', "\u{fffd}"))
            .filter(|words| stands_for_something(words))
    }

    /// An id: without the blanks around it, and not longer than an id can be ([`ID_AT_MOST`]).
    pub(crate) fn id(&self, name: &str) -> Option<String> {
        self.text(name)
            .map(|id| id.trim().to_owned())
            .filter(|id| id.len() <= ID_AT_MOST)
    }

    /// Whether something stands there that is neither null nor blank.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| {
            value.get() != "null"
                && self
                    .get::<String>(name)
                    .is_none_or(|text| !text.trim().is_empty())
        })
    }

    /// Yes or no, also written as text or as a number. Absent when it is neither.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        let written = self.text(name).unwrap_or_else(|| {
            self.raw(name)
                .map_or_else(String::new, |raw| raw.get().to_owned())
        });
        match written.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        }
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
        self.items(name)
            .into_iter()
            .filter_map(|item| serde_json::from_str(item.get()).ok().map(Self))
            .collect()
    }

    /// The strings of a list; whatever else stands in it is passed over.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.items(name)
            .into_iter()
            .filter_map(|item| serde_json::from_str(item.get()).ok())
            .map(|Lossy(text)| text.replace('\0', "\u{fffd}"))
            .filter(|text| stands_for_something(text))
            .collect()
    }

    /// The strings of a list, or of one text with commas between them.
    pub(crate) fn labels(&self, name: &str) -> Vec<String> {
        match self.words(name) {
            Some(text) => {
                let labels = text.split([',', ';']).map(str::trim);
                labels
                    .filter(|label| !label.is_empty())
                    .map(str::to_owned)
                    .collect()
            }
            None => self.texts(name),
        }
    }

    fn items(&self, name: &str) -> Vec<&'a RawValue> {
        self.get(name).unwrap_or_default()
    }
}

/// A string that JSON can write and Rust can't hold (half a surrogate pair) is read all the same.
#[derive(PartialEq, Eq, Hash)]
struct Lossy(String);

impl std::borrow::Borrow<str> for Lossy {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl de::Visitor<'_> for Bytes {
            type Value = Lossy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Lossy, E> {
                Ok(Lossy(text.to_owned()))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Lossy, E> {
                Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
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
