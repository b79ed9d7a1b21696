//! The mail server: whether it would take our mail.

use std::{net::IpAddr, time::Duration};

use mail::{ExamineError, Mailer, SmtpConfig, Tls};

use super::{Findings, Weight, too_slow, within};
use crate::{app::smtp_config, config::Loaded};

const SETTINGS: &str = "settings of the mail server";
const TAKES: &str = "mail server takes our mail";

/// Looks at the settings, then logs in and names the sender.
pub async fn examine(loaded: &Loaded, patience: Option<Duration>) -> Findings {
    let mut findings = Findings::default();
    let smtp = &loaded.config.smtp;
    // What is missing was said.
    let (Some(host), Some(from)) = (&smtp.host, &smtp.from) else {
        return findings;
    };
    if loaded.problems.concern(&["smtp"]) {
        return findings;
    }
    let config = smtp_config(&loaded.config, host.clone(), from.clone());
    if let Some(words) = no_host(host) {
        findings.add(SETTINGS, Weight::Wrong, words);
        return findings;
    }
    for words in oddities(&config) {
        findings.add(SETTINGS, Weight::Warning, words);
    }
    let mailer = match Mailer::new(config) {
        Ok(mailer) => mailer,
        Err(error) => {
            findings.add(SETTINGS, Weight::Wrong, error.to_string());
            return findings;
        }
    };
    for warning in mailer.warnings() {
        findings.add(SETTINGS, Weight::Warning, warning.to_string());
    }
    findings.ok(SETTINGS);
    match within(patience, mailer.examine()).await {
        Some(Ok(())) => findings.ok(format!("{TAKES} (login and sender; nothing was sent)")),
        Some(Err(ExamineError::Permanent(words))) => findings.add(TAKES, Weight::Wrong, words),
        Some(Err(ExamineError::Transient(words))) => findings.add(TAKES, Weight::Trouble, words),
        None => findings.add(
            TAKES,
            Weight::Trouble,
            too_slow("the mail server of smtp.host", patience),
        ),
    }
    findings
}

/// A URL, or a port behind the name.
fn no_host(host: &str) -> Option<String> {
    let with_port = host.contains(':') && host.parse::<IpAddr>().is_err();
    (with_port || host.contains(['/', '@', ' '])).then(|| {
        format!(
            "smtp.host = \"{host}\" is no host name: leave out what isn't the name (the port goes into smtp.port, the login into \
             smtp.username)"
        )
    })
}

fn oddities(config: &SmtpConfig) -> Vec<String> {
    let mut words = Vec::new();
    let loopback = config.host.eq_ignore_ascii_case("localhost")
        || config
            .host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if config.tls == Tls::None && !loopback {
        words.push(
            "smtp.tls is none: temporary passwords cross the network in clear; use starttls or implicit".to_owned(),
        );
    }
    if config.tls == Tls::None && config.ca_file.is_some() {
        words.push("smtp.ca_file is of no use while smtp.tls is none: set smtp.tls".to_owned());
    }
    match (config.tls, config.port) {
        (Tls::Implicit, 25 | 587) => words.push(format!(
            "smtp.tls is implicit, but at port {} mail servers expect starttls: change smtp.tls, or smtp.port to 465",
            config.port
        )),
        (Tls::StartTls, 465) => words.push(
            "smtp.tls is starttls, but at port 465 mail servers expect implicit: change smtp.tls, or smtp.port to 587".to_owned(),
        ),
        _ => {}
    }
    let domain = config.from.rsplit_once('@').map(|(_, domain)| domain);
    if domain.is_some_and(|domain| !domain.contains('.')) {
        words.push(format!(
            "smtp.from = \"{}\" has no domain that the world knows: other mail servers refuse it; use an address of the bank's domain",
            config.from
        ));
    }
    words
}
