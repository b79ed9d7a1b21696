//! `USHER_…` environment variables, and the files that `USHER_…_FILE` names.

use std::{ffi::OsString, fs, path::PathBuf};

use super::{keys::KEYS, load::Layer, problems::Problems, reference::Key};

const PREFIX: &str = "USHER_";
/// Variables of the tests (`USHER_TEST_DATABASE_URL`): no keys.
const TESTS: &str = "USHER_TEST_";
/// What stands for a flag, or is for the scripts: no keys either.
const OTHERS: [&str; 4] = [
    "USHER_KEYCLOAK_ADMIN_PASSWORD",
    "USHER_KEYCLOAK_HOME",
    "USHER_MAVEN",
    "USHER_TOOLS",
];

/// The variables that are text. One of ours that isn't is a problem.
pub fn readable(
    variables: impl Iterator<Item = (OsString, OsString)>,
    problems: &mut Problems,
) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for (name, value) in variables {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => texts.push((name, value)),
            (Ok(name), Err(_)) if name.starts_with(PREFIX) => {
                let key = key_of(&name).map(|(key, _)| key.name);
                problems.add(
                    key,
                    format!(
                        "The environment variable {name} holds bytes that are no UTF-8: write it anew, in UTF-8."
                    ),
                );
            }
            (Err(name), _) if name.to_string_lossy().starts_with(PREFIX) => problems.add(
                None,
                format!(
                    "The environment variable {} has a name that is no UTF-8: `usher config` lists all that are allowed.",
                    name.to_string_lossy()
                ),
            ),
            _ => {}
        }
    }
    texts
}

/// One layer for each variable, each knowing the variable's name. A problem: when a variable stands for no key, stands
/// twice (with and without `_FILE`), or its file can't be read.
pub fn layers(variables: &[(String, String)], problems: &mut Problems) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut variables: Vec<_> = variables
        .iter()
        .filter(|(name, _)| {
            name.starts_with(PREFIX) && !name.starts_with(TESTS) && !OTHERS.contains(&name.as_str())
        })
        .collect();
    variables.sort();
    for (name, value) in variables {
        let Some((key, is_file)) = key_of(name) else {
            problems.add(None, unknown(name));
            continue;
        };
        if layers.iter().any(|layer| layer.key == Some(key.name)) {
            let sentence = format!(
                "{} is set twice, by {} and by {}_FILE: keep one of them.",
                key.name,
                key.variable(),
                key.variable()
            );
            problems.add(Some(key.name), sentence);
            continue;
        }
        if is_file {
            match from_file(key, name, value) {
                Ok(layer) => layers.push(layer),
                Err(sentence) => problems.add(Some(key.name), sentence),
            }
        } else {
            let origin = format!("the environment variable {name}");
            layers.push(Layer::text(key, value.clone(), origin));
        }
    }
    layers
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

fn from_file(key: &'static Key, variable: &str, path: &str) -> Result<Layer, String> {
    let text = fs::read_to_string(path).map_err(|error| {
        format!(
            "{} can't be read from the file {path}, which the environment variable {variable} names ({error}): \
             let it name a file that this user can read and that holds {}.",
            key.name, key.allowed
        )
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

fn unknown(variable: &str) -> String {
    let names: Vec<String> = KEYS
        .iter()
        .flat_map(|key| {
            let plain = key.variable();
            let file = key.kind.is_secret().then(|| format!("{plain}_FILE"));
            [Some(plain), file].into_iter().flatten()
        })
        .collect();
    let near = super::load::nearest(variable, names.iter().map(String::as_str));
    match near {
        Some(near) => format!(
            "The environment variable {variable} stands for no key of the configuration: did you mean {near} (`usher config` lists all)?"
        ),
        None => format!(
            "The environment variable {variable} stands for no key of the configuration: `usher config` lists all that are allowed."
        ),
    }
}
