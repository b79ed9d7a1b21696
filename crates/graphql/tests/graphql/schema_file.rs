use std::{env, fs, path::Path};

use access::Role;
use serde_json::{Value, json};

use super::app::App;

/// A removed or changed name is a deliberate act.
#[test]
fn the_schema_in_the_docs_is_the_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema.graphql");
    let now = graphql::sdl();
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<String> = [("-", &kept, &now), ("+", &now, &kept)]
        .into_iter()
        .flat_map(|(sign, of, other)| {
            let other: Vec<&str> = other.lines().collect();
            of.lines()
                .filter(move |line| !other.contains(line))
                .map(move |line| format!("{sign} {line}"))
                .collect::<Vec<_>>()
        })
        .take(40)
        .collect();
    assert!(
        kept == now,
        "docs/schema.graphql is not the schema any more. Clients depend on every name in it: if the change is meant, renew it with \
         `UPDATE_SCHEMA=1 cargo test -p graphql --test graphql schema_file` and commit it.\n{}",
        changed.join("\n")
    );
}

/// The descriptions are the docs.
#[tokio::test]
async fn everything_has_a_description() {
    let app = App::open().await;
    let caller = app.operator(Role::Auditor).await;
    let query = "{ __schema { types { name kind description fields { name description args { name description } }
        inputFields { name description } enumValues { name description } } } }";
    let data = app.data(&caller, query, json!({})).await;
    let mut bare = Vec::new();
    for kind in data["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") || name == "ID" {
            continue;
        }
        let mut look = |what: &Value, path: String| {
            if what["description"].as_str().unwrap_or_default().is_empty() {
                bare.push(path);
            }
        };
        // A connection's and an edge's name says it all.
        if kind["kind"] != "UNION" && !name.ends_with("Connection") && !name.ends_with("Edge") {
            look(kind, name.to_owned());
        }
        for list in ["fields", "inputFields", "enumValues"] {
            for item in kind[list].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", item["name"].as_str().unwrap());
                look(item, path.clone());
                for arg in item["args"].as_array().into_iter().flatten() {
                    look(arg, format!("{path}({})", arg["name"].as_str().unwrap()));
                }
            }
        }
    }
    assert!(bare.is_empty(), "{bare:#?}");
}
