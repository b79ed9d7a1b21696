//! The table of keys and the types say the same.

use std::collections::BTreeSet;

use super::{Given, KEYS, load::load_from, types::Config};

/// A value that each key takes.
fn example(name: &str) -> &'static str {
    match name {
        "admin.url" | "public.url" | "identity.keycloak.url" | "identity.keycloak.public_url" => {
            "https://bank.example"
        }
        "database.url" | "database.direct_url" => "postgres://usher@localhost/usher",
        "identity.provider" => "built-in",
        "log.format" => "json",
        "deposit.ask_above" => "25,000.00",
        _ => "something",
    }
}

#[test]
fn every_key_of_the_table_can_be_set() {
    for key in KEYS {
        let value = key.default.unwrap_or_else(|| example(key.name));
        let loaded = load_from(&Given::default(), &[(key.variable(), value.to_owned())])
            .unwrap_or_else(|error| panic!("{}: {error}", key.name));
        assert!(loaded.is_set(key.name), "{}", key.name);
        assert!(
            loaded.origin(key.name).contains(&key.variable()),
            "{}",
            key.name
        );
    }
}

/// serde lists the fields that a struct has when it meets one that it hasn't.
fn fields_of(section: &str) -> Vec<&'static str> {
    let figment = KEYS
        .iter()
        .filter_map(|key| Some((key, key.default?)))
        .fold(figment::Figment::new(), |figment, (key, default)| {
            figment.merge(super::load::Layer::text(
                key,
                default.to_owned(),
                "here".to_owned(),
            ))
        });
    let alien = if section.is_empty() {
        "zzz".to_owned()
    } else {
        format!("{section}.zzz")
    };
    let error = figment.merge((alien, 1)).extract::<Config>().unwrap_err();
    match error.kind {
        figment::error::Kind::UnknownField(_, fields) => fields.to_vec(),
        other => panic!("{section}: {other}"),
    }
}

#[test]
fn every_field_of_the_types_is_in_the_table() {
    let sections: BTreeSet<&str> = KEYS
        .iter()
        .map(|key| key.name.rsplit_once('.').map_or("", |(section, _)| section))
        .collect();
    for section in &sections {
        for field in fields_of(section) {
            let name = if section.is_empty() {
                field.to_owned()
            } else {
                format!("{section}.{field}")
            };
            let known = super::keys::find(&name).is_some() || sections.contains(name.as_str());
            assert!(known, "{name} is a field, but not in the table");
        }
    }
}

#[test]
fn names_are_unique_and_described() {
    let names: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(names.len(), KEYS.len());
    for key in KEYS {
        assert!(
            key.doc.ends_with('.') && !key.allowed.is_empty(),
            "{}",
            key.name
        );
    }
}

#[test]
fn variables_of_tests_scripts_and_flags_are_no_keys() {
    let variables = [
        "USHER_TEST_DATABASE_URL",
        "USHER_KEYCLOAK_ADMIN_PASSWORD",
        "USHER_KEYCLOAK_HOME",
    ];
    let variables = variables.map(|name| (name.to_owned(), "x".to_owned()));
    assert!(load_from(&Given::default(), &variables).is_ok());
}
