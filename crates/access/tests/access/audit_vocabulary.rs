//! The audit log's vocabularies: every action and every kind of object has words, and no source names one but the tables.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use access::{AuditAction, ObjectKind, ObjectPage};

/// The only source that may write an action's stored name.
const ACTIONS: &str = "access/src/audit/action.rs";
/// The only source that may put an object's stored name together.
const OBJECTS: &str = "access/src/audit/object.rs";

#[test]
fn every_action_has_a_name_and_words_of_its_own() {
    let names: BTreeSet<_> = AuditAction::ALL.iter().map(|it| it.name()).collect();
    let words: BTreeSet<_> = AuditAction::ALL.iter().map(|it| it.words()).collect();
    assert_eq!(names.len(), AuditAction::ALL.len());
    assert_eq!(words.len(), AuditAction::ALL.len());
    for action in AuditAction::ALL {
        assert_eq!(AuditAction::named(action.name()), Some(*action));
        assert!(
            action.words().starts_with(char::is_uppercase) && action.words().contains(' '),
            "{action} has no words"
        );
    }
}

#[test]
fn a_name_of_another_version_is_shown_as_it_is() {
    assert_eq!(AuditAction::words_of("prospect.close"), "Close a prospect");
    assert_eq!(AuditAction::words_of("prospect.frob"), "prospect.frob");
    assert_eq!(AuditAction::named("prospect.frob"), None);
}

#[test]
fn no_source_writes_an_actions_name_but_the_table() {
    let mut found = Vec::new();
    for (path, code) in sources() {
        if path.ends_with(ACTIONS) {
            continue;
        }
        for action in AuditAction::ALL {
            if code.contains(&format!("\"{action}\"")) {
                found.push(format!("{}: {action}", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "use AuditAction in {found:#?}");
}

#[test]
fn every_kind_of_object_has_words_and_a_page_or_says_why_not() {
    for kind in ObjectKind::ALL {
        assert_eq!(ObjectKind::named(kind.name()), Some(*kind));
        assert!(kind.words().starts_with(char::is_uppercase), "{kind:?}");
        match kind.page() {
            ObjectPage::Own(address) => {
                assert!(
                    address.starts_with('/') && address.ends_with('/'),
                    "{kind:?}"
                );
            }
            ObjectPage::Among(address) => assert!(address.starts_with('/'), "{kind:?}"),
            ObjectPage::OfItsCustomer => {}
            ObjectPage::None(why) => assert!(why.contains(' '), "{kind:?} says why it has no page"),
        }
    }
    let names: BTreeSet<_> = ObjectKind::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(names.len(), ObjectKind::ALL.len());
}

#[test]
fn an_object_is_read_as_it_was_stored() {
    for (object, kind, which) in [
        (
            ObjectKind::Callback.number(7),
            ObjectKind::Callback,
            Some("7"),
        ),
        (
            ObjectKind::Prospect.yet_to_be_made(),
            ObjectKind::Prospect,
            Some("new"),
        ),
        (ObjectKind::Events.whole(), ObjectKind::Events, None),
    ] {
        assert_eq!(ObjectKind::read(&object.to_string()), Some((kind, which)));
    }
    // As looks at proposals that wait were stored once.
    let older = ObjectKind::read("credit_proposal:7");
    assert_eq!(older, Some((ObjectKind::CreditProposal, Some("7"))));
    assert_eq!(ObjectKind::read("frob:7"), None);
}

#[test]
fn no_source_puts_an_objects_name_together_but_the_table() {
    let mut found = Vec::new();
    for (path, code) in sources() {
        // Who asks is named the same way; the two stand side by side in the log.
        if path.ends_with(OBJECTS) || path.ends_with("access/src/subject.rs") {
            continue;
        }
        for kind in ObjectKind::ALL {
            for end in ["new", "{"] {
                if code.contains(&format!("\"{}:{end}", kind.name())) {
                    found.push(format!("{}: {}", path.display(), kind.name()));
                }
            }
        }
    }
    assert!(found.is_empty(), "use ObjectKind in {found:#?}");
}

/// Every source of every crate, without comments and without the tests at its end.
fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for it in fs::read_dir(crates).unwrap() {
        gather(&it.unwrap().path().join("src"), &mut files);
    }
    assert!(
        files.len() > 100,
        "the sources are somewhere else: {crates:?}"
    );
    let code = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]");
        let code: Vec<_> = lines
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        (path, code.join("\n"))
    };
    files.into_iter().map(code).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}
