//! `usher worker` and `usher doctor`.
#![allow(
    clippy::unwrap_used,
    reason = "a test may stop at what it didn't expect"
)]

mod common;

use std::{fs, time::Duration};

use common::{
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
        .env("USHER_DATABASE__URL", &server.url);
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
        "login",
        "welcome_email",
        "deposit_account",
        "audit",
        "outbox_partitions",
        "jobs",
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
