//! What the tests of sending and of the mailbox share.

use std::time::Duration;

use mail::{Message, SmtpConfig, Tls, WelcomeEmail, welcome_email};
use testkit::{PASSWORD, SmtpServer, USER};
use uuid::Uuid;

/// A welcome e-mail to this address.
pub fn welcome(to: &str) -> Message {
    welcome_email(WelcomeEmail {
        to,
        portal_url: &"http://127.0.0.1:7601/".parse().unwrap(),
        login: to,
        temporary_password: "7K3M-9QTR-0V2X-B8CD-5EFG-HJ1N-PW4Y",
        valid_for: Duration::from_secs(7 * 24 * 60 * 60),
        attempt: 1,
        customer_id: Uuid::from_u128(7),
    })
}

/// How a well configured Usher reaches this server.
pub fn settings_for(server: &SmtpServer, tls: Tls) -> SmtpConfig {
    let plain = SmtpConfig {
        timeout: Duration::from_secs(5),
        ..SmtpConfig::plain("localhost", server.port, "Usher <no-reply@bank.example>")
    };
    if tls == Tls::None {
        return plain;
    }
    SmtpConfig {
        tls,
        username: Some(USER.to_owned()),
        password: Some(PASSWORD.to_owned()),
        ca_file: Some(server.authority()),
        ..plain
    }
}
