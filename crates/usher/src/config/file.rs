//! The configuration file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use figment::value::{Dict, Value};

use super::{
    keys::{KEYS, find},
    load::{Given, Layer, unknown_key},
    problems::Problems,
};

/// What stands in the file, but for what is no key. A problem: when it can't be read.
pub fn layer(given: &Given, problems: &mut Problems) -> Option<Layer> {
    let path = match &given.file {
        Some(path) => path.clone(),
        None if given.default_file && Path::new("usher.toml").exists() => {
            PathBuf::from("usher.toml")
        }
        None => return None,
    };
    let shown = path.display();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            problems.add_file(format!(
                "The configuration file {shown} can't be read ({error}): name one that this user can read with --config FILE."
            ));
            return None;
        }
    };
    // UTF-16 is full of zeros.
    let text = String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'));
    let Some(text) = text else {
        problems.add_file(format!(
            "The configuration file {shown} holds bytes that are no UTF-8: save it as UTF-8."
        ));
        return None;
    };
    let mut values: Dict = match toml::from_str(&text) {
        Ok(values) => values,
        Err(error) => {
            let error: toml::de::Error = error;
            let line = error.span().map_or(0, |span| {
                let before = text.get(..span.start).unwrap_or_default();
                before.lines().count().max(1)
            });
            problems.add_file(format!(
                "The configuration file {shown} is not TOML, at line {line}: {}.",
                error.message().replace('\n', " ")
            ));
            return None;
        }
    };
    let origin = format!("the file {shown}");
    let names = Names::of(&values);
    for name in names.values.iter().filter(|name| find(name).is_none()) {
        problems.add(None, unknown_key(name, &origin));
        forget(&mut values, name);
    }
    for name in &names.misplaced {
        problems.add(None, no_section(name, &origin));
        forget(&mut values, name);
    }
    Some(Layer {
        origin,
        values,
        key: None,
        path: Some(path),
    })
}

/// The dotted names of all values, and of those that stand where a section belongs. A table that is no section of ours counts
/// as one value.
#[derive(Default)]
pub struct Names {
    pub values: Vec<String>,
    misplaced: Vec<String>,
}

impl Names {
    #[must_use]
    pub fn of(values: &Dict) -> Self {
        let mut names = Self::default();
        names.add("", values);
        names
    }

    fn add(&mut self, prefix: &str, values: &Dict) {
        for (key, value) in values {
            let name = if prefix.is_empty() {
                key.clone()
            } else {
                format!("{prefix}.{key}")
            };
            let section = format!("{name}.");
            let is_section = KEYS.iter().any(|key| key.name.starts_with(&section));
            match value {
                Value::Dict(_, inner) if is_section => self.add(&name, inner),
                _ if is_section => self.misplaced.push(name),
                _ => self.values.push(name),
            }
        }
    }
}

/// What is wrong with a value that stands where a section belongs.
#[must_use]
pub fn no_section(name: &str, origin: &str) -> String {
    format!("{name}, from {origin}, is a section: write its keys below [{name}].")
}

/// Takes a value out; whether there was one.
pub fn forget(values: &mut Dict, name: &str) -> bool {
    if values.remove(name).is_some() {
        return true;
    }
    let Some((section, rest)) = name.split_once('.') else {
        return false;
    };
    match values.get_mut(section) {
        Some(Value::Dict(_, inner)) => forget(inner, rest),
        _ => false,
    }
}
