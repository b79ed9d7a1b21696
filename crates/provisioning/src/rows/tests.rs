use strum::IntoEnumIterator as _;

use super::*;
use crate::transitions::{Attempt, Deferral, Worker};

/// What nothing else may do: the rows are written here alone.
#[test]
fn no_other_file_writes_the_rows() {
    fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for one in std::fs::read_dir(crates).unwrap() {
        let source = one.unwrap().path().join("src");
        if source.is_dir() {
            sources(&source, &mut files);
        }
    }
    let writers: Vec<String> = files
        .into_iter()
        .filter(|file| file.file_name().is_none_or(|name| name != "tests.rs"))
        .filter(|file| {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            ["UPDATE", "INSERT INTO", "DELETE FROM"]
                .iter()
                .any(|verb| text.contains(&format!("{verb} provisioning_steps")))
        })
        .map(|file| file.display().to_string())
        .collect();
    assert!(
        matches!(writers.as_slice(), [one] if one.ends_with("provisioning/src/rows/mod.rs")),
        "{writers:?}"
    );
}

#[derive(Debug, PartialEq)]
struct Stored {
    state: String,
    generation: i32,
    attempt: i32,
    last_error: Option<String>,
    is_due: Option<bool>,
    is_deferred: bool,
    worker: Option<i32>,
}

async fn stored(pool: &sqlx::PgPool, customer: Uuid) -> Stored {
    let row: (String, i32, i32, Option<String>, Option<bool>, bool, Option<i32>) = sqlx::query_as(
        "SELECT state, generation, attempt, last_error, next_try <= clock_timestamp(), put_off_since IS NOT NULL, worker
         FROM provisioning_steps WHERE customer_id = $1",
    )
    .bind(customer)
    .fetch_one(pool)
    .await
    .unwrap();
    let (state, generation, attempt, last_error, is_due, is_deferred, worker) = row;
    Stored {
        state,
        generation,
        attempt,
        last_error,
        is_due,
        is_deferred,
        worker,
    }
}

/// Each cell of the table, on a real row: the statement does what the table says, and nothing where it says nothing.
#[tokio::test]
async fn every_cell_is_carried_out() {
    let pool = testkit::database().await.pool;
    sqlx::raw_sql(
        "ALTER TABLE provisioning_steps DROP CONSTRAINT provisioning_steps_customer_id_fkey",
    )
    .execute(&pool)
    .await
    .unwrap();
    for (event, from) in
        StepEvent::iter().flat_map(|event| StepState::iter().map(move |from| (event, from)))
    {
        let customer = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO provisioning_steps (customer_id, step, label, position, dependency, state, generation, attempt, last_error, worker)
             VALUES ($1, 'one', 'One', 1, 'mail', $2, 7, 5, 'old', 41)",
        )
        .bind(customer)
        .bind(from.to_string())
        .execute(&pool)
        .await
        .unwrap();
        let before = stored(&pool, customer).await;
        let mut op = pool.begin().await.unwrap();
        let row = select::step_of(&mut op, &[customer], "one")
            .await
            .unwrap()
            .remove(0);
        let one = Move {
            error: Some("new".to_owned()),
            pause: Some(Duration::from_secs(600)),
            ..Move::of(row, event)
        };
        apply(&mut op, vec![one], Some(42)).await.unwrap();
        op.commit().await.unwrap();
        let expected = match transitions::after(Some(from), event) {
            None => before,
            Some((to, effects)) => Stored {
                state: to.to_string(),
                generation: if effects.decides { 8 } else { 7 },
                attempt: match effects.attempt {
                    Attempt::Keep => 5,
                    Attempt::Zero => 0,
                    Attempt::One => 1,
                    Attempt::Next => 6,
                },
                last_error: match effects.error {
                    LastError::Keep => Some("old".to_owned()),
                    LastError::New => Some("new".to_owned()),
                },
                is_due: match effects.next_try {
                    NextTry::Keep | NextTry::Never => None,
                    NextTry::Now => Some(true),
                    NextTry::Later => Some(false),
                },
                is_deferred: effects.deferral == Deferral::Begin,
                worker: match effects.worker {
                    Worker::Keep => Some(41),
                    Worker::Take => Some(42),
                    Worker::Free => None,
                },
            },
        };
        assert_eq!(
            stored(&pool, customer).await,
            expected,
            "{event:?} of {from}"
        );
    }
}
