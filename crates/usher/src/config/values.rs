//! How a value is written in a configuration: durations as `7d`, mail addresses, networks.

use std::{net::IpAddr, time::Duration};

use serde::{Deserialize, Deserializer, de};
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::database::Address;

/// Nothing here lasts longer; times far ahead can't be reckoned with.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// PostgreSQL would take more; nobody waits for it.
const LONGEST_LIMIT: Duration = Duration::from_secs(3600);

/// A length of time, written `500ms`, `30s`, `12h`, `7d` or `1h 30m`.
///
/// # Errors
/// When the text is no duration, is zero, or longer than [`LONGEST`].
pub fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    match humantime::parse_duration(&text) {
        Ok(length) if !length.is_zero() && length <= LONGEST => Ok(length),
        _ => Err(de::Error::custom("not a duration")),
    }
}

/// A list of the same.
///
/// # Errors
/// When one of them is none.
pub fn durations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Duration>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let durations = texts.iter().map(|text| humantime::parse_duration(text));
    durations
        .map(|length| match length {
            Ok(length) if !length.is_zero() && length <= LONGEST => Ok(length),
            _ => Err(de::Error::custom("not a list of durations")),
        })
        .collect()
}

/// The same, and `0s`.
///
/// # Errors
/// When the text is none, or longer than that.
pub fn duration_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    match humantime::parse_duration(&text) {
        Ok(length) if length <= LONGEST => Ok(length),
        _ => Err(de::Error::custom("not a duration")),
    }
}

/// A limit that PostgreSQL keeps: a [`duration`] up to an hour, or `0` for none.
///
/// # Errors
/// When the text is neither.
pub fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim() == "0" {
        return Ok(None);
    }
    match humantime::parse_duration(&text) {
        Ok(length) if length >= Duration::from_millis(1) && length <= LONGEST_LIMIT => {
            Ok(Some(length))
        }
        _ => Err(de::Error::custom("no limit")),
    }
}

/// An `http` or `https` URL with a host, without a query, a fragment or who signs in. What the parser would mend in silence
/// (a missing slash, a blank, a backslash) is refused: whoever wrote it meant something else.
///
/// # Errors
/// When the text is no such URL.
pub fn parse_web_url(text: &str) -> Result<Url, &'static str> {
    const NOT_ALLOWED: &str =
        "use an http or https URL without a query, fragment, user name or password";
    let url = Url::parse(text).map_err(|_| NOT_ALLOWED)?;
    let after_scheme = text
        .split_once("://")
        .filter(|(scheme, _)| ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()))
        .map(|(_, rest)| rest);
    let as_written = after_scheme.is_some_and(|rest| {
        !rest.starts_with('/')
            && !rest
                .contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\' || c == '@')
    });
    if !as_written
        || !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(NOT_ALLOWED);
    }
    Ok(url)
}

/// A [`parse_web_url`].
///
/// # Errors
/// When the text is no such URL.
pub fn web_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    parse_web_url(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// Where browsers find the panel or the portal, for a key that may be left out: a [`web_url`] without a path. Our pages link to each other
/// from the root, and cookies and `Origin` know no path.
///
/// # Errors
/// When the text is no such URL.
pub fn optional_door_url<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Url>, D::Error> {
    let url = web_url(deserializer)?;
    if url.path() != "/" {
        return Err(de::Error::custom("a path"));
    }
    Ok(Some(url))
}

/// Like [`web_url`], for a key that may be left out.
///
/// # Errors
/// When the text is no such URL.
pub fn optional_web_url<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Url>, D::Error> {
    web_url(deserializer).map(Some)
}

/// The address of an applicant's page, with `{id}` where the id belongs.
///
/// # Errors
/// When it is no such address.
pub fn applicant_page<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<web::ApplicantPage, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(de::Error::custom)
}

/// A PostgreSQL URL, of one host or several.
///
/// # Errors
/// When the text is no such URL. The error never holds the text: a password may be in it.
pub fn database_url<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<sumsub::Secret>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Address::parse(&text).map_err(de::Error::custom)?;
    Ok(Some(sumsub::Secret::new(text)))
}

/// Addresses and networks whose forwarded headers count.
///
/// # Errors
/// When an entry is neither.
pub fn proxies<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let entries = Vec::<String>::deserialize(deserializer)?;
    let known =
        |entry: &String| entry.parse::<ipnet::IpNet>().is_ok() || entry.parse::<IpAddr>().is_ok();
    if entries.iter().all(known) {
        Ok(entries)
    } else {
        Err(de::Error::custom("neither an address nor a network"))
    }
}

/// A log filter, kept as it was written.
///
/// # Errors
/// When it is no filter.
pub fn log_filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    // A mistyped level would otherwise count as the name of a module, and silence everything.
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let sensible = text.split(',').map(str::trim).all(|part| {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        levels.contains(&level.to_ascii_lowercase().as_str())
    });
    if !sensible || EnvFilter::try_new(&text).is_err() {
        return Err(de::Error::custom("not a log filter"));
    }
    Ok(text)
}

/// Text that isn't empty.
///
/// # Errors
/// When there is nothing but white space in it.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        return Err(de::Error::custom("empty"));
    }
    Ok(text)
}

/// The name of a realm; it becomes part of URLs. `master` is for Keycloak's own administrators.
///
/// # Errors
/// When it holds anything but letters, digits, dots, dashes and underscores, or is `master`.
pub fn realm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = text(deserializer)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name == "master" || !name.chars().all(plain) {
        return Err(de::Error::custom("not the name of a realm"));
    }
    Ok(name)
}

/// Like [`text`], for a key that may be left out.
///
/// # Errors
/// When there is nothing but white space in it.
pub fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    text(deserializer).map(Some)
}

/// An amount in US dollars as people write it, for a key that may be left out.
///
/// # Errors
/// When the text is no amount of more than 0.
pub fn optional_dollars<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<kernel::Amount>, D::Error> {
    let amount = text(deserializer)?.parse::<kernel::Amount>();
    amount.map(Some).map_err(de::Error::custom)
}

/// A secret that isn't empty, for a key that may be left out.
///
/// # Errors
/// When there is nothing in it.
pub fn optional_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<sumsub::Secret>, D::Error> {
    text(deserializer).map(|text| Some(sumsub::Secret::new(text)))
}

/// Secrets, none of them empty.
///
/// # Errors
/// When one is empty: it would verify a signature made with nothing.
pub fn secrets<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<sumsub::Secret>, D::Error> {
    let entries = Vec::<String>::deserialize(deserializer)?;
    if entries.iter().any(|entry| entry.trim().is_empty()) {
        return Err(de::Error::custom("an empty secret"));
    }
    Ok(entries.into_iter().map(sumsub::Secret::new).collect())
}
