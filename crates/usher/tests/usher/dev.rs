//! `usher dev` starts, stops, comes back, and says what keeps it from starting.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    process::Stdio,
    time::Duration,
};

use crate::common::{Dev, dev, output, postgres_of, refuses, usher, wait};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection as _, PgConnection};

async fn operators_named(url: &str, email: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("SELECT count(*) FROM operators WHERE email = $1")
        .bind(email)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_second_start_finds_its_data_and_a_stop_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let first = Dev::start(folder.path());
    let mode = fs::metadata(&first.ready_file)
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, 0o600);
    for key in ["webhook_secret", "sumsub_secret_key"] {
        assert!(first.get(key).starts_with("dev_"), "{key}");
    }
    assert!(first.get("sumsub_app_token").starts_with("sbx:dev_"));
    assert!(first.get("api_token").starts_with("usher_"));
    assert!(first.get("webhook_url").ends_with("/webhook/sumsub"));
    let roles: Vec<&str> = first.ready["operators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["admin", "onboarding-officer", "auditor"]);

    let add = ["operator", "add", "new@bank.example", "--role", "auditor"];
    let (code, stdout, stderr) =
        output(usher(&add).env("USHER_DATABASE__URL", first.get("database_url")));
    assert_eq!((code, stdout.contains("password")), (0, true), "{stderr}");
    refuses(
        usher(&add).env("USHER_DATABASE__URL", first.get("database_url")),
        1,
        &["exists already"],
    );
    let disable = ["operator", "disable", "new@bank.example"];
    assert_eq!(
        output(usher(&disable).env("USHER_DATABASE__URL", first.get("database_url"))).0,
        0
    );
    let (_, listed, _) =
        output(usher(&["operator", "list"]).env("USHER_DATABASE__URL", first.get("database_url")));
    assert!(
        listed.contains("new@bank.example  auditor  disabled"),
        "{listed}"
    );

    let (postgres, ready_file, data) = (
        first.postgres().unwrap(),
        first.ready_file.clone(),
        first.data.clone(),
    );
    let before = first.ready.clone();
    if nix::unistd::geteuid().is_root() {
        let owner = fs::metadata(format!("/proc/{postgres}")).unwrap().uid();
        assert_ne!(owner, 0, "PostgreSQL runs unprivileged");
    }
    assert_eq!(first.end(Signal::SIGTERM), Some(0));
    assert!(!ready_file.exists());
    assert!(kill(postgres, None).is_err(), "PostgreSQL is still there");
    assert!(postgres_of(&data).is_none());

    let second = Dev::start(folder.path());
    assert_eq!(second.ready["operators"], before["operators"]);
    assert_eq!(second.ready["webhook_secret"], before["webhook_secret"]);
    assert_ne!(second.ready["api_token"], before["api_token"]);
    assert_eq!(
        operators_named(second.get("database_url"), "new@bank.example").await,
        1
    );
    assert_eq!(second.end(Signal::SIGINT), Some(0));

    let mut fresh = dev(folder.path());
    fresh.arg("--fresh");
    let third = Dev::start_with(fresh, folder.path());
    assert_eq!(
        operators_named(third.get("database_url"), "new@bank.example").await,
        0
    );
    assert_ne!(third.ready["webhook_secret"], before["webhook_secret"]);
    assert_eq!(third.end(Signal::SIGTERM), Some(0));
}

#[tokio::test]
async fn after_a_kill_the_next_start_takes_postgresql_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Dev::start(folder.path());
    let postgres = first.postgres().unwrap();
    let add = ["operator", "add", "kept@bank.example", "--role", "admin"];
    assert_eq!(
        output(usher(&add).env("USHER_DATABASE__URL", first.get("database_url"))).0,
        0
    );
    first.kill();
    assert_eq!(postgres_of(&folder.path().join("data")), Some(postgres));
    let ready_file = folder.path().join("ready.json");
    assert!(ready_file.exists(), "nobody could remove it");
    fs::remove_file(&ready_file).unwrap();

    let mut second = Dev::start(folder.path());
    assert_eq!(second.postgres(), Some(postgres));
    assert_eq!(
        operators_named(second.get("database_url"), "kept@bank.example").await,
        1
    );
    // Both die now, as in a power cut; the pid file is stale.
    second.kill();
    kill(postgres, Signal::SIGKILL).unwrap();
    while postgres_of(&folder.path().join("data")).is_some() {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::mem::forget(first);
    drop(second);
    let _ = fs::remove_file(&ready_file);
    let third = Dev::start(folder.path());
    assert_ne!(third.postgres(), Some(postgres));
    assert_eq!(
        operators_named(third.get("database_url"), "kept@bank.example").await,
        1
    );
    assert_eq!(third.end(Signal::SIGTERM), Some(0));
    assert!(postgres_of(&folder.path().join("data")).is_none());
}

#[test]
fn a_stale_pid_that_is_anothers_now_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let first = Dev::start(folder.path());
    let data = first.data.clone();
    assert_eq!(first.end(Signal::SIGTERM), Some(0));
    let alien = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    fs::write(
        data.join("postgres/postmaster.pid"),
        format!("{}\n/proc/self/fd/9\n0\n5432\n\nlocalhost\n", alien.id()),
    )
    .unwrap();
    let second = Dev::start(folder.path());
    assert_eq!(second.end(Signal::SIGTERM), Some(0));
    let mut alien = alien;
    assert!(alien.try_wait().unwrap().is_none(), "it was left alone");
    alien.kill().unwrap();
    alien.wait().unwrap();
}

