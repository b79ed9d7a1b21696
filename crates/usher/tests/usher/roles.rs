//! Two database roles, and an audit log that shows who tampered with it.

use std::time::Duration;

use crate::common::{
    Dev, output,
    real::{as_server, good, serve, started, stop},
    refuses, usher,
};
use nix::sys::signal::Signal;
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};

const RECORD: &str = "INSERT INTO audit_entries (subject, action, object, authorized) VALUES ('system:test', 'a', 'o', TRUE)";

async fn sealed(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT coalesce(max(last_id), 0) FROM audit_seals")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn neither_serve_nor_worker_takes_the_owners_role() {
    let database = testkit::database().await;
    database.as_server().await;
    let change = [("USHER_DATABASE__URL", Some(database.url.as_str()))];
    let words = [
        "database.url is refused",
        "`usher` could change or delete audit entries",
        "superuser",
        "database.app_role",
        "usher migrate",
    ];
    refuses(&mut serve(&change), 2, &words);
    let mut worker = usher(&["worker"]);
    worker.current_dir("/").envs(good());
    refuses(worker.env("USHER_DATABASE__URL", &database.url), 2, &words);

    // Nor one that has got a right too much since, or one that has none.
    let server = as_server(&database.url);
    let change = [("USHER_DATABASE__URL", Some(server.as_str()))];
    let pool = &database.pool;
    pool.execute("GRANT UPDATE ON audit_entries TO usher_app")
        .await
        .unwrap();
    refuses(&mut serve(&change), 2, &["audit_entries", "usher migrate"]);
    pool.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM usher_app")
        .await
        .unwrap();
    refuses(&mut serve(&change), 2, &["lacks rights", "usher migrate"]);
    let (code, stdout, stderr) =
        output(usher(&["migrate"]).env("USHER_DATABASE__URL", &database.url));
    assert_eq!(
        (code, stdout.contains("`usher_app`")),
        (0, true),
        "{stderr}"
    );
    let (mut child, _) = started(&server, "granted");
    assert_eq!(stop(&mut child), Some(0));
}

#[tokio::test]
async fn migrate_sets_up_the_role_that_is_named() {
    let database = testkit::database().await;
    let role = database.url.rsplit_once('/').unwrap().1.to_owned();
    let migrate = |name: &str, password: Option<&str>| {
        let mut command = usher(&["migrate", "--set", &format!("database.app_role={name}")]);
        command.env("USHER_DATABASE__URL", &database.url);
        if let Some(password) = password {
            command.env("USHER_DATABASE__APP_PASSWORD", password);
        }
        command
    };
    refuses(
        &mut migrate("usher", None),
        2,
        &["database.app_role", "`usher`", "name another"],
    );
    refuses(
        &mut migrate(&role, Some("grün")),
        2,
        &["database.app_password", "ASCII"],
    );
    let (code, stdout, stderr) = output(&mut migrate(&role, None));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains(&format!("\\password {role}")), "{stdout}");
    let (code, stdout, stderr) = output(&mut migrate(&role, Some("a real password")));
    assert_eq!((code, stdout.contains("password")), (0, false), "{stderr}");
    let kept: String = sqlx::query_scalar("SELECT rolpassword FROM pg_authid WHERE rolname = $1")
        .bind(&role)
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert!(kept.starts_with("SCRAM-SHA-256$4096:"));
    database
        .pool
        .execute(format!("DROP OWNED BY {role}; DROP ROLE {role}").as_str())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_seals_while_it_runs_and_once_more_when_it_stops() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let (mut child, _) = started(&server.url, "seals");
    server.pool.execute(RECORD).await.unwrap();
    let mut waited = 0;
    while sealed(&database.pool).await == 0 {
        assert!(waited < 300, "nothing is sealed");
        waited += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.pool.execute(RECORD).await.unwrap();
    assert_eq!(stop(&mut child), Some(0));
    assert_eq!(sealed(&database.pool).await, 2);
}

