//! Who reads what we say may go away, or stop reading: nothing fails by that.

use std::{
    io::{BufRead as _, BufReader, pipe},
    process::{Child, ChildStderr, Command, Stdio},
    time::Duration,
};

use crate::common::{
    dev,
    real::{as_server, good, serve, stop},
    usher, wait,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A pipe that nobody reads any more.
fn nobody() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

/// Ends with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// Runs it to its end, heard by nobody; answers the exit code.
fn unheard(command: &mut Command) -> Option<i32> {
    let child = command.stdout(nobody()).stderr(nobody()).spawn().unwrap();
    wait(&mut Ends(child).0, Duration::from_secs(60))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_fails_when_nobody_reads() {
    let database = testkit::database().await;
    let on = |args: &[&str]| {
        let mut command = usher(args);
        command.current_dir("/").envs(good());
        command.env("USHER_DATABASE__URL", &database.url);
        command
    };
    let add = ["operator", "add", "a@bank.example", "--role", "auditor"];
    for (args, code) in [
        (&["config"] as &[&str], 0),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["no-such-command"], 2),
        (&["migrate"], 0),
        (&add, 0),
        (&add, 1),
        (&["operator", "list"], 0),
        (&["operator", "role", "a@bank.example", "admin"], 0),
        (&["operator", "disable", "a@bank.example"], 0),
        // The owner's role is none for a server.
        (&["doctor"], 1),
        (&["serve"], 2),
        (&["worker"], 2),
        (&["keycloak", "setup"], 2),
        (&["dev", "--smtp-url", "http://127.0.0.1:1"], 2),
    ] {
        assert_eq!(unheard(&mut on(args)), Some(code), "usher {args:?}");
    }
    let operator: (String, bool) =
        sqlx::query_as("SELECT role, disabled_at IS NOT NULL FROM operators")
            .fetch_one(&database.pool)
            .await
            .unwrap();
    assert_eq!(operator, ("admin".to_owned(), true), "all of it was done");
}

#[test]
fn dev_runs_unheard() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = dev(folder.path());
    let child = command.stdout(nobody()).stderr(nobody()).spawn().unwrap();
    let Ends(child) = &mut Ends(child);
    let ready = folder.path().join("ready.json");
    let patience = std::time::Instant::now() + Duration::from_secs(90);
    while !ready.exists() && child.try_wait().unwrap().is_none() {
        assert!(
            std::time::Instant::now() < patience,
            "it does not get ready"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(child.try_wait().unwrap().is_none(), "it ended");
    kill(
        Pid::from_raw(child.id().try_into().unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    assert_eq!(wait(child, Duration::from_secs(30)), Some(0));
}

/// The panel's address, once the log says it.
fn panel(log: &mut BufReader<ChildStderr>) -> String {
    let mut line = String::new();
    while log.read_line(&mut line).unwrap() > 0 {
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if said["message"] == "serving" {
            return said["admin"].as_str().unwrap().to_owned();
        }
        line.clear();
    }
    panic!("it ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_the_log_that_is_gone_or_asleep_keeps_no_request_waiting() {
    let database = testkit::database().await;
    database.as_server().await.pool.close().await;
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    for gone in [true, false] {
        let mut command = serve(&[("USHER_LOG__FORMAT", Some("json"))]);
        command.env("USHER_DATABASE__URL", as_server(&database.url));
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let Ends(child) = &mut Ends(child);
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let login = format!("{}login", panel(&mut log));
        let asleep = (!gone).then_some(log);
        // A pipe holds 64 KiB: far more than that is said.
        for _ in 0..600 {
            let answer = client.get(&login).send().await.unwrap();
            assert_eq!(answer.status(), 200, "gone: {gone}");
        }
        assert_eq!(stop(child), Some(0), "gone: {gone}");
        drop(asleep);
    }
}
