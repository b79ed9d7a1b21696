//! A server and its sessions in the database, when that takes no changes, and when it is gone without a word.

use std::time::{Duration, Instant};

use crate::common::real::{started, stop};
use serde_json::{Value, json};
use sqlx::{Executor as _, PgPool};
use testkit::Wire;

const GENEROUS: Duration = Duration::from_secs(120);

/// A program that makes prospects.
struct Program {
    client: reqwest::Client,
    panel: String,
    made: u32,
}

impl Program {
    async fn of(pool: &PgPool, panel: &str) -> Self {
        pool.execute(
            format!(
                "INSERT INTO api_tokens (id, name, role, token_hash, expires_at)
                 VALUES (gen_random_uuid(), 'test', 'admin', sha256('{}'), now() + interval '1 day')",
                token()
            )
            .as_str(),
        )
        .await
        .unwrap();
        Self {
            client: reqwest::Client::builder()
                .no_proxy()
                .timeout(GENEROUS)
                .build()
                .unwrap(),
            panel: panel.to_owned(),
            made: 0,
        }
    }

    /// What is answered to one more prospect.
    async fn make(&mut self) -> Value {
        self.made += 1;
        let query = "mutation($i: ProspectCreateInput!) { prospectCreate(input: $i) { prospect { prospectId } } }";
        let input =
            json!({"email": format!("a{}@bank.example", self.made), "customerType": "INDIVIDUAL"});
        let answer = self
            .client
            .post(format!("{}/graphql", self.panel))
            .bearer_auth(token())
            .json(&json!({"query": query, "variables": {"i": input}}))
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    }

    async fn make_until_it_works(&mut self) {
        let begun = Instant::now();
        let mut last = Value::Null;
        while begun.elapsed() < GENEROUS {
            last = self.make().await;
            if last["errors"].is_null() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it doesn't recover: {last}");
    }
}

fn token() -> String {
    format!("usher_{}", "A".repeat(43))
}

/// As in a fail-over: sessions that are opened meanwhile refuse changes for as long as they live.
#[tokio::test]
async fn a_session_that_was_opened_while_the_database_took_no_changes_is_not_kept() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let (mut child, [panel, ..]) = started(&server.url, "read-only");
    let mut program = Program::of(&database.pool, &panel).await;
    program.make_until_it_works().await;
    let name = database.url.rsplit_once('/').unwrap().1;
    let read_only =
        |how: &str| format!("ALTER DATABASE {name} {how} default_transaction_read_only");
    database
        .pool
        .execute(format!("{} = on", read_only("SET")).as_str())
        .await
        .unwrap();
    let end_sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND usename = 'usher_app'";
    database.pool.execute(end_sessions).await.unwrap();
    let begun = Instant::now();
    loop {
        let answer = program.make().await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "UNAVAILABLE", "{answer}");
        if error["message"] == "The database takes no changes now. Try again in a moment." {
            break;
        }
        assert!(begun.elapsed() < GENEROUS, "{answer}");
    }
    database
        .pool
        .execute(read_only("RESET").as_str())
        .await
        .unwrap();
    program.make_until_it_works().await;
    // Whichever session it gets.
    for _ in 0..20 {
        let answer = program.make().await;
        assert!(answer["errors"].is_null(), "{answer}");
    }
    assert_eq!(stop(&mut child), Some(0));
}

#[tokio::test]
async fn a_database_that_is_gone_without_a_word_holds_nobody_for_ever() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let (wire, url) = Wire::before(&server.url);
    let (mut child, [panel, ..]) = started(&url, "silent");
    let mut program = Program::of(&database.pool, &panel).await;
    program.make_until_it_works().await;
    wire.fall_silent();
    // Who is handed a connection that answered this very moment waits as those who were waiting already.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let answer = program.make().await;
    assert!(!answer["errors"].is_null(), "{answer}");
    // The host is back, and knows nothing of the connections of before.
    wire.forsake();
    wire.resume();
    let begun = Instant::now();
    program.make_until_it_works().await;
    eprintln!("a prospect again after {:?}", begun.elapsed());
    child.kill().unwrap();
    child.wait().unwrap();
}
