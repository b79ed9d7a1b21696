//! `usher serve` is the real thing: what it refuses, and what it lacks.

use std::{fs, time::Duration};

use crate::common::{
    Dev, dev, output,
    real::{as_server, serve, started, stop},
    refuses, usher,
};
use nix::sys::signal::Signal;
use sqlx::{Connection as _, Executor as _, PgConnection};

#[test]
fn what_has_no_default_has_to_be_there() {
    for (variable, key) in [
        ("USHER_IDENTITY__PROVIDER", "identity.provider"),
        ("USHER_DATABASE__URL", "database.url"),
        ("USHER_ADMIN__URL", "admin.url"),
        ("USHER_PUBLIC__URL", "public.url"),
        ("USHER_SUMSUB__APP_TOKEN", "sumsub.app_token"),
        ("USHER_SUMSUB__SECRET_KEY", "sumsub.secret_key"),
        ("USHER_SUMSUB__WEBHOOK_SECRETS", "sumsub.webhook_secrets"),
        ("USHER_SMTP__HOST", "smtp.host"),
        ("USHER_SMTP__FROM", "smtp.from"),
    ] {
        refuses(
            &mut serve(&[(variable, None)]),
            2,
            &[&format!("{key} is missing"), variable],
        );
    }
}

#[test]
fn secrets_that_dev_made_are_refused() {
    for (variable, value, key) in [
        ("USHER_SUMSUB__APP_TOKEN", "sbx:dev_abc", "sumsub.app_token"),
        ("USHER_SUMSUB__APP_TOKEN", "dev_abc", "sumsub.app_token"),
        ("USHER_SUMSUB__SECRET_KEY", "dev_abc", "sumsub.secret_key"),
        (
            "USHER_SUMSUB__WEBHOOK_SECRETS",
            "real,dev_abc",
            "sumsub.webhook_secrets",
        ),
        ("USHER_SMTP__PASSWORD", "dev_abc", "smtp.password"),
        (
            "USHER_DATABASE__URL",
            "postgres://usher:dev_abc@127.0.0.1:1/usher",
            "database.url",
        ),
    ] {
        let words = [key, variable, "refused", "usher dev"];
        refuses(&mut serve(&[(variable, Some(value))]), 2, &words);
    }
}

#[test]
fn plain_http_to_sumsub_is_refused_but_on_loopback() {
    let variable = "USHER_SUMSUB__BASE_URL";
    refuses(
        &mut serve(&[(variable, Some("http://api.sumsub.com"))]),
        2,
        &["sumsub.base_url", variable, "https"],
    );
    for fine in [
        "http://127.0.0.1:7603/sumsub",
        "http://localhost:1",
        "http://[::1]:1",
        "https://api.sumsub.com",
    ] {
        // It gets as far as the database, where nobody answers.
        refuses(
            &mut serve(&[(variable, Some(fine))]),
            1,
            &["127.0.0.1:1", "database.url"],
        );
    }
}

#[test]
fn a_keycloak_needs_its_address_and_secrets_and_two_realms() {
    const URL: (&str, Option<&str>) = ("USHER_IDENTITY__KEYCLOAK__URL", Some("http://127.0.0.1:2"));
    const PANEL: &str = "USHER_IDENTITY__KEYCLOAK__PANEL_SECRET";
    let provider = ("USHER_IDENTITY__PROVIDER", Some("keycloak"));
    let secrets = [
        (PANEL, Some("panel")),
        ("USHER_IDENTITY__KEYCLOAK__PORTAL_SECRET", Some("portal")),
        (
            "USHER_IDENTITY__KEYCLOAK__PROVISIONING_SECRET",
            Some("provisioning"),
        ),
    ];
    let with = |more: &[(&'static str, Option<&'static str>)]| {
        let mut all = vec![provider, URL];
        all.extend(secrets);
        all.extend(more);
        all
    };
    refuses(
        &mut serve(&[provider]),
        2,
        &["identity.keycloak.url", URL.0],
    );
    refuses(
        &mut serve(&[provider, URL]),
        2,
        &["identity.keycloak.panel_secret", "usher keycloak setup"],
    );
    let one_realm = (
        "USHER_IDENTITY__KEYCLOAK__INTERNAL_REALM",
        Some("usher-customers"),
    );
    refuses(&mut serve(&with(&[one_realm])), 2, &["realm", "use two"]);
    let masters = ("USHER_IDENTITY__KEYCLOAK__INTERNAL_REALM", Some("master"));
    refuses(
        &mut serve(&with(&[masters])),
        2,
        &["internal_realm", "master"],
    );
    let plain = (URL.0, Some("http://login.bank.example"));
    refuses(
        &mut serve(&with(&[plain])),
        2,
        &["identity.keycloak.url", "https"],
    );
    let of_dev = (PANEL, Some("dev_abc"));
    refuses(
        &mut serve(&with(&[of_dev])),
        2,
        &["panel_secret", "usher dev"],
    );
    // It gets as far as the database, where nobody answers.
    refuses(&mut serve(&with(&[])), 1, &["127.0.0.1:1", "database.url"]);
}

