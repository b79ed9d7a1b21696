//! `usher worker` and `usher doctor`.

use std::{fs, time::Duration};

use crate::common::{
    output,
    real::{good, stop},
    usher,
};

#[tokio::test]
async fn a_worker_works_behind_its_ops_door_alone() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = usher(&["worker"]);
    command
        .current_dir("/")
        .envs(good())
        .env("USHER_DATABASE__URL", &server.url)
        .env("USHER_SMTP__HELLO", "web1");
    let mut child = command
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let ops = (0..600)
        .find_map(|_| {
            std::thread::sleep(Duration::from_millis(50));
            let text = fs::read_to_string(&log).unwrap();
            let lines = text
                .lines()
                .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            let working = lines
                .into_iter()
                .find(|line| line["message"] == "working")?;
            working["ops"].as_str().map(str::to_owned)
        })
        .unwrap_or_else(|| {
            panic!(
                "usher worker does not get ready: {}",
                fs::read_to_string(&log).unwrap()
            )
        });
    let said = fs::read_to_string(&log).unwrap();
    assert!(
        said.contains("smtp.hello: `web1` is no full name"),
        "{said}"
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .get(format!("{ops}health/ready"))
        .send()
        .await
        .unwrap();
    let (status, health) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, 200, "{health}");
    for name in [
        "callbacks",
        "ledger_sums",
        "statistics",
        "login",
        "welcome_email",
        "deposit_account",
        "audit",
        "outbox",
        "identity_keys",
        "provisioning-starter",
        "credit-canceller",
        "ledger_sums",
    ] {
        assert!(health.contains(&format!("\"{name}\"")), "{name}: {health}");
    }
    for path in ["login", "webhook/sumsub"] {
        assert_eq!(
            client
                .get(format!("{ops}{path}"))
                .send()
                .await
                .unwrap()
                .status(),
            404,
            "{path}"
        );
    }
    assert_eq!(stop(&mut child), Some(0));
}

#[tokio::test]
async fn the_doctor_says_all_that_is_wrong() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let doctor = || {
        let mut command = usher(&["doctor"]);
        command
            .current_dir("/")
            .envs(good())
            .env("USHER_DATABASE__URL", &server.url);
        command
    };
    let (code, stdout, stderr) = output(&mut doctor());
    assert_eq!(
        (code, stdout.contains("FAILED")),
        (0, false),
        "{stdout}{stderr}"
    );
    let (code, stdout, stderr) = output(
        doctor()
            .env_remove("USHER_SMTP__HOST")
            .env("USHER_DATABASE__URL", "postgres://usher@127.0.0.1:1/usher"),
    );
    assert_eq!(code, 1);
    assert!(
        stdout.contains("smtp.host is missing") && stdout.contains("127.0.0.1:1"),
        "{stdout}"
    );
    assert!(stderr.contains("2 checks failed"), "{stderr}");
}

#[tokio::test]
async fn the_doctor_adds_up_the_books() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let deposits = ledger::Ledger::init(&database.pool).await.unwrap();
    let account = ledger::NewDepositAccount {
        customer_id: uuid::Uuid::now_v7(),
        public_id: "1000001".to_owned(),
        customer_type_key: ledger::AccountCategory::Individual,
    };
    let opened = deposits
        .open_accounts(std::slice::from_ref(&account))
        .await
        .remove(0);
    assert!(opened.is_ok(), "{opened:?}");
    let mut transaction = database.pool.begin().await.unwrap();
    let movement = ledger::Movement {
        customer_id: account.customer_id,
        document: uuid::Uuid::now_v7(),
        cents: 1_000,
    };
    deposits
        .post_in_op(&mut transaction, ledger::Posting::Deposit, movement)
        .await
        .unwrap();
    transaction.commit().await.unwrap();

    let doctor = || {
        let mut command = usher(&["doctor"]);
        command.current_dir("/").envs(good());
        output(command.env("USHER_DATABASE__URL", &server.url))
    };
    // The books balance; that the posting is for no document is another matter, and is named.
    let (code, stdout, stderr) = doctor();
    assert_eq!(code, 1, "{stdout}{stderr}");
    assert!(stdout.contains("ok      books balance"), "{stdout}");
    assert!(
        stdout.contains("is for no deposit or withdrawal"),
        "{stdout}"
    );

    let tampered = sqlx::query(
        "UPDATE cala_entry_events v SET event = jsonb_set(event, '{values,units}', '\"9.00\"')
         FROM cala_entries e JOIN cala_accounts a ON a.id = e.account_id
         WHERE v.id = e.id AND a.code = 'DEP-1000001'",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    assert_eq!(tampered.rows_affected(), 1);
    let (code, stdout, _) = doctor();
    assert_eq!(code, 1, "{stdout}");
    for words in [
        "FAILED  books balance: debits and credits differ by -1.00 USD (Settled)",
        "FAILED  books balance: DEP-1000001 stands at 10.00 USD (Settled), its entries come to 9.00",
    ] {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
}
