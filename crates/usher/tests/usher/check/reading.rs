//! What can't be read at all.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _};

use super::case::{Case, all_are_named, fine, wrong};
use crate::common::{output, real::good, usher};

fn cases() -> Vec<Case> {
    let latin = OsStr::from_bytes(b"B\xe4nk <no-reply@bank.example>");
    let utf16: Vec<u8> = "[smtp]\nport = 587\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        wrong("a typo in a key", &["smtp.hots", "usher.toml", "smtp.host"])
            .file("[smtp]\nhots = \"x\""),
        wrong(
            "a typo in a section",
            &["smpt", "usher.toml", "usher config"],
        )
        .file("[smpt]\nhost = \"x\""),
        wrong("a key outside its section", &["port", "usher.toml"]).file("port = 587"),
        wrong(
            "text where a number belongs",
            &["smtp.port = \"five\"", "usher.toml"],
        )
        .file("[smtp]\nport = \"five\"")
        .unset("USHER_SMTP__PORT"),
        wrong("a port out of range", &["smtp.port = 70000", "1 to 65535"])
            .set("USHER_SMTP__PORT", "70000"),
        wrong("port 0", &["smtp.port = 0", "1 to 65535"]).set("USHER_SMTP__PORT", "0"),
        wrong(
            "a duration without a unit",
            &["sumsub.link_ttl = \"7\"", "7d"],
        )
        .set("USHER_SUMSUB__LINK_TTL", "7"),
        wrong(
            "a duration as a number",
            &["sumsub.link_ttl = 7", "usher.toml", "7d"],
        )
        .file("[sumsub]\nlink_ttl = 7"),
        wrong("a negative duration", &["smtp.timeout = \"-5s\""]).set("USHER_SMTP__TIMEOUT", "-5s"),
        wrong(
            "a duration of centuries",
            &["sumsub.link_ttl = \"900y\"", "10 years"],
        )
        .set("USHER_SUMSUB__LINK_TTL", "900y"),
        wrong(
            "a switch that says yes",
            &["sumsub.allow_sha1 = \"yes\"", "true or false"],
        )
        .set("USHER_SUMSUB__ALLOW_SHA1", "yes"),
        wrong(
            "a value where a section belongs",
            &["admin", "[admin]", "section"],
        )
        .file("admin = 5"),
        wrong(
            "a quote that is never closed",
            &["usher.toml", "not TOML", "line 2"],
        )
        .file("[smtp]\nhost = \"mail\n"),
        wrong(
            "the same key twice",
            &["usher.toml", "not TOML", "duplicate key"],
        )
        .file("[smtp]\nport = 25\nport = 26"),
        wrong("a file in UTF-16", &["usher.toml", "UTF-8"]).file(utf16),
        fine("a byte order mark and CRLF", &["usher.toml"])
            .file("\u{feff}[log]\r\nlevel = \"warn\"\r\n"),
        wrong(
            "a file that isn't there",
            &["/nowhere/usher.toml", "--config"],
        )
        .flags(&["--config", "/nowhere/usher.toml"]),
        wrong("a folder as the file", &["/tmp", "directory", "--config"])
            .flags(&["--config", "/tmp"]),
        wrong(
            "one underscore for two",
            &["USHER_SMTP_HOST", "USHER_SMTP__HOST"],
        )
        .set("USHER_SMTP_HOST", "x"),
        wrong("bytes that are no UTF-8", &["USHER_SMTP__FROM", "UTF-8"])
            .set("USHER_SMTP__FROM", latin),
        wrong(
            "a secret's file that isn't there",
            &["smtp.password", "/nowhere/p", "USHER_SMTP__PASSWORD_FILE"],
        )
        .set("USHER_SMTP__PASSWORD_FILE", "/nowhere/p"),
        wrong(
            "a folder as a secret's file",
            &["smtp.password", "/tmp", "directory"],
        )
        .set("USHER_SMTP__PASSWORD_FILE", "/tmp"),
        wrong(
            "an empty secret's file",
            &["sumsub.secret_key", "/dev/null", "not allowed"],
        )
        .unset("USHER_SUMSUB__SECRET_KEY")
        .set("USHER_SUMSUB__SECRET_KEY_FILE", "/dev/null"),
        wrong("a secret given twice", &["sumsub.secret_key", "twice"])
            .set("USHER_SUMSUB__SECRET_KEY_FILE", "/dev/null"),
        wrong("an empty secret", &["sumsub.secret_key", "not allowed"])
            .set("USHER_SUMSUB__SECRET_KEY", ""),
        wrong("an unknown key in a flag", &["log.levle", "log.level"])
            .flags(&["--set", "log.levle=info"]),
        wrong(
            "a level that isn't one",
            &["log.level = \"verbose\"", "debug"],
        )
        .set("USHER_LOG__LEVEL", "verbose"),
        wrong(
            "a listener without a port",
            &["admin.listen = \"127.0.0.1\"", "port"],
        )
        .set("USHER_ADMIN__LISTEN", "127.0.0.1"),
        wrong(
            "a listener at a name",
            &["ops.listen = \"localhost:7602\"", "IP address"],
        )
        .set("USHER_OPS__LISTEN", "localhost:7602"),
        wrong(
            "an address without a scheme",
            &["admin.url = \"panel.bank.example\"", "http"],
        )
        .set("USHER_ADMIN__URL", "panel.bank.example"),
        wrong(
            "an address with a query",
            &["public.url", "without a path", "query"],
        )
        .set("USHER_PUBLIC__URL", "https://bank.example/?x=1"),
        wrong("a proxy by name", &["trusted_proxies", "proxy.local"])
            .set("USHER_TRUSTED_PROXIES", "proxy.local"),
        wrong(
            "an unknown keeper of logins",
            &["identity.provider = \"ldap\"", "keycloak"],
        )
        .set("USHER_IDENTITY__PROVIDER", "ldap"),
        wrong("a realm with a slash", &["internal_realm = \"a/b\""])
            .set("USHER_IDENTITY__KEYCLOAK__INTERNAL_REALM", "a/b"),
        wrong("an empty host", &["smtp.host = \"\"", "not allowed"]).set("USHER_SMTP__HOST", ""),
        wrong(
            "a database of another kind",
            &["database.url", "postgres://"],
        )
        .set("USHER_DATABASE__URL", "mysql://u:p@localhost/usher"),
        wrong("no connections at all", &["database.max_connections = 0"])
            .set("USHER_DATABASE__MAX_CONNECTIONS", "0"),
        wrong(
            "a missing setting",
            &["smtp.host is missing", "USHER_SMTP__HOST"],
        )
        .unset("USHER_SMTP__HOST"),
        wrong(
            "a missing secret",
            &[
                "sumsub.webhook_secrets is missing",
                "USHER_SUMSUB__WEBHOOK_SECRETS_FILE",
            ],
        )
        .unset("USHER_SUMSUB__WEBHOOK_SECRETS"),
    ]
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let database = testkit::database().await;
    all_are_named(&cases(), &database.as_server().await.url);
}