#[test]
fn a_file_of_a_dev_data_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let running = Dev::start(folder.path());
    let inside = running.data.join("real-key");
    fs::write(&inside, "a real key").unwrap();
    let inside = inside.to_str().unwrap();
    let key = [
        ("USHER_SUMSUB__SECRET_KEY", None),
        ("USHER_SUMSUB__SECRET_KEY_FILE", Some(inside)),
    ];
    refuses(
        &mut serve(&key),
        2,
        &["USHER_SUMSUB__SECRET_KEY_FILE", "data folder", "usher dev"],
    );
    refuses(
        &mut serve(&[("USHER_SMTP__CA_FILE", Some(inside))]),
        2,
        &["smtp.ca_file", "data folder"],
    );
    let config = running.data.join("usher.toml");
    fs::write(&config, "").unwrap();
    let mut command = serve(&[]);
    refuses(
        command.arg("--config").arg(&config),
        2,
        &["usher.toml", "data folder"],
    );
    assert_eq!(running.end(Signal::SIGTERM), Some(0));
}

#[tokio::test]
async fn a_database_that_dev_made_is_refused_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    let running = Dev::start_with(dev(folder.path()), folder.path());
    let url = running.get("database_url").to_owned();
    refuses(
        &mut serve(&[("USHER_DATABASE__URL", Some(&url))]),
        2,
        &["database.url", "password", "usher dev"],
    );
    let mut owner = PgConnection::connect(&url).await.unwrap();
    owner
        .execute("CREATE ROLE banker LOGIN PASSWORD 'real'")
        .await
        .unwrap();
    let place = url.rsplit_once('@').unwrap().1;
    let other = format!("postgres://banker:real@{place}");
    refuses(
        &mut serve(&[("USHER_DATABASE__URL", Some(&other))]),
        2,
        &["database.url", "usher dev", "another database"],
    );
    assert_eq!(running.end(Signal::SIGTERM), Some(0));
}

#[tokio::test]
async fn an_empty_database_waits_for_migrate() {
    let database = testkit::database().await;
    let name = format!("{}_empty", database.url.rsplit_once('/').unwrap().1);
    database
        .pool
        .execute(format!("CREATE DATABASE {name}").as_str())
        .await
        .unwrap();
    let url = format!("{}/{name}", database.url.rsplit_once('/').unwrap().0);
    let change = [("USHER_DATABASE__URL", Some(url.as_str()))];
    refuses(&mut serve(&change), 1, &["usher migrate"]);
    for _ in 0..2 {
        let (code, _, stderr) = output(usher(&["migrate"]).env("USHER_DATABASE__URL", &url));
        assert_eq!(code, 0, "{stderr}");
    }
    let (mut child, _) = started(&as_server(&url), "migrated");
    assert_eq!(stop(&mut child), Some(0));
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999999, 'later', true, '', 0)").await.unwrap();
    let server = as_server(&url);
    let change = [("USHER_DATABASE__URL", Some(server.as_str()))];
    refuses(&mut serve(&change), 1, &["999999", "newer version"]);
    refuses(
        usher(&["migrate"]).env("USHER_DATABASE__URL", &url),
        1,
        &["999999", "newer version"],
    );
}

#[tokio::test]
async fn it_serves_without_simulator_mailbox_or_seeded_operator() {
    let database = testkit::database().await;
    let (mut child, listeners) = started(&database.as_server().await.url, "real");
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for listener in &listeners {
        for path in ["/sumsub", "/sumsub/webhooks", "/mail", "/mail/messages"] {
            let answer = client
                .get(format!("{listener}{path}"))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 404, "{listener}{path}");
        }
    }
    let [admin, public, ops] = &listeners;
    assert_eq!(
        client
            .get(format!("{admin}/login"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        client
            .post(format!("{public}/webhook/sumsub"))
            .body("{}")
            .send()
            .await
            .unwrap()
            .status(),
        401
    );
    assert_eq!(
        client
            .get(format!("{ops}/health/live"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let ready = client
        .get(format!("{ops}/health/ready"))
        .send()
        .await
        .unwrap();
    let status = ready.status();
    assert_eq!(status, 200, "{}", ready.text().await.unwrap());
    let metrics = client
        .get(format!("{ops}/metrics"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        metrics.contains("usher_http_requests_total{listener=\"admin\""),
        "{metrics}"
    );
    let operators: i64 = sqlx::query_scalar("SELECT count(*) FROM operators")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(operators, 0);
    let dev_tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'dev%'")
            .fetch_one(&database.pool)
            .await
            .unwrap();
    assert_eq!(dev_tables, 0);
    assert_eq!(stop(&mut child), Some(0));
}

#[tokio::test]
async fn a_database_that_goes_away_is_said_by_health() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let (mut child, [_, _, ops]) = started(&server.url, "away");
    let name = database.url.rsplit_once('/').unwrap().1.to_owned();
    database.pool.close().await;
    server.pool.close().await;
    let server = std::env::var("USHER_TEST_DATABASE_URL").unwrap();
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin
        .execute(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false").as_str())
        .await
        .unwrap();
    admin
        .execute(
            format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            .as_str(),
        )
        .await
        .unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .get(format!("{ops}/health/ready"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 503);
    let health: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(health["ready"], false);
    assert!(
        health["checks"][0]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("doesn't answer")),
        "{health}"
    );
    assert_eq!(
        client
            .get(format!("{ops}/health/live"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    admin
        .execute(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true").as_str())
        .await
        .unwrap();
    for _ in 0..100 {
        if client
            .get(format!("{ops}/health/ready"))
            .send()
            .await
            .unwrap()
            .status()
            == 200
        {
            assert_eq!(stop(&mut child), Some(0));
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let _ = child.kill();
    panic!("health does not recover");
}
