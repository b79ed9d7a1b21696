//! A server starts through any outage but the database's, and says it in its log.

use std::{fs, time::Duration};

use crate::common::{
    outside::{NOBODY, Smtp, smtp, web},
    real::{serve, stop},
};

#[tokio::test]
async fn a_server_starts_while_everybody_else_is_away() {
    let database = testkit::database().await;
    let server = database.as_server().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (nobody, busy) = (format!("http://127.0.0.1:{NOBODY}"), web("busy"));
    let busy_mail = smtp(Smtp::Busy).to_string();
    let mut command = serve(&[
        ("USHER_DATABASE__URL", Some(server.url.as_str())),
        ("USHER_SUMSUB__BASE_URL", Some(busy.as_str())),
        ("USHER_SMTP__PORT", Some(busy_mail.as_str())),
        ("USHER_IDENTITY__PROVIDER", Some("keycloak")),
        ("USHER_IDENTITY__KEYCLOAK__URL", Some(nobody.as_str())),
        ("USHER_IDENTITY__KEYCLOAK__PANEL_SECRET", Some("a")),
        ("USHER_IDENTITY__KEYCLOAK__PORTAL_SECRET", Some("b")),
        ("USHER_IDENTITY__KEYCLOAK__PROVISIONING_SECRET", Some("c")),
    ]);
    let mut child = command
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut text = String::new();
    for _ in 0..600 {
        text = fs::read_to_string(&log).unwrap();
        if text.contains("\"serving\"") || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let stopped = stop(&mut child);
    for words in [
        "\"serving\"",
        "Sumsub is not available",
        "421",
        "identity.keycloak.url",
        "trusted_proxies is empty",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(stopped, Some(0));
}
