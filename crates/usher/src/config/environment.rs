//! `USHER_…` environment variables, and the files that `USHER_…_FILE` names.

use std::{fs, path::PathBuf};

use super::{keys::KEYS, load::Layer, reference::Key};
use crate::failure::Failure;

/// Variables of the tests (`USHER_TEST_DATABASE_URL`): no keys.
const TESTS: &str = "USHER_TEST_";
/// What stands for a flag, or is for the scripts: no keys either.
const OTHERS: [&str; 4] = [
    "USHER_KEYCLOAK_ADMIN_PASSWORD",
    "USHER_KEYCLOAK_HOME",
    "USHER_MAVEN",
    "USHER_TOOLS",
];

/// One layer for each variable, each knowing the variable's name.
///
/// # Errors
/// When a variable stands for no key, stands twice (with and without `_FILE`), or its file can't be read.
pub fn layers(variables: &[(String, String)]) -> Result<Vec<Layer>, Failure> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut variables: Vec<_> = variables
        .iter()
        .filter(|(name, _)| {
            name.starts_with("USHER_")
                && !name.starts_with(TESTS)
                && !OTHERS.contains(&name.as_str())
        })
        .collect();
    variables.sort();
    for (name, value) in variables {
        let (key, layer) = match key_of(name) {
            Some((key, false)) => (
                key,
                Layer::text(
                    key,
                    value.clone(),
                    format!("the environment variable {name}"),
                ),
            ),
            Some((key, true)) => (key, from_file(key, name, value)?),
            None => return Err(unknown(name)),
        };
        if layers.iter().any(|layer| layer.key == Some(key.name)) {
            return Err(Failure::configuration(format!(
                "{} is set twice, by {} and by {}_FILE: keep one of them.",
                key.name,
                key.variable(),
                key.variable()
            )));
        }
        layers.push(layer);
    }
    Ok(layers)
}

fn key_of(variable: &str) -> Option<(&'static Key, bool)> {
    KEYS.iter().find_map(|key| {
        let rest = variable.strip_prefix(&key.variable())?;
        match rest {
            "" => Some((key, false)),
            "_FILE" if key.kind.is_secret() => Some((key, true)),
            _ => None,
        }
    })
}

fn from_file(key: &'static Key, variable: &str, path: &str) -> Result<Layer, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::configuration(format!(
            "{} can't be read from the file {path}, which the environment variable {variable} names ({error}): \
             let it name a file that this user can read and that holds {}.",
            key.name, key.allowed
        ))
    })?;
    // Editors and `echo` end a file with a line break; it is no part of the secret.
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    let mut layer = Layer::text(
        key,
        text,
        format!("the file {path}, named by the environment variable {variable}"),
    );
    layer.path = Some(PathBuf::from(path));
    Ok(layer)
}

fn unknown(variable: &str) -> Failure {
    let names: Vec<String> = KEYS
        .iter()
        .flat_map(|key| {
            let plain = key.variable();
            let file = key.kind.is_secret().then(|| format!("{plain}_FILE"));
            [Some(plain), file].into_iter().flatten()
        })
        .collect();
    let near = super::load::nearest(variable, names.iter().map(String::as_str));
    Failure::configuration(match near {
        Some(near) => format!(
            "The environment variable {variable} stands for no key of the configuration: did you mean {near} (`usher config` lists all)?"
        ),
        None => format!(
            "The environment variable {variable} stands for no key of the configuration: `usher config` lists all that are allowed."
        ),
    })
}
