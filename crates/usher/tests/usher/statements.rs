//! Each statement finds its rows by an index, whatever the parameters: one that reads a whole table grows with the bank. What sqlx
//! has checked is looked at (`.sqlx`), planned as a server's sessions plan it.

use std::{fs, path::Path};

use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

/// Tables that stay small, and queues that are emptied as they fill: they may be read whole.
const SMALL: [&str; 14] = [
    "api_tokens",
    "audit_seals_made",
    "customer_count_changes",
    "ended_idp_sessions",
    "heartbeats",
    "keycloak_operators",
    "ledger_sum_changes",
    "money_sum_changes",
    "operators",
    "outbox_cut",
    "proposal_sum_changes",
    "proposal_sums",
    "statistics_changes",
    "sumsub_pace",
];
/// To erase somebody is rare, and may take a second: an index would cost each callback.
const RARE: &str = "UPDATE callbacks SET body = $3, raw = NULL";
/// Tests look at all there is, and change it.
const OF_TESTS: [&str; 11] = [
    "SELECT COALESCE(sum((event->'values'->>'units')",
    "SELECT count(*) AS \"n!\" FROM cala_accounts WHERE code LIKE 'DEP-%'",
    "SELECT count(*) AS \"n!\" FROM provisioning_steps WHERE next_try <= now()",
    "SELECT count(*) AS \"n!\" FROM web_sessions WHERE data ? 'who'",
    "SELECT resolution FROM raised",
    "SELECT subject, idp_session FROM web_sessions",
    "UPDATE ended_idp_sessions SET ended_at",
    "UPDATE prospect_events SET recorded_at",
    "UPDATE provisioning_steps SET state = 'done'",
    "UPDATE web_sessions SET data",
    "UPDATE web_sessions SET expires_at",
];

fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.sqlx");
    let read = |file: fs::DirEntry| {
        let text = fs::read_to_string(file.path()).unwrap();
        let checked: serde_json::Value = serde_json::from_str(&text).unwrap();
        checked["query"].as_str().unwrap().trim().to_owned()
    };
    let all = fs::read_dir(folder)
        .unwrap()
        .map(|file| read(file.unwrap()));
    let mut statements: Vec<String> = all
        .filter(|sql| {
            let planned = ["SELECT ", "WITH ", "UPDATE ", "DELETE ", "INSERT "];
            planned.iter().any(|word| sql.starts_with(word))
        })
        // The tables of `usher dev` are in a database of their own.
        .filter(|sql| !sql.contains("dev_"))
        // A condition that is left out when its parameter is null: planned for what is asked.
        .filter(|sql| !sql.contains(" IS NULL OR"))
        .filter(|sql| !sql.starts_with(RARE))
        .filter(|sql| !OF_TESTS.iter().any(|test| sql.starts_with(test)))
        .collect();
    statements.sort();
    statements
}

/// The tables that the plan of this statement reads whole.
async fn read_whole(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let parameters = (1..=64)
        .rev()
        .find(|number| sql.contains(&format!("${number}")));
    let nulls = vec!["NULL"; parameters.unwrap_or(0)].join(", ");
    let nulls = if nulls.is_empty() {
        nulls
    } else {
        format!("({nulls})")
    };
    let prepare = format!("PREPARE this AS {sql}");
    connection.execute(prepare.as_str()).await.unwrap();
    let explain = format!("EXPLAIN EXECUTE this{nulls}");
    let plan = connection.fetch_all(explain.as_str()).await;
    let plan = plan.unwrap_or_else(|error| panic!("{sql}: {error}"));
    connection.execute("DEALLOCATE this").await.unwrap();
    let lines = plan.iter().map(|row| row.get::<String, _>(0));
    lines
        .filter_map(|line| {
            let (_, rest) = line.split_once("Seq Scan on ")?;
            rest.split_whitespace().next().map(str::to_owned)
        })
        .collect()
}

#[tokio::test]
async fn no_statement_reads_a_table_that_grows() {
    let database = testkit::database().await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    for (name, value) in kernel::database::PLANNED_ONCE {
        let set = format!("SET {name} = {value}");
        connection.execute(set.as_str()).await.unwrap();
    }
    let mut found = Vec::new();
    let statements = statements();
    assert!(statements.len() > 300, "{}", statements.len());
    for sql in statements {
        let mut tables = read_whole(&mut connection, &sql).await;
        tables.retain(|table| !SMALL.contains(&table.as_str()));
        if !tables.is_empty() {
            found.push(format!("{tables:?}: {sql}"));
        }
    }
    assert!(
        found.is_empty(),
        "give it an index, or ask for what has one: {found:#?}"
    );
}
