//! No page is forgotten where every page is looked at, from a telephone to a large screen.

use std::{fs, path::Path};

const PAGES: &str = include_str!("../../../../e2e/tests/stories/accessibility/pages.rs");

/// The routes in a source file that answer to a GET.
fn routes(source: &str) -> Vec<String> {
    let literal = |text: &str| text.split('"').nth(1).map(str::to_owned);
    let mut found = Vec::new();
    for piece in source.split(".route(").skip(1) {
        let Some(route) = piece
            .trim_start()
            .strip_prefix('"')
            .and_then(|rest| rest.split('"').next())
        else {
            continue;
        };
        let handlers = piece.split(".merge(").next().unwrap_or(piece);
        if handlers.contains("get(") {
            found.push(route.to_owned());
        }
    }
    for piece in source.split("operation::routes::<").skip(1) {
        found.extend(literal(piece));
    }
    for piece in source.split("made_here::<").skip(1) {
        found.extend(literal(piece).map(|path| format!("{path}/new")));
    }
    found
}

fn read(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.extend(routes(&fs::read_to_string(path).unwrap()));
        }
    }
}

#[test]
fn every_page_is_looked_at() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    read(&sources.join("admin"), &mut found);
    read(&sources.join("portal"), &mut found);
    assert!(found.len() > 50, "{found:?}");
    let missing: Vec<_> = found
        .iter()
        .filter(|route| !PAGES.contains(&format!("\"{route}\"")))
        .collect();
    assert!(
        missing.is_empty(),
        "add a page for each to e2e/tests/stories/accessibility/pages.rs: {missing:?}"
    );
}
