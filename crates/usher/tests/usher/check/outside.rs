//! Who answers otherwise than the settings expect.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::case::{Case, all_are_named, trouble, warning, wrong};
use crate::common::outside::{NOBODY, Smtp, smtp, web};

const SUMSUB: &str = "USHER_SUMSUB__BASE_URL";
const SMTP_PORT: &str = "USHER_SMTP__PORT";
const TLS: &str = "USHER_SMTP__TLS";

fn of_sumsub() -> Vec<Case> {
    vec![
        wrong(
            "a token that Sumsub doesn't know",
            &["doesn't know", "sumsub.app_token"],
        )
        .set(SUMSUB, web("unknown-token")),
        wrong(
            "a key of another token",
            &["signature", "sumsub.secret_key"],
        )
        .set(SUMSUB, web("wrong-signature")),
        wrong("a clock that is off", &["clock"]).set(SUMSUB, web("late")),
        wrong(
            "a token that may not make links",
            &["may not create verification links", "dashboard"],
        )
        .set(SUMSUB, web("no-links")),
        warning(
            "a token that may not list levels",
            &["may not list the levels"],
        )
        .set(SUMSUB, web("no-list")),
        wrong(
            "a level that isn't there",
            &["sumsub.kyc_level = \"gold\"", "basic-kyc-level"],
        )
        .set("USHER_SUMSUB__KYC_LEVEL", "gold"),
        wrong(
            "a level in another case",
            &["sumsub.kyb_level = \"Basic-KYB-level\"", "case"],
        )
        .set("USHER_SUMSUB__KYB_LEVEL", "Basic-KYB-level"),
        wrong(
            "a type's level that isn't there",
            &["sumsub.levels.bank = \"bank\""],
        )
        .set("USHER_SUMSUB__LEVELS__BANK", "bank"),
        wrong("a page instead of Sumsub", &["sumsub.base_url"]).set(SUMSUB, web("a-page")),
        wrong(
            "another server instead of Sumsub",
            &["sumsub.base_url", "404"],
        )
        .set(SUMSUB, web("elsewhere")),
        trouble("a Sumsub that is busy", &["503"]).set(SUMSUB, web("busy")),
        trouble("no Sumsub", &["sumsub.base_url", "no connection"])
            .set(SUMSUB, format!("http://127.0.0.1:{NOBODY}")),
    ]
}

fn of_mail() -> Vec<Case> {
    let port = |how| smtp(how).to_string();
    vec![
        wrong(
            "a login that is refused",
            &["smtp.username and smtp.password", "535"],
        )
        .set(SMTP_PORT, port(Smtp::RefusesLogin))
        .set("USHER_SMTP__USERNAME", "usher")
        .set("USHER_SMTP__PASSWORD", "wrong"),
        wrong("a sender that is refused", &["smtp.from", "550"])
            .set(SMTP_PORT, port(Smtp::RefusesSender)),
        wrong("a server without STARTTLS", &["STARTTLS", "smtp.tls"]).set(TLS, "starttls"),
        trouble(
            "TLS to a server that speaks none",
            &["smtp.tls", "smtp.port"],
        )
        .set(TLS, "implicit"),
        trouble("a busy mail server", &["421"]).set(SMTP_PORT, port(Smtp::Busy)),
        trouble("no mail server", &["smtp.host", "Connection refused"])
            .set(SMTP_PORT, NOBODY.to_string()),
        trouble("a mail server whose name nobody knows", &["mail.invalid"])
            .set("USHER_SMTP__HOST", "mail.invalid")
            .set(TLS, "starttls"),
    ]
}

fn keycloak(case: Case, url: String) -> Case {
    case.set("USHER_IDENTITY__PROVIDER", "keycloak")
        .set("USHER_IDENTITY__KEYCLOAK__URL", url)
        .set("USHER_IDENTITY__KEYCLOAK__PANEL_SECRET", "a")
        .set("USHER_IDENTITY__KEYCLOAK__PORTAL_SECRET", "b")
        .set("USHER_IDENTITY__KEYCLOAK__PROVISIONING_SECRET", "c")
}

fn of_keycloak(untrusted: String) -> Vec<Case> {
    vec![
        keycloak(
            trouble("no Keycloak", &["identity.keycloak.url", "doesn't answer"]),
            format!("http://127.0.0.1:{NOBODY}"),
        ),
        keycloak(
            trouble("a Keycloak that is ill", &["503", "Keycloak"]),
            web("busy"),
        ),
        keycloak(
            wrong(
                "a Keycloak that calls itself otherwise",
                &["login.bank.example", "identity.keycloak.url"],
            ),
            web("other-issuer"),
        ),
        keycloak(
            wrong(
                "a page instead of Keycloak",
                &["identity.keycloak.url", "no realm"],
            ),
            web("a-page"),
        ),
        keycloak(
            wrong(
                "no realm",
                &[
                    "Keycloak has the realm usher-internal",
                    "usher keycloak setup",
                ],
            ),
            web("elsewhere"),
        ),
        keycloak(
            wrong(
                "a certificate that isn't trusted",
                &[
                    "certificate",
                    "identity.keycloak.url",
                    "update-ca-certificates",
                ],
            ),
            untrusted,
        ),
    ]
}

/// A web server whose certificate nobody has signed.
struct Untrusted {
    server: Child,
    _folder: tempfile::TempDir,
}

impl Untrusted {
    fn start(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
                 -addext subjectAltName=DNS:localhost -keyout key.pem -out certificate.pem 2>/dev/null
             exec openssl s_server -quiet -www -accept 127.0.0.1:{port} -key key.pem -cert certificate.pem"
        );
        let server = Command::new("sh")
            .args(["-ec", &script])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self {
            server,
            _folder: folder,
        };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return started;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("openssl is needed: apt-get install openssl");
    }
}

impl Drop for Untrusted {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[tokio::test]
async fn who_answers_otherwise_is_named() {
    let database = testkit::database().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let untrusted = Untrusted::start(port);
    let mut cases = of_sumsub();
    cases.extend(of_mail());
    cases.extend(of_keycloak(format!("https://localhost:{port}")));
    all_are_named(&cases, &database.as_server().await.url);
    drop(untrusted);
}
