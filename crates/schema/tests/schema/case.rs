//! No SQL of ours folds case by the language of the database: Turkish makes another letter of an I.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sqlx::migrate::{Migration, Migrator};

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

/// Whether it folds, and doesn't say by which letters.
fn folds(line: &str) -> bool {
    ["lower(", "upper(", "initcap(", "ILIKE "]
        .iter()
        .any(|words| {
            line.match_indices(words).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            })
        })
        && !line.contains("COLLATE \"C\"")
        && !line.contains("COLLATE \\\"C\\\"")
}

#[test]
fn no_query_folds_case_by_the_language_of_the_database() {
    assert!(folds("WHERE lower(email) = lower($1)") && folds("a ILIKE $1"));
    assert!(!folds("lower(email COLLATE \"C\")") && !folds("email.to_lower(x)"));
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for entry in fs::read_dir(crates).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut files);
    }
    assert!(files.len() > 100);
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let lines = text.lines().filter(|line| folds(line));
            lines
                .map(|line| format!("{}: {}", file.display(), line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        found.is_empty(),
        "fold what is bound with access::fold, or say COLLATE \"C\": {found:#?}"
    );
}

/// What was there before the program folded by itself.
#[tokio::test]
async fn addresses_that_are_there_are_folded_in_turkish_too() {
    let url = testkit::empty_database(testkit::TURKISH).await;
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    let before: Vec<Migration> = schema::MIGRATOR
        .iter()
        .filter(|migration| migration.version < 86)
        .cloned()
        .collect();
    Migrator {
        migrations: before.into(),
        ..Migrator::DEFAULT
    }
    .run(&pool)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO operators (id, email, role, password_hash)
         VALUES (gen_random_uuid(), 'IRIS.JÜRGEN@BANK.EXAMPLE', 'admin', '')",
    )
    .execute(&pool)
    .await
    .unwrap();
    schema::migrate(&pool).await.unwrap();
    let key: String = sqlx::query_scalar("SELECT email_key FROM operators")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(key, "iris.jürgen@bank.example");
}