#[test]
fn a_signal_while_starting_stops_it_cleanly() {
    let moments = [
        "",
        "Starting PostgreSQL",
        "Bringing the database up to date",
        "Starting Usher",
    ];
    for moment in moments {
        let folder = tempfile::tempdir().unwrap();
        let mut child = dev(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        // The first right away, the others once it has said so.
        while !moment.is_empty() && !said.next().unwrap().unwrap().contains(moment) {}
        kill(
            Pid::from_raw(child.id().try_into().unwrap()),
            Signal::SIGTERM,
        )
        .unwrap();
        let ended = wait(&mut child, Duration::from_secs(30));
        // Before the signals are listened to, the signal itself ends it: no code.
        assert!(matches!(ended, Some(0) | None), "{moment}: {ended:?}");
        assert!(
            child.try_wait().unwrap().is_some(),
            "{moment}: it still runs"
        );
        assert!(
            postgres_of(&folder.path().join("data")).is_none(),
            "{moment}: PostgreSQL still runs"
        );
        assert!(!folder.path().join("ready.json").exists());
    }
}

#[test]
fn a_port_in_use_is_said_with_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for flag in ["--admin-port", "--public-port", "--ops-port", "--dev-port"] {
        let mut command = usher(&["dev"]);
        for other in ["--admin-port", "--public-port", "--ops-port", "--dev-port"] {
            command.args([other, if other == flag { &port } else { "0" }]);
        }
        refuses(
            command.arg("--data").arg(folder.path().join("data")),
            1,
            &[&port, "in use", flag],
        );
    }
    assert!(postgres_of(&folder.path().join("data")).is_none());
}

#[test]
fn a_folder_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("version"), "usher dev data folder, format 2\n").unwrap();
    fs::write(data.join("precious"), "data").unwrap();
    refuses(
        &mut dev(folder.path()),
        1,
        &["newer version", "format 2", "--fresh"],
    );
    assert_eq!(fs::read_to_string(data.join("precious")).unwrap(), "data");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = Dev::start(folder.path());
    let mut connection = PgConnection::connect(first.get("database_url"))
        .await
        .unwrap();
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999999, 'later', true, '', 0)")
        .execute(&mut connection)
        .await
        .unwrap();
    drop(connection);
    assert_eq!(first.end(Signal::SIGTERM), Some(0));
    refuses(&mut dev(folder.path()), 1, &["999999", "newer version"]);
    assert!(postgres_of(&folder.path().join("data")).is_none());
}

#[test]
fn a_folder_with_other_files_is_left_alone_even_by_fresh() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("thesis.odt"), "data").unwrap();
    refuses(&mut dev(folder.path()), 1, &["no data folder", "--data"]);
    refuses(
        dev(folder.path()).arg("--fresh"),
        1,
        &["no data folder", "--data"],
    );
    assert_eq!(fs::read_to_string(data.join("thesis.odt")).unwrap(), "data");
}

#[test]
fn a_second_one_on_the_folder_is_refused_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = Dev::start(folder.path());
    let mut second = usher(&[
        "dev",
        "--admin-port",
        "0",
        "--public-port",
        "0",
        "--ops-port",
        "0",
        "--dev-port",
        "0",
        "--fresh",
    ]);
    refuses(
        second.arg("--data").arg(&first.data),
        1,
        &["Another `usher dev`", "--data"],
    );
    assert!(first.ready_file.exists());
    assert!(first.postgres().is_some());
    assert_eq!(first.end(Signal::SIGTERM), Some(0));
}

#[test]
fn flags_that_cannot_work_are_said_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    refuses(
        dev(folder.path()).args(["--smtp-url", "http://127.0.0.1:25"]),
        2,
        &["--smtp-url", "smtp://"],
    );
    let nowhere = folder.path().join("nowhere/ready.json");
    let mut command = usher(&[
        "dev",
        "--admin-port",
        "0",
        "--public-port",
        "0",
        "--ops-port",
        "0",
        "--dev-port",
        "0",
    ]);
    command
        .arg("--data")
        .arg(folder.path().join("data"))
        .arg("--ready-file")
        .arg(nowhere);
    refuses(&mut command, 1, &["ready file", "--ready-file"]);
    assert!(!folder.path().join("data").exists());
}

#[test]
fn what_is_for_serve_is_said_to_be_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = dev(folder.path());
    command
        .env(
            "USHER_DATABASE__URL",
            "postgres://prod:hunter2@127.0.0.1:1/prod",
        )
        .args(["--set", "sumsub.link_ttl=1h"]);
    let running = Dev::start_with(command, folder.path());
    let said = fs::read_to_string(folder.path().join("output.log")).unwrap();
    assert!(
        said.contains(
            "database.url, from the environment variable USHER_DATABASE__URL, is ignored"
        ),
        "{said}"
    );
    assert!(
        !said.contains("hunter2") && !said.contains("link_ttl"),
        "{said}"
    );
    for words in [
        "Panel",
        "Portal",
        "Simulator",
        "Mailbox",
        "sign in as admin@usher.test",
        "What next",
        "3.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(running.end(Signal::SIGTERM), Some(0));
}
