//! Reads all layers into one [`Config`], and turns what is wrong into one sentence.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    error::Kind as ErrorKind,
    value::{Dict, Map, Value},
};

use super::{
    environment,
    keys::{KEYS, find},
    reference::{Key, Kind},
    types::Config,
};
use crate::failure::Failure;

/// What the command line says of the configuration.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// `--config FILE`.
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
    /// Each file that was read: how to call it, and its path.
    pub files: Vec<(String, PathBuf)>,
}

impl Loaded {
    /// Where a key was read, to follow "from".
    #[must_use]
    pub fn origin(&self, key: &str) -> String {
        origin(&self.figment, key)
    }

    /// Whether somebody set the key, rather than it being left at its default.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.figment.contains(key) && self.origin(key) != DEFAULTS
    }
}

/// One place that a configuration is read from.
pub struct Layer {
    origin: String,
    values: Dict,
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
/// One sentence that names the key, where it was read and what is allowed.
pub fn load(given: &Given) -> Result<Loaded, Failure> {
    let variables: Vec<(String, String)> = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    load_from(given, &variables)
}

/// Like [`load`], with the environment given.
///
/// # Errors
/// See [`load`].
pub fn load_from(given: &Given, variables: &[(String, String)]) -> Result<Loaded, Failure> {
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
    layers.extend(file_layer(given)?);
    layers.extend(environment::layers(variables)?);
    for (flag, name, value) in &given.flags {
        let key = find(name).ok_or_else(|| unknown_key(name, &format!("the flag {flag}")))?;
        layers.push(Layer::text(key, value.clone(), format!("the flag {flag}")));
    }
    let files = layers
        .iter()
        .filter_map(|layer| Some((layer.origin.clone(), layer.path.clone()?)))
        .collect();
    let figment = layers.into_iter().fold(Figment::new(), Figment::merge);
    match figment.extract::<Config>() {
        Ok(config) => Ok(Loaded {
            config,
            figment,
            files,
        }),
        Err(error) => Err(bad_value(&figment, error)),
    }
}

fn file_layer(given: &Given) -> Result<Option<Layer>, Failure> {
    let path = match &given.file {
        Some(path) => path.clone(),
        None if given.default_file && Path::new("usher.toml").exists() => {
            PathBuf::from("usher.toml")
        }
        None => return Ok(None),
    };
    let shown = path.display();
    let text = fs::read_to_string(&path).map_err(|error| {
        Failure::configuration(format!(
            "The configuration file {shown} can't be read ({error}): name one that this user can read with --config FILE."
        ))
    })?;
    let values: Dict = toml::from_str(&text).map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map_or(0, |span| text[..span.start].lines().count().max(1));
        Failure::configuration(format!(
            "The configuration file {shown} is not TOML, at line {line}: {}.",
            error.message().replace('\n', " ")
        ))
    })?;
    let origin = format!("the file {shown}");
    let mut names = Vec::new();
    leaves("", &values, &mut names);
    if let Some(name) = names.iter().find(|name| find(name).is_none()) {
        return Err(unknown_key(name, &origin));
    }
    Ok(Some(Layer {
        origin,
        values,
        key: None,
        path: Some(path),
    }))
}

/// The dotted names of all values. A table that is no section of ours counts as one value.
fn leaves(prefix: &str, values: &Dict, names: &mut Vec<String>) {
    for (key, value) in values {
        let name = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        let section = format!("{name}.");
        match value {
            Value::Dict(_, inner) if KEYS.iter().any(|key| key.name.starts_with(&section)) => {
                leaves(&name, inner, names)
            }
            // `admin = 5`: let its type be the error, unless there is no such section.
            _ if KEYS.iter().any(|key| key.name.starts_with(&section)) => {}
            _ => names.push(name),
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

fn origin(figment: &Figment, key: &str) -> String {
    figment
        .find_metadata(key)
        .map_or_else(|| DEFAULTS.to_owned(), |metadata| metadata.name.to_string())
}

fn unknown_key(name: &str, origin: &str) -> Failure {
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
    Failure::configuration(format!(
        "{name}, from {origin}, is no key of the configuration: {hint}"
    ))
}

/// The name that was probably meant.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.93)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn bad_value(figment: &Figment, error: Error) -> Failure {
    let path = error.path.join(".");
    // An entry of a list is at fault: `trusted_proxies.0`.
    let key = KEYS.iter().find(|key| {
        path == key.name
            || path
                .strip_prefix(key.name)
                .is_some_and(|rest| rest.starts_with('.'))
    });
    let Some(key) = key else {
        return match error.kind {
            ErrorKind::InvalidType(..) => Failure::configuration(format!(
                "{path}, from {}, is a section: write its keys below [{path}].",
                origin(figment, &path)
            )),
            kind => {
                Failure::configuration(format!("{path}, from {}: {kind}.", origin(figment, &path)))
            }
        };
    };
    let shown = match figment.find_value(key.name) {
        Ok(value) if !key.kind.is_secret() => format!(" = {}", show(&value)),
        _ => String::new(),
    };
    Failure::configuration(format!(
        "{}{shown}, from {}, is not allowed: use {}.",
        key.name,
        origin(figment, key.name),
        key.allowed
    ))
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