#[tokio::test]
async fn the_doctor_names_what_was_tampered_with_and_the_wrong_role() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let doctor = |url: &str| {
        let mut command = usher(&["doctor"]);
        command.current_dir("/").envs(good());
        output(command.env("USHER_DATABASE__URL", url))
    };
    for role in ["auditor", "admin"] {
        let email = format!("{role}@bank.example");
        let add = ["operator", "add", &email, "--role", role];
        let (code, _, stderr) = output(usher(&add).env("USHER_DATABASE__URL", &server.url));
        assert_eq!(code, 0, "{stderr}");
    }
    let change = ["operator", "role", "admin@bank.example", "auditor"];
    let (code, stdout, _) = output(usher(&change).env("USHER_DATABASE__URL", &server.url));
    assert_eq!((code, stdout.contains("auditor")), (0, true));
    let missing = ["operator", "role", "nobody@bank.example", "auditor"];
    refuses(
        usher(&missing).env("USHER_DATABASE__URL", &server.url),
        1,
        &["no operator"],
    );
    let roles: Vec<String> = sqlx::query_scalar("SELECT role FROM operators ORDER BY email")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert_eq!(roles, ["auditor", "auditor"]);

    let (code, stdout, stderr) = doctor(&server.url);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("3 entries sealed, 0 not yet"), "{stdout}");
    let kept = stdout.split("keep ").nth(1).unwrap();
    let kept = kept.split(' ').next().unwrap();
    let with_seal = |seal: &str| {
        let mut command = usher(&["doctor", "--seal", seal]);
        command.current_dir("/").envs(good());
        output(command.env("USHER_DATABASE__URL", &server.url))
    };
    let (code, stdout, stderr) = with_seal(kept);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let ok = "ok      audit log has the seal that was kept";
    assert!(stdout.contains(ok), "{stdout}");
    let (number, hash) = kept.split_once(':').unwrap();
    for (seal, says) in [
        (
            format!("99:{hash}"),
            "audit seal 99 was kept and is not there any more",
        ),
        (
            format!("{number}:{}", "0".repeat(64)),
            "is not the one that was kept",
        ),
    ] {
        let (code, stdout, _) = with_seal(&seal);
        assert_eq!((code, stdout.contains(says)), (1, true), "{stdout}");
    }
    let (code, _, stderr) = with_seal("7");
    assert_eq!((code, stderr.contains("is no seal")), (2, true), "{stderr}");

    let (code, stdout, stderr) = doctor(&database.url);
    assert_eq!(code, 1, "{stdout}");
    assert!(
        stdout.contains("`usher` could change or delete"),
        "{stdout}"
    );
    assert!(stderr.contains("One check failed"), "{stderr}");

    for statement in [
        "UPDATE audit_entries SET authorized = FALSE WHERE id = 3",
        "DELETE FROM audit_entries WHERE id = 1",
        RECORD,
        "UPDATE audit_entries SET recorded_at = recorded_at - interval '2 minutes' WHERE id = 4",
        "GRANT DELETE ON prospect_events TO usher_app",
    ] {
        database.pool.execute(statement).await.unwrap();
    }
    let (code, stdout, stderr) = doctor(&server.url);
    assert_eq!(code, 1);
    for words in [
        "audit entry 3 was changed after it was recorded",
        "audit entry 1 was deleted after it was recorded",
        "1 audit entry is not sealed",
        "prospect_events",
    ] {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
    assert!(stderr.contains("4 checks failed"), "{stderr}");
}

#[tokio::test]
async fn dev_serves_with_the_servers_role() {
    let folder = tempfile::tempdir().unwrap();
    let running = Dev::start(folder.path());
    let mut owner = PgConnection::connect(running.get("database_url"))
        .await
        .unwrap();
    let (servers, owner_is_super): (i64, bool) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE usename = 'usher_app'),
                (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
         FROM pg_stat_activity WHERE datname = current_database()",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert!(servers > 0 && owner_is_super);
    assert_eq!(running.end(Signal::SIGTERM), Some(0));
}

#[tokio::test]
async fn an_operators_password_is_sent_or_shown_or_read_and_the_second_pair_of_eyes_knows() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let run = |args: &[&str], mail: bool| {
        let mut command = usher(args);
        command.env("USHER_DATABASE__URL", &server.url);
        if mail {
            // Nobody listens there.
            command
                .env("USHER_ADMIN__URL", "https://panel.bank.example")
                .env("USHER_SMTP__HOST", "127.0.0.1")
                .env("USHER_SMTP__PORT", "1")
                .env("USHER_SMTP__TLS", "none")
                .env("USHER_SMTP__FROM", "no-reply@bank.example");
        }
        command
    };
    let ann = ["operator", "add", "ann@bank.example", "--role", "admin"];
    refuses(
        &mut run(&ann, true),
        1,
        &["is added, but", "did not go out", "--show-password"],
    );
    let reset = ["operator", "reset", "ann@bank.example", "--show-password"];
    let (code, stdout, stderr) = output(&mut run(&reset, true));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("shown only now: "), "{stdout}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "Password2026!\n").unwrap();
    let file = file.to_str().unwrap();
    let bob = [
        "operator",
        "add",
        "bob@bank.example",
        "--role",
        "admin",
        "--password-file",
        file,
    ];
    refuses(&mut run(&bob, true), 1, &["many people use"]);
    std::fs::write(file, "lantern over quiet water\n").unwrap();
    let (code, stdout, stderr) = output(&mut run(&bob, true));
    assert_eq!(
        (code, stdout.as_str()),
        (0, "The operator is added.\n"),
        "{stderr}"
    );
    let known: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT email, what, known FROM operator_credentials c JOIN operators o ON o.id = c.operator_id ORDER BY c.id",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    let expected = [
        ("ann@bank.example", "added", false),
        ("ann@bank.example", "password_reset", true),
        ("bob@bank.example", "added", true),
    ];
    let expected = expected.map(|(email, what, known)| (email.to_owned(), what.to_owned(), known));
    assert_eq!(known, expected);
    let temporary: Vec<bool> =
        sqlx::query_scalar("SELECT temporary_until IS NOT NULL FROM operators ORDER BY email")
            .fetch_all(&database.pool)
            .await
            .unwrap();
    assert_eq!(temporary, [true, false]);
}