/// Nothing hides behind the first thing, and what could not be read isn't called missing.
#[tokio::test]
async fn everything_is_said_at_once() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("usher.toml"),
        "colour = \"red\"\n[smtp]\nhots = \"x\"\nport = \"five\"\n[sumsub]\nlink_ttl = 7\n",
    )
    .unwrap();
    let wanted = [
        "colour",
        "smtp.hots",
        "USHER_SMTP__PORTT",
        "sumsub.link_ttl = 7",
        "admin.url = \"panel\"",
        "smtp.from is missing",
        "sumsub.app_token",
        "trusted_proxies holds 0.0.0.0/0",
        "database `not_there`",
    ];
    for (program, code) in [("doctor", 1), ("serve", 2)] {
        let mut command = usher(&[program]);
        command
            .current_dir(&folder)
            .envs(good())
            .env("USHER_SMTP__PORTT", "1")
            .env("USHER_ADMIN__URL", "panel")
            .env_remove("USHER_SMTP__FROM")
            .env("USHER_SUMSUB__APP_TOKEN", "sbx:dev_token")
            .env("USHER_TRUSTED_PROXIES", "0.0.0.0/0")
            .env(
                "USHER_DATABASE__URL",
                format!("{}/not_there", server.url.rsplit_once('/').unwrap().0),
            );
        let (ended, stdout, stderr) = output(&mut command);
        let said = format!("{stdout}{stderr}");
        assert_eq!(ended, code, "{said}");
        for words in wanted {
            assert!(said.contains(words), "{program}: {words}: {said}");
        }
        assert!(!said.contains("admin.url is missing"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
