//! A value that is not allowed, in one sentence that never shows a secret.

use figment::{Error, Figment, error::Kind as ErrorKind, value::Value};

use super::{file, keys::KEYS, load::origin_in};

/// The key, if it is one; the value to leave out; and the sentence.
pub fn bad_value(figment: &Figment, error: Error) -> (Option<&'static str>, String, String) {
    let path = error.path.join(".");
    // An entry of a list is at fault: `trusted_proxies.0`.
    let key = KEYS.iter().find(|key| {
        path == key.name
            || path
                .strip_prefix(key.name)
                .is_some_and(|rest| rest.starts_with('.'))
    });
    let Some(key) = key else {
        let origin = origin_in(figment, &path);
        let sentence = match error.kind {
            ErrorKind::InvalidType(..) => file::no_section(&path, &origin),
            kind => format!("{path}, from {origin}: {kind}."),
        };
        return (None, path, sentence);
    };
    let shown = match figment.find_value(key.name) {
        Ok(value) if !key.kind.is_secret() => format!(" = {}", show(&value)),
        _ => String::new(),
    };
    let sentence = format!(
        "{}{shown}, from {}, is not allowed: use {}.",
        key.name,
        origin_in(figment, key.name),
        key.allowed
    );
    (Some(key.name), key.name.to_owned(), sentence)
}

/// What was meant for a URL may hold a password.
fn without_login(text: &str) -> String {
    let place = text
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1)));
    match place {
        Some((scheme, place)) => format!("{scheme}://…@{place}"),
        None => text.to_owned(),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{:?}", without_login(text)),
        Value::Bool(_, switch) => switch.to_string(),
        Value::Array(_, entries) => format!(
            "[{}]",
            entries.iter().map(show).collect::<Vec<_>>().join(", ")
        ),
        other => other
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| other.to_u128().map(|number| number.to_string()))
            .or_else(|| other.to_f64().map(|number| number.to_string()))
            .unwrap_or_else(|| "a table".to_owned()),
    }
}
