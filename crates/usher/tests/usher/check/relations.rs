//! Values that can be read, but can't be right, or don't go together.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::case::{Case, all_are_named, fine, warning, wrong};
use crate::common::outside::web;

const KEY: &str = "USHER_SUMSUB__SECRET_KEY";
const KEY_FILE: &str = "USHER_SUMSUB__SECRET_KEY_FILE";
const TOKEN: &str = "USHER_SUMSUB__APP_TOKEN";
const PROXIES: &str = "USHER_TRUSTED_PROXIES";

fn with_keycloak(case: Case) -> Case {
    case.set("USHER_IDENTITY__PROVIDER", "keycloak")
        .set("USHER_IDENTITY__KEYCLOAK__URL", "http://127.0.0.1:1")
        .set("USHER_IDENTITY__KEYCLOAK__PANEL_SECRET", "a")
        .set("USHER_IDENTITY__KEYCLOAK__PORTAL_SECRET", "b")
        .set("USHER_IDENTITY__KEYCLOAK__PROVISIONING_SECRET", "c")
}

fn written(folder: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn addresses() -> Vec<Case> {
    vec![
        wrong(
            "one port for two",
            &["admin.listen", "public.listen", "same port"],
        )
        .set("USHER_ADMIN__LISTEN", "127.0.0.1:7600")
        .set("USHER_PUBLIC__LISTEN", "127.0.0.1:7600"),
        wrong(
            "one port, once everywhere",
            &["public.listen", "ops.listen", "same port"],
        )
        .set("USHER_PUBLIC__LISTEN", "0.0.0.0:7600")
        .set("USHER_OPS__LISTEN", "127.0.0.1:7600"),
        wrong(
            "the panel over plain http",
            &["admin.url", "plain http", "https"],
        )
        .set("USHER_ADMIN__URL", "http://panel.bank.example"),
        wrong(
            "the portal over plain http",
            &["public.url", "plain http", "https"],
        )
        .set("USHER_PUBLIC__URL", "http://bank.example"),
        fine("plain http on loopback", &["plain http"])
            .set("USHER_ADMIN__URL", "http://localhost:7600")
            .set("USHER_PUBLIC__URL", "http://[::1]:7601"),
        wrong("Sumsub over plain http", &["sumsub.base_url", "plain http"])
            .set("USHER_SUMSUB__BASE_URL", "http://api.sumsub.example"),
        with_keycloak(wrong(
            "Keycloak over plain http",
            &["identity.keycloak.url", "plain http"],
        ))
        .set("USHER_IDENTITY__KEYCLOAK__URL", "http://login.bank.example"),
        warning(
            "the dashboard over plain http",
            &["sumsub.dashboard_url", "plain http"],
        )
        .set(
            "USHER_SUMSUB__DASHBOARD_URL",
            "http://cockpit.sumsub.example/a",
        ),
        wrong(
            "panel and portal at one address",
            &["admin.url and public.url are the same"],
        )
        .set("USHER_PUBLIC__URL", "https://panel.bank.example"),
        with_keycloak(wrong(
            "Keycloak's address with a realm",
            &["identity.keycloak.url", "/realms/"],
        ))
        .set(
            "USHER_IDENTITY__KEYCLOAK__URL",
            "http://127.0.0.1:1/realms/bank",
        ),
        with_keycloak(wrong("one realm for both", &["internal_realm", "use two"])).set(
            "USHER_IDENTITY__KEYCLOAK__INTERNAL_REALM",
            "usher-customers",
        ),
        with_keycloak(wrong(
            "a Keycloak without a secret",
            &["identity.keycloak.portal_secret is missing"],
        ))
        .unset("USHER_IDENTITY__KEYCLOAK__PORTAL_SECRET"),
        wrong("everybody as a proxy", &["trusted_proxies holds 0.0.0.0/0"])
            .set(PROXIES, "0.0.0.0/0"),
        wrong(
            "everybody as a proxy, in IPv6",
            &["trusted_proxies holds ::/0"],
        )
        .set(PROXIES, "10.0.0.1,::/0"),
        warning(
            "half the world as a proxy",
            &["trusted_proxies holds 10.0.0.0/4"],
        )
        .set(PROXIES, "10.0.0.0/4"),
        warning("https without a proxy", &["trusted_proxies is empty"]),
        fine("https behind a proxy", &["trusted_proxies"]).set(PROXIES, "10.0.0.1"),
    ]
}

fn secrets(folder: &Path) -> Vec<Case> {
    let file = |name: &str, text: &str| written(folder, name, text, 0o600);
    vec![
        wrong(
            "token and key the same",
            &["sumsub.app_token and sumsub.secret_key are the same"],
        )
        .set(TOKEN, "prd:x")
        .set(KEY, "prd:x"),
        wrong(
            "token and key exchanged",
            &["exchanged", "begins with prd:"],
        )
        .set(TOKEN, "key")
        .set(KEY, "prd:x"),
        wrong(
            "a secret that ends with a line break",
            &["sumsub.secret_key", KEY, "ends with a line break"],
        )
        .set(KEY, "key\n"),
        fine("a file that ends with CRLF", &["sumsub.secret_key"])
            .unset(KEY)
            .set(KEY_FILE, file("crlf", "key\r\n")),
        wrong(
            "a secret's file of two lines",
            &["sumsub.secret_key", "several lines"],
        )
        .unset(KEY)
        .set(KEY_FILE, file("two", "key\nother\n")),
        wrong(
            "a secret's file with a byte order mark",
            &["sumsub.secret_key", "byte order mark"],
        )
        .unset(KEY)
        .set(KEY_FILE, file("bom", "\u{feff}key")),
        wrong("a secret with a blank", &["sumsub.secret_key", "blank"]).set(KEY, "key "),
        warning("a placeholder", &["sumsub.secret_key", "placeholder"])
            .set(KEY, "<your secret key>"),
        wrong("a secret of dev", &["sumsub.secret_key", "usher dev"]).set(KEY, "dev_key"),
        warning(
            "a token of the sandbox",
            &["sumsub.app_token", "sandbox", "sumsub.allow_sandbox"],
        )
        .set(TOKEN, "sbx:token"),
        warning(
            "the sandbox with a real token",
            &["sumsub.allow_sandbox is true"],
        )
        .set("USHER_SUMSUB__ALLOW_SANDBOX", "true"),
        warning(
            "a token that is none",
            &["sumsub.app_token", "neither prd: nor sbx:"],
        )
        .set(TOKEN, "token"),
        warning(
            "a secret's file for everybody",
            &["mode 0644", "chmod o-rwx"],
        )
        .unset(KEY)
        .set(KEY_FILE, written(folder, "open", "key", 0o644)),
        warning(
            "a file that everybody may change",
            &["mode 0602", "change it"],
        )
        .unset(KEY)
        .set(KEY_FILE, written(folder, "wild", "key", 0o602)),
        warning(
            "a configuration with secrets for everybody",
            &["mode 0644", "secrets in it"],
        )
        .flags(&[
            "--config",
            &written(
                folder,
                "open.toml",
                "[smtp]\npassword = \"p\"\nusername = \"u\"\n",
                0o644,
            ),
        ]),
        fine("a configuration without secrets for everybody", &["mode"]).flags(&[
            "--config",
            &written(folder, "fine.toml", "[log]\nlevel = \"info\"\n", 0o644),
        ]),
    ]
}

fn times_and_mail(folder: &Path) -> Vec<Case> {
    vec![
        warning("no retention at all", &["retention.years is 0"])
            .set("USHER_RETENTION__YEARS", "0"),
        warning(
            "events that are kept for hours",
            &["retention.events is 6h", "7d"],
        )
        .set("USHER_RETENTION__EVENTS", "6h"),
        warning(
            "a contact that is no address",
            &["public.contact_email", "no mail address"],
        )
        .set("USHER_PUBLIC__CONTACT_EMAIL", "the support desk"),
        warning(
            "a Keycloak that isn't used",
            &["identity.keycloak.url", "built-in"],
        )
        .set(
            "USHER_IDENTITY__KEYCLOAK__URL",
            "https://login.bank.example",
        ),
        wrong(
            "a sweep that contradicts itself",
            &["prospects_after", "prospects_at_most"],
        )
        .set("USHER_SUMSUB__SWEEP__PROSPECTS_AFTER", "2d"),
        wrong(
            "an end that is all delay",
            &["shutdown.delay (30s) leaves nothing of shutdown.limit (30s)"],
        )
        .set("USHER_SHUTDOWN__DELAY", "30s"),
        warning("too short a time-out", &["smtp.timeout is 500ms"])
            .set("USHER_SMTP__TIMEOUT", "500ms"),
        warning("too long a time-out", &["sumsub.timeout is 10m"])
            .set("USHER_SUMSUB__TIMEOUT", "10m"),
        wrong(
            "a host with its port",
            &["smtp.host = \"127.0.0.1:587\"", "smtp.port"],
        )
        .set("USHER_SMTP__HOST", "127.0.0.1:587"),
        wrong(
            "a URL as the host",
            &["smtp.host = \"smtp://mail\"", "host name"],
        )
        .set("USHER_SMTP__HOST", "smtp://mail"),
        wrong(
            "a sender without a domain",
            &["smtp.from", "not a mail address"],
        )
        .set("USHER_SMTP__FROM", "no-reply"),
        warning(
            "a sender that the world doesn't know",
            &["smtp.from", "no domain that the world knows"],
        )
        .set("USHER_SMTP__FROM", "Bank <no-reply@mailhost>"),
        wrong(
            "a login without a password",
            &["smtp.password", "smtp.username is set"],
        )
        .set("USHER_SMTP__USERNAME", "usher"),
        wrong(
            "a password without a login",
            &["smtp.username", "smtp.password is set"],
        )
        .set("USHER_SMTP__PASSWORD", "secret"),
        wrong("a password in clear", &["smtp.tls", "in clear"])
            .set("USHER_SMTP__HOST", "mail.invalid")
            .set("USHER_SMTP__USERNAME", "usher")
            .set("USHER_SMTP__PASSWORD", "secret"),
        wrong(
            "an authority that isn't there",
            &["smtp.ca_file", "/nowhere/ca.pem", "can't be read"],
        )
        .set("USHER_SMTP__TLS", "starttls")
        .set("USHER_SMTP__CA_FILE", "/nowhere/ca.pem"),
        wrong(
            "an authority that is none",
            &["smtp.ca_file", "no certificate"],
        )
        .set("USHER_SMTP__TLS", "starttls")
        .set(
            "USHER_SMTP__CA_FILE",
            written(folder, "ca.pem", "hello", 0o600),
        ),
        wrong("a folder as the authority", &["smtp.ca_file", "directory"])
            .set("USHER_SMTP__TLS", "starttls")
            .set("USHER_SMTP__CA_FILE", "/tmp"),
        warning("an authority without TLS", &["smtp.ca_file is of no use"])
            .set("USHER_SMTP__CA_FILE", "/nowhere/ca.pem"),
        fine("Sumsub below a path", &["sumsub."])
            .set("USHER_SUMSUB__BASE_URL", web("below/a/path")),
    ]
}

#[tokio::test]
async fn what_does_not_go_together_is_named() {
    let database = testkit::database().await;
    let folder = tempfile::tempdir().unwrap();
    let mut cases = addresses();
    cases.extend(secrets(folder.path()));
    cases.extend(times_and_mail(folder.path()));
    all_are_named(&cases, &database.as_server().await.url);
}
