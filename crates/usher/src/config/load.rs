//! Reads all layers into one [`Config`], and turns what is wrong into one sentence.

use std::{env, path::PathBuf};

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};

use super::{
    bad_value::bad_value,
    environment, file,
    keys::{KEYS, find},
    problems::Problems,
    reference::{Key, Kind},
    types::Config,
};
use crate::failure::Failure;

/// What the command line says of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The file that `--config FILE` names.
    pub file: Option<PathBuf>,
    /// Whether `./usher.toml` is read when no file is named.
    pub default_file: bool,
    /// A flag's name, its key and its value; `--set key=value` too.
    pub flags: Vec<(String, String, String)>,
}

/// The configuration, and where each part of it was read.
pub struct Loaded {
    pub config: Config,
    figment: Figment,
    /// Each file that was read.
    pub files: Vec<ReadFile>,
    /// What could not be used. Such a key has its default, or none.
    pub problems: Problems,
}

/// A file that a part of the configuration was read from.
pub struct ReadFile {
    /// How to call it.
    pub name: String,
    pub path: PathBuf,
    pub holds_secrets: bool,
}

impl Loaded {
    /// Where a key was read, to follow "from".
    #[must_use]
    pub fn origin(&self, key: &str) -> String {
        origin_in(&self.figment, key)
    }

    /// Whether somebody set the key, rather than it being left at its default.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.figment.contains(key) && self.origin(key) != DEFAULTS
    }
}

/// One place that a configuration is read from.
#[derive(Clone)]
pub struct Layer {
    /// To follow "from".
    pub origin: String,
    pub values: Dict,
    /// The only key in it, if it is for one.
    pub key: Option<&'static str>,
    /// The file it was read from.
    pub path: Option<PathBuf>,
}

impl Layer {
    /// A layer of one key, whose value was written as text.
    #[must_use]
    pub fn text(key: &'static Key, value: String, origin: String) -> Self {
        Self {
            origin,
            values: figment::util::nest(key.name, typed(key.kind, value))
                .into_dict()
                .unwrap_or_default(),
            key: Some(key.name),
            path: None,
        }
    }

    /// Whether any of its values is never shown.
    #[must_use]
    pub fn holds_secrets(&self) -> bool {
        file::Names::of(&self.values)
            .values
            .iter()
            .any(|name| find(name).is_some_and(|key| key.kind.is_secret()))
    }

    /// Takes a value out; whether there was one.
    fn forget(&mut self, name: &str) -> bool {
        self.origin != DEFAULTS && file::forget(&mut self.values, name)
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

const DEFAULTS: &str = "the defaults";

/// Reads the configuration of this process.
///
/// # Errors
/// A sentence for each thing that is wrong; it names the key, where it was read and what is allowed.
pub fn load(given: &Given) -> Result<Loaded, Failure> {
    load_all(given).and_then(strictly)
}

/// Like [`load`], but what is wrong is told beside what could be read.
///
/// # Errors
/// When there is no way around it.
pub fn load_all(given: &Given) -> Result<Loaded, Failure> {
    let mut problems = Problems::default();
    let variables = environment::readable(env::vars_os(), &mut problems);
    read(given, &variables, problems)
}

/// Like [`load`], with the environment given.
///
/// # Errors
/// See [`load`].
#[cfg(test)]
pub fn load_from(given: &Given, variables: &[(String, String)]) -> Result<Loaded, Failure> {
    read(given, variables, Problems::default()).and_then(strictly)
}

fn strictly(loaded: Loaded) -> Result<Loaded, Failure> {
    match loaded.problems.sentences.as_slice() {
        [] => Ok(loaded),
        sentences => Err(Failure::configuration(sentences.join("\n"))),
    }
}

fn read(
    given: &Given,
    variables: &[(String, String)],
    mut problems: Problems,
) -> Result<Loaded, Failure> {
    let mut layers: Vec<Layer> = KEYS
        .iter()
        .filter_map(|key| {
            Some(Layer::text(
                key,
                key.default?.to_owned(),
                DEFAULTS.to_owned(),
            ))
        })
        .collect();
    layers.extend(file::layer(given, &mut problems));
    layers.extend(environment::layers(variables, &mut problems));
    for (flag, name, value) in &given.flags {
        let origin = format!("the flag {flag}");
        match find(name) {
            Some(key) => layers.push(Layer::text(key, value.clone(), origin)),
            None => problems.add(None, unknown_key(name, &origin)),
        }
    }
    let files = layers
        .iter()
        .filter_map(|layer| {
            Some(ReadFile {
                name: layer.origin.clone(),
                path: layer.path.clone()?,
                holds_secrets: layer.holds_secrets(),
            })
        })
        .collect();
    loop {
        let figment = layers.iter().cloned().fold(Figment::new(), Figment::merge);
        let error = match figment.extract::<Config>() {
            Ok(config) => {
                return Ok(Loaded {
                    config,
                    figment,
                    files,
                    problems,
                });
            }
            Err(error) => error,
        };
        let (key, path, sentence) = bad_value(&figment, error);
        problems.add(key, sentence);
        let mut forgotten = false;
        for layer in &mut layers {
            forgotten |= layer.forget(&path);
        }
        // A default of ours that is wrong; nothing that is read can come to this.
        if !forgotten {
            return Err(Failure::configuration(problems.sentences.join("\n")));
        }
    }
}

/// Numbers and switches are written as text in the environment.
fn typed(kind: Kind, value: String) -> Value {
    match kind {
        Kind::Text | Kind::Secret => Value::from(value),
        Kind::Bool => value
            .trim()
            .parse::<bool>()
            .map_or_else(|_| Value::from(value), Value::from),
        Kind::Number => value
            .trim()
            .parse::<i64>()
            .map_or_else(|_| Value::from(value), Value::from),
        Kind::List | Kind::Secrets => {
            let entries: Vec<Value> = value
                .split(',')
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(Value::from)
                .collect();
            Value::from(entries)
        }
    }
}

/// Where a key of these layers was set, in words.
pub fn origin_in(figment: &Figment, key: &str) -> String {
    figment
        .find_metadata(key)
        .map_or_else(|| DEFAULTS.to_owned(), |metadata| metadata.name.to_string())
}

pub(super) fn unknown_key(name: &str, origin: &str) -> String {
    let section = name.rsplit_once('.').map_or("", |(section, _)| section);
    let in_section: Vec<&str> = KEYS
        .iter()
        .filter_map(|key| match key.name.strip_prefix(section) {
            Some(rest) if !section.is_empty() => rest.strip_prefix('.'),
            _ => None,
        })
        .collect();
    let near = nearest(name, KEYS.iter().map(|key| key.name));
    let hint = match near {
        Some(near) => format!("did you mean {near}?"),
        None if in_section.is_empty() => "`usher config` lists all that are allowed.".to_owned(),
        None => format!("allowed in [{section}] are {}.", in_section.join(", ")),
    };
    format!("{name}, from {origin}, is no key of the configuration: {hint}")
}

/// The name that was probably meant.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.93)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
