//! `usher config`: the reference of all keys.

use std::io::Write as _;

use crate::{
    config::{KEYS, Key},
    failure::Failure,
};

/// Prints every key with its type, default, variable and meaning. The output is a TOML file that changes nothing.
///
/// # Errors
/// Never for a closed pipe.
pub fn run() -> Result<(), Failure> {
    let text = reference();
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::other(
            format!("The reference can't be printed: {error}."),
        )),
        _ => Ok(()),
    }
}

fn reference() -> String {
    let mut text = String::from(
        "# Usher's configuration. What is read later counts: the defaults, a TOML file (--config FILE, else ./usher.toml),\n\
         # environment variables, flags (--set KEY=VALUE). A secret may also stand in a file that its variable with _FILE names.\n",
    );
    // What has no section has to stand in front of all sections.
    let (top, sections): (Vec<&Key>, Vec<&Key>) =
        KEYS.iter().partition(|key| !key.name.contains('.'));
    let mut open = String::new();
    for key in top.into_iter().chain(sections) {
        let (section, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
        if section != open {
            section.clone_into(&mut open);
            text.push_str(&format!("\n[{section}]\n"));
        }
        text.push_str(&entry(key, name));
    }
    text
}

fn entry(key: &Key, name: &str) -> String {
    let variable = key.variable();
    let file = if key.kind.is_secret() {
        format!(" or {variable}_FILE")
    } else {
        String::new()
    };
    let value = key
        .default
        .map_or_else(String::new, |default| key.kind.in_toml(default));
    let kind = match key.kind.name() {
        kind if kind == key.allowed => String::new(),
        kind => format!("{kind}: "),
    };
    format!(
        "\n# {}\n# {kind}{}; {variable}{file}\n# {name} = {value}\n",
        key.doc, key.allowed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_toml_and_names_every_key() {
        let text = reference();
        toml::from_str::<toml::Table>(&text).unwrap();
        for key in KEYS {
            assert!(text.contains(&key.variable()), "{}", key.name);
            assert!(text.contains(key.doc), "{}", key.name);
        }
    }

    #[test]
    fn uncommented_defaults_are_what_is_in_force_anyway() {
        let set: String = reference()
            .lines()
            .filter_map(|line| {
                let line = if line.contains(" = ") && !line.ends_with(" = ") {
                    line.trim_start_matches("# ")
                } else {
                    line
                };
                (!line.starts_with('#')).then(|| format!("{line}\n"))
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("usher.toml");
        std::fs::write(&file, set).unwrap();
        let given = crate::config::Given {
            file: Some(file),
            ..Default::default()
        };
        crate::config::load(&given).unwrap();
    }
}
